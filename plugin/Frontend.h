// The core behind both doors: parse a file once to find its scripts, and give
// back the text that the compiler should see instead.
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

/// A file that takes part in the rewriting.
struct SourceFile {
  std::string original;
  std::string text; // the same as original if nothing changes
  std::vector<Inclusion> inclusions;
};

/// What a discovery parse found.
struct Discovery {
  Discovery();
  ~Discovery();
  Discovery(Discovery &&);
  Discovery &operator=(Discovery &&);

  Findings findings;
  std::map<std::string, std::string>
      rewritten; // the name a file was opened by, its new text
  std::map<std::string, SourceFile>
      userFiles;        // all files that are not system headers, if asked for
  std::string mainFile; // its key in both
  std::unique_ptr<clang::CompilerInstance>
      instance; // owns the findings' source manager
};

/// Whether any file that \p input includes, system headers aside, spells an
/// attribute that concerns scripts. Only preprocesses, and stops at the first.
bool mentionsScripts(clang::CompilerInstance &outer,
                     const clang::FrontendInputFile &input);

/// Parses \p input as \p outer would, bodies without scripts skipped, and
/// rewrites its scripts. \p outer itself is left as it is.
Discovery discover(clang::CompilerInstance &outer,
                   const clang::FrontendInputFile &input, Style style,
                   bool listUserFiles = false);

} // namespace ferro::plugin
