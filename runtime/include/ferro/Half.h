// The half-precision storage types. Needs no standard header but <cstdint>, so
// that the tile language can use them where there is no standard library.
#pragma once

#include "ferro/Export.h"

#ifndef __FERRO_JIT__
#include <cstdint>
#else
#include "cutile/jit/Std.h"
#endif

namespace ferro {

namespace detail {
FERRO_API float f16ToFloat(std::uint16_t bits);
FERRO_API std::uint16_t floatToF16(float value);
FERRO_API float bf16ToFloat(std::uint16_t bits);
FERRO_API std::uint16_t floatToBf16(float value);
} // namespace detail

/// IEEE binary16 as storage: computed in float, rounded to nearest even.
struct f16 {
  std::uint16_t bits = 0;
  f16() = default;
  f16(float value) : bits(detail::floatToF16(value)) {}
  operator float() const { return detail::f16ToFloat(bits); }
};

/// bfloat16 as storage: computed in float, rounded to nearest even.
struct bf16 {
  std::uint16_t bits = 0;
  bf16() = default;
  bf16(float value) : bits(detail::floatToBf16(value)) {}
  operator float() const { return detail::bf16ToFloat(bits); }
};

} // namespace ferro
