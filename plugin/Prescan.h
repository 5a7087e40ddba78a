// A quick look at whether a file concerns us at all.
#pragma once

namespace clang {
class CompilerInstance;
class FrontendInputFile;
} // namespace clang

namespace ferro::plugin {

/// Whether any file that \p input includes, system headers aside, spells an
/// attribute that concerns scripts. Only preprocesses, and stops at the first.
bool mentionsScripts(clang::CompilerInstance &outer,
                     const clang::FrontendInputFile &input);

} // namespace ferro::plugin
