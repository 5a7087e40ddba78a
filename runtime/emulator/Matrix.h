// How tensor cores sum, by the types of a product.
#pragma once

#include "emulator/Dot.h"

namespace ferro::emulator {

/// \p warpgroup for wgmma, else mma.sync.
DotModel modelOf(Tag a, Tag b, Tag d, bool warpgroup);

} // namespace ferro::emulator
