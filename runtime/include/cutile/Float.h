// Operations on tiles of floats, element by element, as the dialect has them:
// equal shapes and element types. Operators.h has what programs write.
#pragma once

#include "cutile/Modes.h"
#include "cutile/Tile.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Float.h"
#endif

namespace cutile {

/// `result[i] = round(a[i] + b[i])`.
///
/// A NaN operand, or inf - inf, gives NaN; an exact zero sum of two operands
/// that are not both zeros of one sign is +0, and -0 under toward_negative.
/// f16 and bf16 are rounded once, from the exact sum.
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

} // namespace cutile
