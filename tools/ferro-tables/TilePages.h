// The reference pages of the tile language.
#pragma once

#include <string>

/// TileOps.def: every operation, by family.
std::string tileOpsPage();
/// Elements.def, and what operations take of each type (FEATURES D175).
std::string tileElementsPage();
