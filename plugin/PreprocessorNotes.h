// What the preprocessor did to a file: where it read macros and includes.
#pragma once

#include "clang/Basic/SourceLocation.h"
#include "clang/Lex/PPCallbacks.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace clang {
class MacroInfo;
class Preprocessor;
} // namespace clang

namespace ferro::plugin {

/// A macro that was expanded, or that a condition asked about.
struct MacroMention {
  unsigned offset;
  const clang::IdentifierInfo *name;
  const clang::MacroInfo *macro; // null: not defined there
};

/// An #include as it is written, from its # to the end of the name.
struct IncludeNote {
  unsigned begin, end;
  clang::FileID file; // what it entered; invalid if it was left out
};

/// Notes about the user's files, in the order of the text of each.
struct PreprocessorNotes {
  std::map<clang::FileID, std::vector<MacroMention>> macros;
  std::map<clang::FileID, std::vector<IncludeNote>> includes;
};

/// Fills \p notes while \p preprocessor runs.
std::unique_ptr<clang::PPCallbacks> takeNotes(clang::Preprocessor &preprocessor,
                                              PreprocessorNotes &notes);

} // namespace ferro::plugin
