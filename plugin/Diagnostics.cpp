#include "Diagnostics.h"

#include "clang/Basic/DiagnosticIDs.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace ferro::plugin;

static constexpr DiagRow rows[] = {
#define FERRO_DIAG(Id, severity, text, rule)                                   \
  {#Id, DiagnosticsEngine::severity, text, rule},
#include "Diagnostics.def"
};

const DiagRow &ferro::plugin::row(Diag diag) {
  return rows[static_cast<int>(diag)];
}

bool ferro::plugin::hasErrors(const Findings &findings) {
  return llvm::any_of(findings, [](const Finding &finding) {
    return row(finding.diag).severity >= DiagnosticsEngine::Error;
  });
}

bool ferro::plugin::isRemark(const Finding &finding) {
  return row(finding.diag).severity == DiagnosticsEngine::Remark;
}

static DiagnosticIDs::Class classOf(DiagnosticsEngine::Level severity) {
  if (severity == DiagnosticsEngine::Note)
    return DiagnosticIDs::CLASS_NOTE;
  if (severity == DiagnosticsEngine::Remark)
    return DiagnosticIDs::CLASS_REMARK;
  if (severity == DiagnosticsEngine::Warning)
    return DiagnosticIDs::CLASS_WARNING;
  return DiagnosticIDs::CLASS_ERROR;
}

static unsigned clangId(DiagnosticsEngine &engine, const DiagRow &row) {
  diag::Severity severity =
      row.severity == DiagnosticsEngine::Note      ? diag::Severity::Ignored
      : row.severity == DiagnosticsEngine::Remark  ? diag::Severity::Remark
      : row.severity == DiagnosticsEngine::Warning ? diag::Severity::Warning
                                                   : diag::Severity::Error;
  std::string text = std::string(row.text) + " [ferro:" + row.id + "]";
  // Errors in system headers are ours to say as well.
  return engine.getDiagnosticIDs()->getCustomDiagID(
      DiagnosticIDs::CustomDiagDesc(
          severity, std::move(text), classOf(row.severity),
          /*ShowInSystemHeader=*/true, /*ShowInSystemMacro=*/true));
}

void ferro::plugin::report(DiagnosticsEngine &engine, const Finding &finding) {
  DiagnosticBuilder builder =
      engine.Report(finding.loc, clangId(engine, row(finding.diag)));
  for (const std::string &arg : finding.args)
    builder << arg;
  for (const CharSourceRange &range : finding.ranges)
    builder << range;
  for (const FixItHint &fixIt : finding.fixIts)
    builder << fixIt;
}

static SourceLocation transfer(SourceLocation loc, const SourceManager &from,
                               SourceManager &to) {
  if (loc.isInvalid())
    return loc;
  auto [file, offset] = from.getDecomposedLoc(from.getFileLoc(loc));
  FileID target;
  if (file == from.getMainFileID())
    target = to.getMainFileID();
  else if (OptionalFileEntryRef entry = from.getFileEntryRefForID(file))
    target = to.getOrCreateFileID(*entry, SrcMgr::C_User);
  if (target.isInvalid())
    return {};
  return to.getLocForStartOfFile(target).getLocWithOffset(offset);
}

Finding ferro::plugin::transfer(Finding finding, const SourceManager &from,
                                SourceManager &to) {
  auto moveRange = [&](CharSourceRange &range) {
    range.setBegin(::transfer(range.getBegin(), from, to));
    range.setEnd(::transfer(range.getEnd(), from, to));
  };
  finding.loc = ::transfer(finding.loc, from, to);
  llvm::for_each(finding.ranges, moveRange);
  for (FixItHint &fixIt : finding.fixIts)
    moveRange(fixIt.RemoveRange);
  return finding;
}

static const char *nameOf(DiagnosticsEngine::Level severity) {
  switch (severity) {
  case DiagnosticsEngine::Ignored:
    return "ignored";
  case DiagnosticsEngine::Note:
    return "note";
  case DiagnosticsEngine::Remark:
    return "remark";
  case DiagnosticsEngine::Warning:
    return "warning";
  case DiagnosticsEngine::Error:
  case DiagnosticsEngine::Fatal:
    return "error";
  }
  llvm_unreachable("a severity has a name");
}

std::string ferro::plugin::diagnosticsPage() {
  std::string page = "# Diagnostics of the plugin\n\n"
                     "<!-- Written by `ferro-rewrite --diagnostics-page` from "
                     "plugin/Diagnostics.def. -->\n\n"
                     "Every message ends with its id, `[ferro:Id]`.\n";
  for (const DiagRow &row : rows) {
    page += std::string("\n## ") + row.id + "\n\n" + nameOf(row.severity) +
            ": " + row.text + "\n\n" + row.rule + "\n";
  }
  return page;
}
