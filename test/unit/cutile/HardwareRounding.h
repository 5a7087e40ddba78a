// What the machine's own arithmetic gives in each rounding mode: an oracle that
// shares nothing with the reference.
#pragma once

#include "cutile/Modes.h"

namespace cutile::testing {

enum class Operation { Add, Sub, Mul, Div, Fma, Sqrt };

template <typename T>
T onMachine(Operation operation, Rounding mode, T a, T b = 0, T c = 0);

/// \p x as a T in the machine's rounding \p mode.
template <typename T, typename From>
T convertedOnMachine(Rounding mode, From x);

} // namespace cutile::testing
