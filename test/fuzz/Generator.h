// Random kernels that are well-typed and have one right result.
#pragma once

#include "Kernel.h"

namespace fuzz {

/// The kernel number \p index of the run with \p seed: always the same.
///
/// What it computes does not depend on the order of blocks or of combination:
/// sums of floats are of small integers, or go to an output that is compared
/// within a bound and nowhere else; no bits are taken of a NaN.
Kernel generate(std::uint64_t seed, int index);

} // namespace fuzz
