// Float arithmetic exactly as the formats define it.
#pragma once

#include "cutile/Modes.h"

namespace cutile::reference {

template <typename E, Rounding R, Subnormals S> E add(E a, E b) {
  return E(float(a) + float(b));
}

} // namespace cutile::reference
