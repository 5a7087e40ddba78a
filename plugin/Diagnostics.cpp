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
                               SourceManager &to, OffsetMap offsets) {
  if (loc.isInvalid())
    return loc;
  auto [file, offset] = from.getDecomposedLoc(from.getFileLoc(loc));
  OptionalFileEntryRef entry = from.getFileEntryRefForID(file);
  if (entry && offsets)
    offset = offsets(entry->getName(), offset);
  FileID target;
  if (file == from.getMainFileID())
    target = to.getMainFileID();
  else if (entry)
    target = to.getOrCreateFileID(*entry, SrcMgr::C_User);
  if (target.isInvalid())
    return {};
  return to.getLocForStartOfFile(target).getLocWithOffset(offset);
}

Finding ferro::plugin::transfer(Finding finding, const SourceManager &from,
                                SourceManager &to, OffsetMap offsets) {
  auto move = [&](SourceLocation loc) {
    return ::transfer(loc, from, to, offsets);
  };
  auto moveRange = [&](CharSourceRange &range) {
    range.setBegin(move(range.getBegin()));
    range.setEnd(move(range.getEnd()));
  };
  finding.loc = move(finding.loc);
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
    std::string text = row.text;
    if (size_t escaped = text.find("%%"); escaped != std::string::npos)
      text.erase(escaped, 1);
    page += std::string("\n## ") + row.id + "\n\n" + nameOf(row.severity) +
            ": " + text + "\n\n" + row.rule + "\n";
  }
  return page;
}
