#include "Nested.h"

#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Lex/PreprocessorOptions.h"

using namespace clang;
using namespace ferro::plugin;

void ErrorPlaces::HandleDiagnostic(DiagnosticsEngine::Level level,
                                   const Diagnostic &diagnostic) {
  DiagnosticConsumer::HandleDiagnostic(level, diagnostic);
  // A declaration from a precompiled header already returns the module type.
  SourceLocation loc = diagnostic.getLocation();
  bool isUsers = !diagnostic.hasSourceManager() || loc.isInvalid() ||
                 !diagnostic.getSourceManager().isInSystemHeader(loc);
  if (level >= DiagnosticsEngine::Error && isUsers &&
      diagnostic.getID() != diag::err_ovl_diff_return_type)
    places.insert(loc);
  if (level != DiagnosticsEngine::Fatal || !fatalError.empty())
    return;
  llvm::SmallString<128> text;
  diagnostic.FormatDiagnostic(text);
  if (diagnostic.hasSourceManager() && diagnostic.getLocation().isValid()) {
    PresumedLoc place =
        diagnostic.getSourceManager().getPresumedLoc(diagnostic.getLocation());
    fatalError = std::string(place.getFilename()) + ":" +
                 std::to_string(place.getLine()) + ": ";
  }
  fatalError += text.str();
}

std::unique_ptr<CompilerInstance>
ferro::plugin::makeNested(CompilerInstance &outer,
                          const FrontendInputFile &input) {
  auto invocation = std::make_shared<CompilerInvocation>(outer.getInvocation());
  FrontendOptions &frontend = invocation->getFrontendOpts();
  frontend.Inputs.assign(1, input);
  frontend.OutputFile.clear();
  frontend.StatsFile.clear();
  frontend.AddPluginActions.clear();
  frontend.ProgramAction = frontend::ParseSyntaxOnly;
  frontend.SkipFunctionBodies = true;
  frontend.DisableFree = frontend.ShowStats = false;
  frontend.DashX = input.getKind();
  invocation->getDependencyOutputOpts() =
      DependencyOutputOptions(); // no second .d file
  invocation->getHeaderSearchOpts().Verbose = false;
  invocation->getPreprocessorOpts().RetainRemappedFileBuffers =
      true; // else freed twice
  DiagnosticOptions &diagnostics = invocation->getDiagnosticOpts();
  diagnostics.ErrorLimit = 0; // type errors are expected where modules are used
  diagnostics.ShowCarets = false; // and their number is nobody's business
  diagnostics.VerifyDiagnostics = false;
  diagnostics.DiagnosticSerializationFile.clear();
  diagnostics.DiagnosticLogFile.clear();

  auto nested = std::make_unique<CompilerInstance>(
      invocation, outer.getPCHContainerOperations(), outer.getModuleCachePtr());
  nested->setVirtualFileSystem(outer.getVirtualFileSystemPtr());
  nested->setFileManager(
      outer.getFileManagerPtr()); // both see the same file entries
  nested->createDiagnostics(new ErrorPlaces(),
                            /*ShouldOwnClient=*/true);
  nested->setVerboseOutputStream(llvm::nulls());
  return nested;
}

const ErrorPlaces &ferro::plugin::errorPlaces(CompilerInstance &nested) {
  return *static_cast<const ErrorPlaces *>(nested.getDiagnostics().getClient());
}
