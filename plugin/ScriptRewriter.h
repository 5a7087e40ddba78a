// From a script to the text that traces and calls it.
#pragma once

#include "ScriptChecker.h"
#include "SourceText.h"

#include "clang/Basic/SourceLocation.h"

#include <map>
#include <vector>

namespace ferro::plugin {

/// How the new text looks.
enum class Style {
  Exact,    // every token of the user stays on its line and column (#line and
            // padding)
  Readable, // for people: no #line, no pragmas
};

/// The edits of each file that was parsed.
using FileEdits = std::map<clang::FileID, std::vector<Edit>>;

/// Writes the edits that make \p script trace itself:
///
///   [[ferro::script]] R f(A a) { BODY }
///
/// becomes
///
///   ::ferro::Scripted<R> f(A a) {
///     static ::ferro::detail::ScriptSite ferro_site{"f", "file.cpp", 1, FLAGS,
///     "a"}; return ::ferro::detail::callScript(ferro_site, OUTSIDE,
///     [](decltype(a) a) -> R { BODY }, a);
///   }
///
/// Every declaration of the function gets the new return type. Reports what a
/// macro has written, which cannot be edited.
void rewriteScript(const Script &script, const BodyReads &reads, Style style,
                   clang::ASTContext &context, FileEdits &edits,
                   Findings &findings);

/// What stands before text that belongs to the line of \p loc, and is not on
/// it.
std::string onPlace(clang::SourceLocation loc, Style style,
                    const clang::SourceManager &sources);
/// What stands behind it: puts what follows at \p loc back on its line and
/// column.
std::string backOnPlace(clang::SourceLocation loc, Style style,
                        const clang::SourceManager &sources);

/// Takes \p attribute out of \p list, which has it.
Edit eraseAttribute(const AttributeList &list,
                    const SpottedAttribute &attribute, Style style,
                    const clang::ASTContext &context);

} // namespace ferro::plugin
