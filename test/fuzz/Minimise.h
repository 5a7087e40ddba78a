// The smallest kernel that still fails as another did.
#pragma once

#include "Batch.h"

namespace fuzz {

/// \p kernel without what its failure does not need: statements are dropped,
/// declared values become constants, blocks lose their heads, calls become one
/// of their operands, as long as the verdict stays of the same kind.
/// \param verdict that of the kernel.
Kernel minimise(const Workshop &workshop, Kernel kernel,
                const std::string &verdict);

} // namespace fuzz
