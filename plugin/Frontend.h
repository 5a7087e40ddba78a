// The core behind both doors: parse a file to find its modules and scripts, and
// give back the text that the compiler should see instead.
#pragma once

#include "Diagnostics.h"
#include "ScriptRewriter.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace clang {
class CompilerInstance;
class FrontendInputFile;
} // namespace clang

namespace ferro::plugin {

/// An #include that was followed.
struct Inclusion {
  unsigned offset; // of the name with its quotes or brackets
  unsigned length;
  std::string file; // what it opened
  bool isAngled;
};

/// A file that is not a system header.
struct SourceFile {
  std::string text; // as it is on disk
  std::vector<Inclusion> inclusions;
};

/// What a discovery parse found.
struct Discovery {
  Discovery();
  ~Discovery();
  Discovery(Discovery &&);
  Discovery &operator=(Discovery &&);

  /// Keeps the edits of a parse, and the texts that they make.
  void store(const clang::SourceManager &sources, FileEdits &fileEdits);

  Findings findings;
  std::map<std::string, std::vector<Edit>>
      edits; // by the name a file was opened by
  std::map<std::string, std::string>
      rewritten; // the same files with their edits
  std::map<std::string, SourceFile>
      userFiles; // every file but system headers, if asked for
  bool hasScripts = false, hasModules = false;
  std::string mainFile;   // its name in these
  std::string fatalError; // why the parse stopped early, as "file:line: text"
  std::unique_ptr<clang::CompilerInstance>
      instance; // owns the findings' source manager
};

/// Parses \p input as \p outer would, all bodies skipped that do not matter,
/// and rewrites its modules and scripts; with modules it parses twice, as the
/// scripts see the text that was made of the modules. \p outer itself is left
/// as it is.
Discovery discover(clang::CompilerInstance &outer,
                   const clang::FrontendInputFile &input, Style style,
                   bool listUserFiles = false);

} // namespace ferro::plugin
