// The tables of cases, one for each file of kernels.
#pragma once

#include "Case.h"

namespace ferro::gpucheck {
#define THEME(name, add) void add(std::vector<Case> &cases);
#include "Themes.def"
} // namespace ferro::gpucheck
