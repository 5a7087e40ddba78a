// The six comparisons.
#pragma once

#include "cutile/Modes.h"

namespace cutile::reference {

template <Predicate predicate, typename E> bool holds(E a, E b) {
  switch (predicate) {
  case Predicate::Eq:
    return a == b;
  case Predicate::Ne:
    return a != b;
  case Predicate::Lt:
    return a < b;
  case Predicate::Le:
    return a <= b;
  case Predicate::Gt:
    return a > b;
  case Predicate::Ge:
    return a >= b;
  }
}

} // namespace cutile::reference
