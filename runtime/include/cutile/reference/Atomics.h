// Atomic operations in the reference. Blocks run one after another, so a plain
// read and write are atomic; the execution is told that they were.
#pragma once

#include "cutile/reference/Float.h"
#include "cutile/reference/Memory.h"

#include <cstring>

namespace cutile::reference {

template <AtomicMode mode, typename E> E combined(E old, E value) {
  if constexpr (FloatElement<E>) {
    return mode == AtomicMode::Add
               ? add<E, Rounding::NearestEven, Subnormals::Preserve>(old, value)
               : value;
  } else {
    using Bits = std::make_unsigned_t<E>;
    auto a = static_cast<Bits>(old), b = static_cast<Bits>(value);
    switch (mode) {
    case AtomicMode::Add:
      return static_cast<E>(static_cast<Bits>(a + b));
    case AtomicMode::And:
      return static_cast<E>(a & b);
    case AtomicMode::Or:
      return static_cast<E>(a | b);
    case AtomicMode::Xor:
      return static_cast<E>(a ^ b);
    case AtomicMode::Min:
      return value < old ? value : old;
    case AtomicMode::Max:
      return old < value ? value : old;
    case AtomicMode::Exchange:
      return value;
    }
    __builtin_unreachable();
  }
}

template <AtomicMode mode, typename E>
E modify(E *element, E value, MemoryOrder order) {
  touch(element, sizeof(E), Touch::ReadWrite, order);
  E old = *element;
  *element = combined<mode>(old, value);
  return old;
}

template <typename E>
E exchangeIf(E *element, E expected, E desired, MemoryOrder order) {
  touch(element, sizeof(E), Touch::ReadWrite, order);
  E old = *element;
  if (std::memcmp(element, &expected, sizeof(E)) == 0)
    *element = desired;
  return old;
}

} // namespace cutile::reference
