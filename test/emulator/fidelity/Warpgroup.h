// Forms of wgmma.mma_async: every type, shapes, transposes, scales, swizzles.
#pragma once

#include "Forms.h"

namespace ferro::gpucheck {
std::vector<Form> makeWarpgroupForms();
} // namespace ferro::gpucheck
