// Sums of products as tensor cores make them: aligned to the largest term,
// truncated, added, rounded once.
#pragma once

#include "emulator/Formats.h"

#include <cstdint>
#include <vector>

namespace ferro::emulator {

/// A finite number: significand * 2^exponent; or a special one.
struct Term {
  std::int32_t significand = 0;
  std::int16_t exponent = 0;
  /// 0 finite, 1 infinite, 2 NaN.
  std::int8_t special = 0;
  bool negative = false;
};

/// How a unit adds.
struct DotModel {
  /// Products that are added at once; the sum of each chunk is rounded.
  unsigned chunk = 16;
  /// Bits below the largest exponent that are kept.
  unsigned fraction = 25;
  /// Bits of the sum's significand that are kept when it is rounded to zero.
  unsigned precision = 64;
  /// Fraction bits of the factors' formats.
  unsigned aBits = 10, bBits = 10;
};

Term termOf(const Format &format, std::uint64_t bits);

/// sum + a0*b0 + a1*b1 + ..., where the sum and the result are f32.
std::uint32_t dotSingle(const DotModel &model, const Term *a, const Term *b,
                        unsigned count, std::uint32_t sum,
                        bool negated = false);
/// Likewise with a sum of f16, rounded to nearest at the end of each chunk.
std::uint16_t dotHalf(const DotModel &model, const Term *a, const Term *b,
                      unsigned count, std::uint16_t sum, bool negated = false);

} // namespace ferro::emulator
