// What a tile module and its kernels may look like.
#pragma once

#include "Diagnostics.h"
#include "TileModule.h"

#include <set>
#include <string>

namespace ferro::plugin {

/// Reports in \p findings what may not stand in \p module, and what keeps its
/// entries from being kernels.
void checkModule(const TileModule &module, clang::ASTContext &context,
                 Findings &findings);

/// Reports functions that call themselves, also through others.
void checkRecursion(const TileModules &modules, Findings &findings);

/// The names in \p module that a constant expression can be made of: its
/// constants and the template parameters.
std::set<std::string> constantNames(const TileModule &module);

} // namespace ferro::plugin
