// Runs the plugin's core over a file, outside of a compiler.
#pragma once

#include "ScriptRewriter.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ferro::rewrite {

/// A file and how it is compiled.
struct CompileCommand {
  std::string file;
  std::string directory;          // empty: the current one
  std::vector<std::string> flags; // without compiler, file and output
};

/// An #include of a parsed file.
struct Include {
  unsigned offset; // of the name with its quotes or brackets
  unsigned length;
  std::string file; // the absolute path it opened
  bool isAngled;
};

/// A file as it is and as it should be. Paths are absolute.
struct ParsedFile {
  std::string text;
  std::vector<plugin::Edit> edits;
  std::vector<Include> includes;

  std::string rewritten() const { return plugin::applyEdits(text, edits); }
};

/// A translation unit: its user's files by absolute path.
struct ParsedUnit {
  std::string mainFile;
  std::map<std::string, ParsedFile> files;
};

/// How \p file is compiled, from the compile_commands.json of \p folder.
/// Nothing, after a message to stderr, if it does not say.
std::optional<CompileCommand> findCommand(const std::string &folder,
                                          const std::string &file);

/// Parses and rewrites. Nothing, after messages to stderr, if the file cannot
/// be read or its scripts are not scripts. \p withRemarks tells why a script is
/// traced at every call.
std::optional<ParsedUnit> parse(const CompileCommand &command,
                                plugin::Style style, bool withRemarks);

} // namespace ferro::rewrite
