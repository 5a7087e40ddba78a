// Floating-point formats as bits, and exact rounding into them.
#pragma once

#include "emulator/Decoder.h"

#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>

namespace ferro::emulator {

struct Format {
  unsigned exponentBits, mantissaBits;
  /// E4M3 has no infinities and one NaN of each sign.
  bool finiteOnly = false;

  unsigned bits() const { return 1 + exponentBits + mantissaBits; }
  int bias() const { return (1 << (exponentBits - 1)) - 1; }
  std::uint64_t infinity() const {
    return ((1ull << exponentBits) - 1) << mantissaBits;
  }
  std::uint64_t largest() const {
    return finiteOnly ? infinity() + (1ull << mantissaBits) - 2
                      : infinity() - 1;
  }
  /// The NaN that instructions make.
  std::uint64_t nan() const { return (1ull << (bits() - 1)) - 1; }
  std::uint64_t sign() const { return 1ull << (bits() - 1); }
};

inline constexpr Format halfFormat{5, 10}, bfloatFormat{8, 7},
    singleFormat{8, 23}, tf32Format{8, 10}, e4m3Format{4, 3, true},
    e5m2Format{5, 2}, doubleFormat{11, 52};

Format formatOf(Tag tag);

/// (-1)^negative * magnitude * 2^exponent, and a little more if \p sticky.
std::uint64_t pack(const Format &format, bool negative, std::uint64_t magnitude,
                   int exponent, bool sticky, Rounding rounding,
                   bool saturates = false);
std::uint64_t roundTo(const Format &format, double value, Rounding rounding,
                      bool saturates = false);
double widen(const Format &format, std::uint64_t bits);

/// a + b rounded to odd, so that rounding it once more is exact.
double addToOdd(double a, double b);

inline float single(std::uint64_t bits) {
  return std::bit_cast<float>(std::uint32_t(bits));
}
inline std::uint64_t bitsOf(float value) {
  return std::bit_cast<std::uint32_t>(value);
}
inline double real(std::uint64_t bits) { return std::bit_cast<double>(bits); }
inline std::uint64_t bitsOf(double value) {
  return std::bit_cast<std::uint64_t>(value);
}
inline float flushed(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.f, value)
                                                : value;
}

/// The processor's rounding while it lives.
class RoundingScope {
  int before = FE_TONEAREST;
  bool changed;

public:
  explicit RoundingScope(Rounding rounding);
  ~RoundingScope() {
    if (changed)
      std::fesetround(before);
  }
};

} // namespace ferro::emulator
