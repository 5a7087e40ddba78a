// Checks, assumptions and printing.
#pragma once

#include "cutile/Shapes.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Debug.h"
#endif

namespace cutile {

/// Stops the kernel with \p message unless all of \p condition is true. The
/// reference throws InvalidArgument with the place of the first false element.
///
/// \param condition a tile of bool.
/// \param message a literal.
template <int... D>
[[cutile::op("assert")]] void check(const Tile<bool, D...> &condition,
                                    const char *message) {
  reference::requireEach(condition, "check", message);
}
inline void check(bool condition, const char *message) {
  check(Tile<bool>(condition), message);
}

// Assumptions return their operand; only of the result is the fact known.
// Compiled code does not check them, and a wrong one is undefined there. The
// reference throws InvalidArgument with the value and its place.

/// Every element is a multiple of \p divisor, a power of two.
template <std::int64_t divisor, IntegerElement E, int... D>
  requires(detail::isPowerOfTwo(divisor))
[[cutile::op("assume_div_by")]] Tile<E, D...>
assume_div_by(const Tile<E, D...> &x) {
  reference::requireValues(
      x, "assume_div_by", "a multiple of ", divisor,
      [](E e) { return static_cast<i64>(e) % divisor == 0; });
  return x;
}

/// Along \p axis in every group of \p every elements the first is a multiple of
/// \p divisor, a power of two, and each other is one more than that before it.
template <std::int64_t divisor, int every, int axis, IntegerElement E, int... D>
  requires(detail::isPowerOfTwo(divisor) && AxisOf<axis, TileShape<D...>> &&
           every > 0 && TileShape<D...>::extent(axis) % every == 0)
[[cutile::op("assume_div_by_every_along")]] Tile<E, D...>
assume_div_by_every_along(const Tile<E, D...> &x) {
  reference::requireRuns<every, axis>(x, "assume_div_by_every_along", divisor);
  return x;
}

/// Every element is \p lower or more.
template <std::int64_t lower, IntegerElement E, int... D>
[[cutile::op("assume_bounds_lower")]] Tile<E, D...>
assume_bounds_lower(const Tile<E, D...> &x) {
  reference::requireValues(
      x, "assume_bounds_lower", "at least ", lower,
      [](E e) { return std::cmp_greater_equal(e, lower); });
  return x;
}
/// Every element is \p upper or less.
template <std::int64_t upper, IntegerElement E, int... D>
[[cutile::op("assume_bounds_upper")]] Tile<E, D...>
assume_bounds_upper(const Tile<E, D...> &x) {
  reference::requireValues(x, "assume_bounds_upper", "at most ", upper,
                           [](E e) { return std::cmp_less_equal(e, upper); });
  return x;
}
/// Every element is in [lower, upper].
template <std::int64_t lower, std::int64_t upper, IntegerElement E, int... D>
  requires(lower <= upper)
auto assume_bounds(const Tile<E, D...> &x) {
  return assume_bounds_upper<upper>(assume_bounds_lower<lower>(x));
}

/// In every block of shape Group all elements are equal.
template <int... Group, ElementType E, int... D>
  requires SubTileOf<TileShape<Group...>, TileShape<D...>>
[[cutile::op("assume_same_elements")]] Tile<E, D...>
assume_same_elements(const Tile<E, D...> &x) {
  reference::requireEqualGroups<TileShape<Group...>>(x, "assume_same_elements");
  return x;
}

// The same of numbers.

template <std::int64_t divisor, IntegerElement E> E assume_div_by(E x) {
  return assume_div_by<divisor>(Tile<E>(x));
}
template <std::int64_t lower, IntegerElement E> E assume_bounds_lower(E x) {
  return assume_bounds_lower<lower>(Tile<E>(x));
}
template <std::int64_t upper, IntegerElement E> E assume_bounds_upper(E x) {
  return assume_bounds_upper<upper>(Tile<E>(x));
}
template <std::int64_t lower, std::int64_t upper, IntegerElement E>
E assume_bounds(E x) {
  return assume_bounds<lower, upper>(Tile<E>(x));
}

/// A text with a {} for each of `count` values, checked at compile time; {{ and
/// }} are braces.
template <int count> class FormatText {
public:
  consteval FormatText(const char *written) : text(written) {
    int places = 0;
    for (const char *at = written; *at; ++at) {
      if (*at != '{' && *at != '}')
        continue;
      if (at[0] == '{' && at[1] == '}')
        ++places;
      else if (at[0] != at[1])
        aBraceStandsAlone();
      ++at;
    }
    if (places != count)
      thereIsNotOnePlaceForEachValue();
  }
  const char *text;

private:
  static void aBraceStandsAlone() {}
  static void thereIsNotOnePlaceForEachValue() {}
};

/// Prints a line of text in which each {} stands for the next of \p values:
/// numbers, and tiles as nested lists. For looking into kernels: it is slow,
/// and the lines of different blocks come in any order.
///
/// \param format a literal.
/// \param values tiles and numbers.
template <TileLike... X>
[[cutile::op("print")]] void
print(std::type_identity_t<FormatText<int{sizeof...(X)}>> format,
      const X &...values) {
  reference::print(format.text, values...);
}

} // namespace cutile
