// Reductions and scans along axes.
//
// Order of combination: compiled code may combine in any order, so that results
// of float operations differ within a tolerance, and f must be associative. The
// reference goes along the axis from the first element. Sums and products of
// f16 and bf16 are of f32 and rounded once at the end; the reference's sums and
// products of floats are of f64 and rounded at the end.
#pragma once

#include "cutile/Operators.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Reduce.h"
#endif

namespace cutile {

/// Whether an element of a scan counts in its own result.
enum class Inclusion : u8 { Inclusive, Exclusive };
inline constexpr Mode<Inclusion::Inclusive> inclusive{};
inline constexpr Mode<Inclusion::Exclusive> exclusive{};

/// Axis as an argument, in the operations that drop it: `reduce_sum(x,
/// dim<1>)`.
template <int axis> inline constexpr Mode<axis> dim{};

namespace detail {
template <int axis, int... D>
using WithoutAxis = Materialized<Without<TileShape<D...>, axis>>;

/// f(accumulator, element) is an E.
template <typename F, typename E>
concept Combines =
    requires(const F &f, const E &e) { static_cast<E>(f(e, e)); };

// What named reductions combine with, on numbers. The reference computes those
// that say so in f64.
struct Add {
  static constexpr bool isWideInReference = true;
  template <ElementType E> E operator()(E a, E b) const { return add(a, b); }
};
struct Multiply {
  static constexpr bool isWideInReference = true;
  template <ElementType E> E operator()(E a, E b) const { return mul(a, b); }
};
struct Minimum {
  template <ElementType E> E operator()(E a, E b) const { return min(a, b); }
};
struct Maximum {
  template <ElementType E> E operator()(E a, E b) const { return max(a, b); }
};
struct BitAnd {
  template <ElementType E> E operator()(E a, E b) const {
    return bit_and(a, b);
  }
};
struct BitOr {
  template <ElementType E> E operator()(E a, E b) const { return bit_or(a, b); }
};
struct BitXor {
  template <ElementType E> E operator()(E a, E b) const {
    return bit_xor(a, b);
  }
};
} // namespace detail

/// `result[..., ...] = f(...f(f(identity, x[..., 0, ...]), x[..., 1,
/// ...])...)`: the elements along \p axis combined; the result has no such
/// axis.
///
/// \param x a tile.
/// \param identity what f leaves the other operand with.
/// \param f takes what was combined so far and an element, two numbers of
///        type E, and gives an E; associative and without side effects.
template <int axis, ElementType E, int... D, typename F>
  requires AxisOf<axis, TileShape<D...>> && detail::Combines<F, E>
[[cutile::op("reduce")]] TileOf<E, detail::WithoutAxis<axis, D...>>
reduce(const Tile<E, D...> &x, std::type_identity_t<E> identity, const F &f) {
  return reference::reduce<axis, TileOf<E, detail::WithoutAxis<axis, D...>>>(
      x, identity, f);
}

/// The same along an axis with every intermediate result, in the place of the
/// element that it ends with (inclusive) or begins after (exclusive: the first
/// is \p identity).
///
/// \param x a tile.
/// \param identity what f leaves the other operand with.
/// \param f takes what was combined so far and an element, two numbers of
///        type E, and gives an E; associative and without side effects.
/// \param direction forward from the first element or reverse from the last.
/// \param inclusion inclusive or exclusive.
template <int axis, ElementType E, int... D, typename F,
          Direction R = Direction::Forward, Inclusion I = Inclusion::Inclusive>
  requires AxisOf<axis, TileShape<D...>> && detail::Combines<F, E>
[[cutile::op("scan")]] Tile<E, D...>
scan(const Tile<E, D...> &x, std::type_identity_t<E> identity, const F &f,
     [[maybe_unused]] Mode<R> direction = {},
     [[maybe_unused]] Mode<I> inclusion = {}) {
  return reference::scan<axis, R == Direction::Reverse,
                         I == Inclusion::Inclusive>(x, identity, f);
}

template <int axis, ElementType E, int... D, typename F,
          Direction R = Direction::Forward>
auto inclusive_scan(const Tile<E, D...> &x, std::type_identity_t<E> init,
                    const F &f, Mode<R> direction = {}) {
  return scan<axis>(x, init, f, direction, inclusive);
}
template <int axis, ElementType E, int... D, typename F,
          Direction R = Direction::Forward>
auto exclusive_scan(const Tile<E, D...> &x, std::type_identity_t<E> init,
                    const F &f, Mode<R> direction = {}) {
  return scan<axis>(x, init, f, direction, exclusive);
}

namespace detail {
/// The type in which sums of E are made.
template <typename E>
using Accumulator =
    std::conditional_t<FloatElement<E> && widthOf<E> == 16, f32, E>;

/// The least and the greatest value of E; infinities for floats.
template <ValueElement E> auto lowest() {
  if constexpr (FloatElement<E>)
    return static_cast<E>(-__builtin_huge_valf());
  else if constexpr (SignedElement<E>)
    return static_cast<E>(E{1} << (widthOf<E> - 1));
  else
    return E{};
}
template <ValueElement E> auto highest() {
  if constexpr (FloatElement<E>)
    return static_cast<E>(__builtin_huge_valf());
  else
    return static_cast<E>(~lowest<E>());
}

template <typename E, int... D> auto flatten(const Tile<E, D...> &x) {
  return reshape(x, TileShape<Tile<E, D...>::size>{});
}

/// The tile reduced along axes, each of which stays with extent 1; along all
/// axes if none is named, and then without axes.
template <typename F, typename E, int... D>
auto reduceAll(const Tile<E, D...> &x, E identity, const F &f) {
  return reduce<0>(flatten(x), identity, f);
}
template <int axis, int... axes, typename F, typename E, int... D>
auto reduceKept(const Tile<E, D...> &x, E identity, const F &f) {
  auto kept = unsqueeze<axis>(reduce<axis>(x, identity, f));
  if constexpr (sizeof...(axes) == 0)
    return kept;
  else
    return reduceKept<axes...>(kept, identity, f);
}
template <int... axes, typename F, typename E, int... D>
auto reduceAlong(const Tile<E, D...> &x, E identity, const F &f) {
  if constexpr (sizeof...(axes) == 0)
    return reduceAll(x, identity, f);
  else
    return reduceKept<axes...>(x, identity, f);
}
/// The same in the type of sums.
template <int... axes, typename F, typename E, int... D>
auto accumulate(const Tile<E, D...> &x, int identity, const F &f) {
  using A = Accumulator<E>;
  auto wide = fit<Tile<A, D...>>(x);
  auto sum = reduceAlong<axes...>(wide, static_cast<A>(identity), f);
  return fit<TileOf<E, TileShapeOf<decltype(sum)>>>(sum);
}

template <typename S, int... axes>
concept DistinctAxesOf = (AxisOf<axes, S> && ...) && [] {
  [[maybe_unused]] bool seen[S::rank + 1] = {};
  return ((!seen[axes] && (seen[axes] = true)) && ...);
}();
} // namespace detail

// Along the axes named, which stay with extent 1 so that the result broadcasts
// with x: `x / sum<1>(x)`. Without axes: of all elements, `f32(sum(x))`.

/// The sum; 0 is the identity.
template <int... axes, ArithmeticElement E, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto sum(const Tile<E, D...> &x) {
  return detail::accumulate<axes...>(x, 0, detail::Add{});
}
/// The product; 1 is the identity.
template <int... axes, ArithmeticElement E, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto prod(const Tile<E, D...> &x) {
  return detail::accumulate<axes...>(x, 1, detail::Multiply{});
}
/// The least element; NaN is passed over. The identity is infinity or the
/// greatest integer.
template <int... axes, ArithmeticElement E, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto reduce_min(const Tile<E, D...> &x) {
  return detail::reduceAlong<axes...>(x, detail::highest<E>(),
                                      detail::Minimum{});
}
/// The greatest element; NaN is passed over. The identity is -infinity or the
/// least integer.
template <int... axes, ArithmeticElement E, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto reduce_max(const Tile<E, D...> &x) {
  return detail::reduceAlong<axes...>(x, detail::lowest<E>(),
                                      detail::Maximum{});
}
/// The bits that all elements have.
template <int... axes, BitElement E, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto reduce_bitand(const Tile<E, D...> &x) {
  return detail::reduceAlong<axes...>(x, static_cast<E>(-1), detail::BitAnd{});
}
/// The bits that any element has.
template <int... axes, BitElement E, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto reduce_bitor(const Tile<E, D...> &x) {
  return detail::reduceAlong<axes...>(x, E{}, detail::BitOr{});
}
/// The bits that an odd number of elements have.
template <int... axes, BitElement E, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto reduce_bitxor(const Tile<E, D...> &x) {
  return detail::reduceAlong<axes...>(x, E{}, detail::BitXor{});
}
template <int... axes, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto all_of(const Tile<bool, D...> &x) {
  return reduce_bitand<axes...>(x);
}
template <int... axes, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto any_of(const Tile<bool, D...> &x) {
  return reduce_bitor<axes...>(x);
}
template <int... axes, int... D>
  requires detail::DistinctAxesOf<TileShape<D...>, axes...>
auto none_of(const Tile<bool, D...> &x) {
  return noti(any_of<axes...>(x));
}

namespace detail {
/// S with all extents but one replaced by 1.
template <typename S, int kept> struct Along {
  static constexpr int rank = S::rank;
  static constexpr int extent(int axis) {
    return axis == kept ? S::extent(axis) : 1;
  }
};
/// Along \p axis the first index at which \p x equals \p value, 0 if none.
template <int axis, ValueElement E, int... D, int... V>
auto firstIndexOf(const Tile<E, D...> &x, const Tile<E, V...> &value) {
  constexpr int count = TileShape<D...>::extent(axis);
  auto index =
      reshape(iota<i32, count>(), Materialized<Along<TileShape<D...>, axis>>{});
  auto first = reduce_min<axis>(select(x == value, index, count));
  return select(first == count, 0, first);
}
} // namespace detail

/// The index along \p axis of the greatest element, the first of equal ones, as
/// i32; the axis stays with extent 1. NaN is passed over, and all NaN give 0.
template <int axis, ArithmeticElement E, int... D>
  requires AxisOf<axis, TileShape<D...>>
auto argmax(const Tile<E, D...> &x) {
  return detail::firstIndexOf<axis>(x, reduce_max<axis>(x));
}
/// The same of the least element.
template <int axis, ArithmeticElement E, int... D>
  requires AxisOf<axis, TileShape<D...>>
auto argmin(const Tile<E, D...> &x) {
  return detail::firstIndexOf<axis>(x, reduce_min<axis>(x));
}
/// The row-major index among all elements.
template <ArithmeticElement E, int... D> auto argmax(const Tile<E, D...> &x) {
  return squeeze<0>(argmax<0>(detail::flatten(x)));
}
template <ArithmeticElement E, int... D> auto argmin(const Tile<E, D...> &x) {
  return squeeze<0>(argmin<0>(detail::flatten(x)));
}

// As in the seed, with the axis as an argument: the result has no such axis.

template <ArithmeticElement E, int... D, int axis>
auto reduce_sum(const Tile<E, D...> &x, Mode<axis>) {
  return squeeze<axis>(sum<axis>(x));
}
template <ArithmeticElement E, int... D, int axis>
auto reduce_prod(const Tile<E, D...> &x, Mode<axis>) {
  return squeeze<axis>(prod<axis>(x));
}
template <ArithmeticElement E, int... D, int axis>
auto reduce_min(const Tile<E, D...> &x, Mode<axis>) {
  return squeeze<axis>(reduce_min<axis>(x));
}
template <ArithmeticElement E, int... D, int axis>
auto reduce_max(const Tile<E, D...> &x, Mode<axis>) {
  return squeeze<axis>(reduce_max<axis>(x));
}

namespace detail {
/// A scan in the type of sums.
template <int axis, typename F, typename E, int... D, Direction R>
auto accumulatedScan(const Tile<E, D...> &x, E identity, const F &f,
                     Mode<R> direction) {
  using A = Accumulator<E>;
  auto wide =
      scan<axis>(fit<Tile<A, D...>>(x), static_cast<A>(identity), f, direction);
  return fit<Tile<E, D...>>(wide);
}
} // namespace detail

/// The sums of the elements up to each one, itself included, plus \p init.
template <int axis, ArithmeticElement E, int... D,
          Direction R = Direction::Forward>
auto scan_sum(const Tile<E, D...> &x, Mode<R> direction = {},
              std::type_identity_t<E> init = static_cast<E>(0)) {
  return detail::accumulatedScan<axis>(x, init, detail::Add{}, direction);
}
template <int axis, ArithmeticElement E, int... D,
          Direction R = Direction::Forward>
auto partial_sum(const Tile<E, D...> &x, Mode<R> direction = {}) {
  return scan_sum<axis>(x, direction);
}
/// The products of the elements up to each one, itself included.
template <int axis, ArithmeticElement E, int... D,
          Direction R = Direction::Forward>
auto partial_prod(const Tile<E, D...> &x, Mode<R> direction = {}) {
  return detail::accumulatedScan<axis>(x, static_cast<E>(1), detail::Multiply{},
                                       direction);
}

} // namespace cutile
