// Operations on tiles of floats, element by element, as the dialect has them:
// equal shapes and element types. Operators.h has what programs write.
#pragma once

#include "cutile/Modes.h"
#include "cutile/Tile.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Float.h"
#endif

namespace cutile {

// Arithmetic rounds once, from the exact result, in every mode and for every
// type. A NaN operand gives NaN, and so does an operation without a result
// (inf - inf, 0 * inf, 0 / 0, the root of a negative number); which NaN is not
// said. With ftz, which is for f32, subnormal operands count as zeros of their
// sign and a result that is subnormal after rounding becomes one.

/// `result[i] = round(a[i] + b[i])`.
///
/// An exact zero sum of two operands that are not both zeros of one sign is
/// +0, and -0 under toward_negative.
///
/// \param a a tile of floats.
/// \param b a tile of the same type.
/// \param mode an IEEE rounding.
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, Rounding R = Rounding::NearestEven,
          Subnormals S = Subnormals::Preserve>
  requires IeeeRounding<E, R> && SubnormalMode<E, S>
[[cutile::op("addf")]] Tile<E, D...>
addf(const Tile<E, D...> &a, const Tile<E, D...> &b,
     [[maybe_unused]] Mode<R> mode = {},
     [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(reference::add<E, R, S>, a, b);
}

/// `result[i] = round(a[i] - b[i])`; the zero of `x - x` as in addf.
///
/// \param a a tile of floats.
/// \param b a tile of the same type.
/// \param mode an IEEE rounding.
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, Rounding R = Rounding::NearestEven,
          Subnormals S = Subnormals::Preserve>
  requires IeeeRounding<E, R> && SubnormalMode<E, S>
[[cutile::op("subf")]] Tile<E, D...>
subf(const Tile<E, D...> &a, const Tile<E, D...> &b,
     [[maybe_unused]] Mode<R> mode = {},
     [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(reference::sub<E, R, S>, a, b);
}

/// `result[i] = round(a[i] * b[i])`.
///
/// \param a a tile of floats.
/// \param b a tile of the same type.
/// \param mode an IEEE rounding.
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, Rounding R = Rounding::NearestEven,
          Subnormals S = Subnormals::Preserve>
  requires IeeeRounding<E, R> && SubnormalMode<E, S>
[[cutile::op("mulf")]] Tile<E, D...>
mulf(const Tile<E, D...> &a, const Tile<E, D...> &b,
     [[maybe_unused]] Mode<R> mode = {},
     [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(reference::mul<E, R, S>, a, b);
}

/// `result[i] = round(a[i] / b[i])`; a number that is not zero divided by zero
/// is infinite.
///
/// \param a a tile of floats.
/// \param b a tile of the same type.
/// \param mode an IEEE rounding; for f32 also approximate and full, within
///        2 ulp where the quotient is normal. The reference takes the nearest.
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, Rounding R = Rounding::NearestEven,
          Subnormals S = Subnormals::Preserve>
  requires DivisionRounding<E, R> && SubnormalMode<E, S>
[[cutile::op("divf")]] Tile<E, D...>
divf(const Tile<E, D...> &a, const Tile<E, D...> &b,
     [[maybe_unused]] Mode<R> mode = {},
     [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(reference::div<E, R, S>, a, b);
}

/// `result[i] = a[i] - trunc(a[i] / b[i]) * b[i]`, exactly.
///
/// The sign is that of a, and |result| < |b|. NaN for infinite a or zero b; a
/// itself for finite a and infinite b.
template <FloatElement E, int... D>
[[cutile::op("remf")]] Tile<E, D...> remf(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>(reference::rem<E>, a, b);
}

/// `result[i] = round(a[i] * b[i] + c[i])`, with one rounding; the zero of a
/// sum as in addf.
///
/// \param a a tile of floats.
/// \param b a tile of the same type.
/// \param c a tile of the same type.
/// \param mode an IEEE rounding.
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, Rounding R = Rounding::NearestEven,
          Subnormals S = Subnormals::Preserve>
  requires IeeeRounding<E, R> && SubnormalMode<E, S>
[[cutile::op("fma")]] Tile<E, D...>
fma(const Tile<E, D...> &a, const Tile<E, D...> &b, const Tile<E, D...> &c,
    [[maybe_unused]] Mode<R> mode = {},
    [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(reference::fma<E, R, S>, a, b, c);
}

/// `result[i] = round(sqrt(x[i]))`; `sqrt(-0) = -0`.
///
/// \param x a tile of floats.
/// \param mode an IEEE rounding; for f32 also approximate, within 2 ulp. The
///        reference takes the nearest.
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, Rounding R = Rounding::NearestEven,
          Subnormals S = Subnormals::Preserve>
  requires RootRounding<E, R> && SubnormalMode<E, S>
[[cutile::op("sqrt")]] Tile<E, D...>
sqrt(const Tile<E, D...> &x, [[maybe_unused]] Mode<R> mode = {},
     [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(reference::sqrt<E, R, S>, x);
}

/// `result[i] = -x[i]`: the other sign, for zeros and NaNs too.
template <FloatElement E, int... D>
[[cutile::op("negf")]] Tile<E, D...> negf(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(reference::neg<E>, x);
}

/// `result[i] = |x[i]|`: without the sign, for zeros and NaNs too.
template <FloatElement E, int... D>
[[cutile::op("absf")]] Tile<E, D...> absf(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(reference::abs<E>, x);
}

/// `result[i] = |x[i]|` with the sign of `sign[i]`, for zeros and NaNs too.
template <FloatElement E, int... D>
[[cutile::op("copysign")]] Tile<E, D...> copysign(const Tile<E, D...> &x,
                                                  const Tile<E, D...> &sign) {
  return reference::map<Tile<E, D...>>(reference::copysign<E>, x, sign);
}

/// `result[i]` is the larger of `a[i]` and `b[i]`, with -0 below +0.
///
/// \param a a tile of floats.
/// \param b a tile of the same type.
/// \param nans suppress_nan gives the other operand where one is NaN
///        (maximumNumber of IEEE 754-2019), propagate_nan NaN (its maximum).
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, NanMode N = NanMode::Suppress,
          Subnormals S = Subnormals::Preserve>
  requires SubnormalMode<E, S>
[[cutile::op("maxf")]] Tile<E, D...>
maxf(const Tile<E, D...> &a, const Tile<E, D...> &b,
     [[maybe_unused]] Mode<N> nans = {},
     [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(reference::max<E, N, S>, a, b);
}

/// `result[i]` is the smaller of `a[i]` and `b[i]`, with -0 below +0.
///
/// \param a a tile of floats.
/// \param b a tile of the same type.
/// \param nans suppress_nan gives the other operand where one is NaN
///        (minimumNumber of IEEE 754-2019), propagate_nan NaN (its minimum).
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, NanMode N = NanMode::Suppress,
          Subnormals S = Subnormals::Preserve>
  requires SubnormalMode<E, S>
[[cutile::op("minf")]] Tile<E, D...>
minf(const Tile<E, D...> &a, const Tile<E, D...> &b,
     [[maybe_unused]] Mode<N> nans = {},
     [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(reference::min<E, N, S>, a, b);
}

/// `result[i]`: whether `x[i]` is NaN.
template <FloatElement E, int... D>
[[cutile::op("isnan")]] Tile<bool, D...> isnan(const Tile<E, D...> &x) {
  return reference::map<Tile<bool, D...>>(reference::isNan<E>, x);
}

/// `result[i]`: whether `x[i]` is infinite.
template <FloatElement E, int... D>
[[cutile::op("isinf")]] Tile<bool, D...> isinf(const Tile<E, D...> &x) {
  return reference::map<Tile<bool, D...>>(reference::isInf<E>, x);
}

/// `result[i]`: whether `x[i]` is neither NaN nor infinite.
template <FloatElement E, int... D>
[[cutile::op("isfinite")]] Tile<bool, D...> isfinite(const Tile<E, D...> &x) {
  return reference::map<Tile<bool, D...>>(reference::isFinite<E>, x);
}

} // namespace cutile
