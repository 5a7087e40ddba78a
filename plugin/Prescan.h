// A quick look at whether a file concerns us at all.
#pragma once

namespace clang {
class CompilerInstance;
class FileID;
class FrontendInputFile;
class LangOptions;
class SourceManager;
} // namespace clang

namespace ferro::plugin {

struct SpottedAttribute;

/// Whether \p attribute makes a script, a module or ranks, or nearly does.
bool concernsUs(const SpottedAttribute &attribute);

/// Whether \p file spells an attribute that \p concerns.
bool fileHas(const clang::SourceManager &sources, clang::FileID file,
             const clang::LangOptions &language,
             bool (*concerns)(const SpottedAttribute &));

/// Whether any file that \p input includes, system headers aside, spells an
/// attribute that makes a script or a module, or nearly does. Only
/// preprocesses, and stops at the first.
bool mentionsOurs(clang::CompilerInstance &outer,
                  const clang::FrontendInputFile &input);

/// Whether the text of \p input itself, not its headers, seems to have an
/// attribute of modules. A wrong answer costs time only.
bool mentionsModules(clang::CompilerInstance &outer,
                     const clang::FrontendInputFile &input);

} // namespace ferro::plugin
