// Comparisons of tiles, element by element, and the choice by their result:
// equal shapes and element types. Operators.h has what programs write.
#pragma once

#include "cutile/Modes.h"
#include "cutile/Tile.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Compare.h"
#endif

namespace cutile {

/// `result[i]` is whether \p predicate holds between `a[i]` and `b[i]`, signed
/// or unsigned as the type is; false is below true.
///
/// \param a a tile of integers or bool.
/// \param b a tile of the same type.
/// \param predicate which comparison: predicate::lt and so on.
template <BitElement E, int... D, Predicate P>
[[cutile::op("cmpi")]] Tile<bool, D...>
cmpi(const Tile<E, D...> &a, const Tile<E, D...> &b,
     [[maybe_unused]] Mode<P> predicate) {
  return reference::map<Tile<bool, D...>>(reference::holds<P, E>, a, b);
}

/// `result[i]` is whether \p predicate holds between `a[i]` and `b[i]`; if one
/// is NaN, false for ordered and true for unordered.
///
/// \param a a tile of floats.
/// \param b a tile of the same type.
/// \param predicate which comparison: predicate::lt and so on.
/// \param nan ordered or unordered.
template <FloatElement E, int... D, Predicate P,
          NanOrdering N = NanOrdering::Ordered>
[[cutile::op("cmpf")]] Tile<bool, D...>
cmpf(const Tile<E, D...> &a, const Tile<E, D...> &b,
     [[maybe_unused]] Mode<P> predicate, [[maybe_unused]] Mode<N> nan = {}) {
  return reference::map<Tile<bool, D...>>(
      [](E x, E y) {
        if (x != x || y != y)
          return N == NanOrdering::Unordered;
        return reference::holds<P, E>(x, y);
      },
      a, b);
}

/// `result[i] = condition[i] ? a[i] : b[i]`.
///
/// \param condition a tile of bool.
/// \param a a tile of the same shape.
/// \param b a tile of a's type.
template <ElementType E, int... D>
[[cutile::op("select")]] Tile<E, D...> select(const Tile<bool, D...> &condition,
                                              const Tile<E, D...> &a,
                                              const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>(
      [](bool first, E x, E y) { return first ? x : y; }, condition, a, b);
}

namespace detail {
/// The comparison that C++ makes of two values: with NaN, != is true and the
/// others are false.
template <Predicate P, ValueElement E, int... D>
auto compare(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  if constexpr (!FloatElement<E>)
    return cmpi(a, b, Mode<P>{});
  else if constexpr (P == Predicate::Ne)
    return cmpf(a, b, Mode<P>{}, unordered);
  else
    return cmpf(a, b, Mode<P>{}, ordered);
}
} // namespace detail

// The six comparisons of tiles of one type, whatever it is.

template <ValueElement E, int... D>
auto eq_tile(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  return detail::compare<Predicate::Eq>(a, b);
}
/// True where an operand is NaN.
template <ValueElement E, int... D>
auto ne_tile(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  return detail::compare<Predicate::Ne>(a, b);
}
template <ValueElement E, int... D>
auto gt_tile(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  return detail::compare<Predicate::Gt>(a, b);
}
template <ValueElement E, int... D>
auto ge_tile(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  return detail::compare<Predicate::Ge>(a, b);
}
template <ValueElement E, int... D>
auto lt_tile(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  return detail::compare<Predicate::Lt>(a, b);
}
template <ValueElement E, int... D>
auto le_tile(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  return detail::compare<Predicate::Le>(a, b);
}

} // namespace cutile
