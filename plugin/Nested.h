// The compiler that looks at a file before the real one does.
#pragma once

#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/SourceLocation.h"

#include <memory>
#include <set>
#include <string>

namespace clang {
class CompilerInstance;
class FrontendInputFile;
} // namespace clang

namespace ferro::plugin {

/// Says nothing, but remembers where Clang found errors and why it gave up.
struct ErrorPlaces : clang::DiagnosticConsumer {
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level,
                        const clang::Diagnostic &diagnostic) override;

  std::set<clang::SourceLocation> places;
  std::string fatalError;
};

/// A compiler like \p outer that writes nothing, says nothing and loads no
/// plugin. Its diagnostics go to an ErrorPlaces.
std::unique_ptr<clang::CompilerInstance>
makeNested(clang::CompilerInstance &outer,
           const clang::FrontendInputFile &input);

const ErrorPlaces &errorPlaces(clang::CompilerInstance &nested);

} // namespace ferro::plugin
