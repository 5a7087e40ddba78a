// Finds the tile modules of a translation unit and registers their source.
#pragma once

#include "ScriptRewriter.h"

#include <memory>

namespace clang {
class ASTConsumer;
class CompilerInstance;
} // namespace clang

namespace ferro::plugin {

class AttributeRecorder;
struct Discovery;

/// The consumer of a discovery parse that looks for modules; what it finds goes
/// to \p discovery.
std::unique_ptr<clang::ASTConsumer>
discoverModules(clang::CompilerInstance &instance, Discovery &discovery,
                AttributeRecorder &recorder, Style style);

} // namespace ferro::plugin
