// From captured modules to the text that registers them.
#pragma once

#include "ScriptRewriter.h"
#include "SourceCapture.h"

namespace ferro::plugin {

/// Writes at the end of the main file what puts the sources of \p modules into
/// the program: for each a text in the section `cutile_sources`
/// (runtime/launch/ModuleText.h has its form) and a pointer to it in
/// `cutile_modules`, and, once for each loaded object, a cutile::ModuleRange
/// over the pointers.
void registerModules(const std::vector<CapturedModule> &modules,
                     const clang::SourceManager &sources, FileEdits &edits);

} // namespace ferro::plugin
