// What the plugin found in the user's source, and how it is said.
#pragma once

#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/SourceLocation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace ferro::plugin {

enum class Diag {
#define FERRO_DIAG(Id, severity, text, rule) Id,
#include "Diagnostics.def"
};

/// A row of Diagnostics.def.
struct DiagRow {
  const char *id;
  clang::DiagnosticsEngine::Level severity;
  const char *text;
  const char *rule;
};

const DiagRow &row(Diag diag);

/// One occurrence of a diagnostic. Locations belong to the source manager of
/// the parse that found it.
struct Finding {
  Diag diag;
  clang::SourceLocation loc;
  std::vector<std::string> args = {};
  std::vector<clang::CharSourceRange> ranges = {};
  std::vector<clang::FixItHint> fixIts = {};
};

using Findings = std::vector<Finding>;

bool hasErrors(const Findings &findings);
/// Remarks are said on request only.
bool isRemark(const Finding &finding);

/// Says \p finding through \p engine, whose source manager \p finding's
/// locations belong to.
void report(clang::DiagnosticsEngine &engine, const Finding &finding);

/// Where an offset of a file lies in another text of it.
using OffsetMap =
    llvm::function_ref<unsigned(llvm::StringRef file, unsigned offset)>;

/// Moves \p finding from one source manager to another that has the same files,
/// with the same text or one that \p offsets leads to.
Finding transfer(Finding finding, const clang::SourceManager &from,
                 clang::SourceManager &to, OffsetMap offsets = nullptr);

/// Diagnostics.def as the reference page of the documentation, in Markdown.
std::string diagnosticsPage();

} // namespace ferro::plugin
