// Arithmetic on numbers without a format. Results are exact, or keep at least
// 64 bits of which the lowest stands for all that follow: enough to be rounded
// once, in any mode, to a format of at most 53 bits.
#pragma once

#include "cutile/reference/Format.h"

namespace cutile::reference {

constexpr Number nan() { return {Number::Kind::Nan}; }
constexpr Number infinity(bool negative) {
  return {Number::Kind::Infinite, negative};
}

/// \p value / 2^by; the lowest bit is set if a bit was lost.
constexpr u128 shiftedRight(u128 value, int by) {
  if (by >= 128)
    return value != 0;
  u128 kept = value >> by;
  return kept | (kept << by != value);
}

/// The same number with its highest bit at \p bit or above.
constexpr Number raised(Number x, int bit) {
  int by = std::max(bit + 1 - bitWidth(x.significand), 0);
  x.significand <<= by;
  x.exponent -= by;
  return x;
}

/// The larger operand ends in zeros when the smaller loses bits (106 bits of
/// 126 at most), so the lowest bit of a difference is right as well.
constexpr Number addFinite(Number a, Number b) {
  a = raised(a, 125), b = raised(b, 125);
  if (a.exponent < b.exponent ||
      (a.exponent == b.exponent && a.significand < b.significand))
    std::swap(a, b);
  u128 smaller = shiftedRight(b.significand, a.exponent - b.exponent);
  a.significand += a.negative == b.negative ? smaller : -smaller;
  return a;
}

/// a + b. A zero sum of operands that are not both zeros of one sign is +0,
/// and -0 when rounding toward negative.
constexpr Number sum(const Number &a, const Number &b, Rounding mode) {
  if (a.isNan() || b.isNan())
    return a.isNan() ? a : b;
  if (a.isInfinite() || b.isInfinite())
    return a.kind == b.kind && a.negative != b.negative ? nan()
           : a.isInfinite()                             ? a
                                                        : b;
  if (a.isZero() != b.isZero())
    return a.isZero() ? b : a;
  Number result = a.isZero() ? a : addFinite(a, b);
  if (result.isZero() && a.negative != b.negative)
    result.negative = mode == Rounding::TowardNegative;
  return result;
}

/// a - b.
constexpr Number difference(const Number &a, Number b, Rounding mode) {
  b.negative ^= !b.isNan();
  return sum(a, b, mode);
}

/// a * b, exactly.
constexpr Number product(const Number &a, const Number &b, Rounding = {}) {
  if (a.isNan() || b.isNan())
    return a.isNan() ? a : b;
  bool negative = a.negative != b.negative;
  if (a.isInfinite() || b.isInfinite())
    return a.isZero() || b.isZero() ? nan() : infinity(negative);
  return {Number::Kind::Finite, negative, a.exponent + b.exponent,
          a.significand * b.significand};
}

/// a * b + c.
constexpr Number productSum(const Number &a, const Number &b, const Number &c,
                            Rounding mode) {
  return sum(product(a, b), c, mode);
}

/// a / b.
constexpr Number quotient(Number a, const Number &b, Rounding = {}) {
  if (a.isNan() || b.isNan())
    return a.isNan() ? a : b;
  bool negative = a.negative != b.negative;
  if (a.isInfinite() || b.isZero())
    return a.kind == b.kind && a.isZero() == b.isZero() ? nan()
                                                        : infinity(negative);
  if (a.isZero() || b.isInfinite())
    return {Number::Kind::Finite, negative};
  a = raised(a, 127); // a quotient of at least 128 - 53 bits
  u128 whole = a.significand / b.significand;
  return {Number::Kind::Finite, negative, a.exponent - b.exponent,
          whole | (whole * b.significand != a.significand)};
}

/// The square root of a; NaN below zero, -0 of -0.
constexpr Number squareRoot(Number a, Rounding = {}) {
  if (a.isNan() || a.isZero())
    return a;
  if (a.negative)
    return nan();
  if (a.isInfinite())
    return a;
  a = raised(a, 126); // a root of 64 bits
  if (a.exponent % 2 != 0)
    a = raised(a, 127);
  u128 root = 0;
  for (u128 bit = u128{1} << 63; bit != 0; bit >>= 1)
    if ((root | bit) * (root | bit) <= a.significand)
      root |= bit;
  return {Number::Kind::Finite, false, a.exponent / 2,
          root | (root * root != a.significand)};
}

/// An integer as a number.
template <typename I> constexpr Number numberFrom(I value) {
  bool negative = value < 0;
  u64 magnitude = static_cast<u64>(value);
  return {Number::Kind::Finite, negative, 0,
          negative ? 0 - magnitude : magnitude};
}

} // namespace cutile::reference
