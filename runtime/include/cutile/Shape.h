// Shapes of tiles and views, as types.
#pragma once

#include "cutile/Std.h"

namespace cutile {

/// An extent that is known when the kernel is launched.
inline constexpr int dyn = -1;
/// The most axes a tile or a view can have.
inline constexpr int maxTileRank = 6;
/// The most elements a tile can have.
inline constexpr std::int64_t maxTileSize = std::int64_t{1} << 24;

namespace detail {

template <int... D> constexpr std::int64_t productOf() {
  std::int64_t product = 1;
  ((product = product > maxTileSize ? product : product * D), ...);
  return product;
}

constexpr bool isPowerOfTwo(std::int64_t value) {
  return value > 0 && (value & (value - 1)) == 0;
}

} // namespace detail

/// A list of extents as a type. Tiles have static extents; in views `dyn`
/// stands for those that are known at launch.
template <int... D> struct TileShape {
  static constexpr int rank = sizeof...(D);
  static constexpr bool isStatic = ((D != dyn) && ...);
  static constexpr int dynamicCount = ((D == dyn) + ... + 0);
  /// The product of the extents; meaningless unless isStatic.
  static constexpr std::int64_t size = detail::productOf<D...>();

  static constexpr int extent(int axis) {
    constexpr int extents[] = {D..., 0};
    return extents[axis];
  }
  constexpr int operator[](int axis) const { return extent(axis); }

  template <int... F>
  friend constexpr bool operator==(TileShape, TileShape<F...>) {
    return std::is_same_v<TileShape, TileShape<F...>>;
  }
};

/// Every extent is a power of two.
template <int... D>
concept PowerOfTwoDims = (detail::isPowerOfTwo(D) && ...);

namespace detail {

/// A shape made of computed extents: Materialized<C> is
/// TileShape<C::extent(0), ..., C::extent(C::rank - 1)>.
template <typename Computed, typename Axes> struct ShapeFrom;
template <typename Computed, std::size_t... axes>
struct ShapeFrom<Computed, std::index_sequence<axes...>> {
  using type = TileShape<Computed::extent(static_cast<int>(axes))...>;
};
template <typename Computed>
using Materialized =
    typename ShapeFrom<Computed,
                       std::make_index_sequence<Computed::rank>>::type;

// NumPy broadcasting: aligned at the last axis, 1 stretches, missing axes
// are 1.
template <typename A, typename B> struct Broadcast {
  static constexpr int rank = A::rank > B::rank ? A::rank : B::rank;
  static constexpr int of(int extent, int other) {
    return extent == 1 ? other : extent;
  }
  template <typename S> static constexpr int aligned(int axis) {
    int own = axis - (rank - S::rank);
    return own < 0 ? 1 : S::extent(own);
  }
  static constexpr int extent(int axis) {
    return of(aligned<A>(axis), aligned<B>(axis));
  }
  /// The first axis on which the extents differ and neither is 1; -1 if none.
  static constexpr int conflict() {
    for (int axis = 0; axis < rank; ++axis) {
      int a = aligned<A>(axis), b = aligned<B>(axis);
      if (a != b && a != 1 && b != 1)
        return axis;
    }
    return -1;
  }
};

} // namespace detail

/// Whether a tile of shape From can stretch to shape To.
template <typename From, typename To>
concept BroadcastableTo =
    From::rank <= To::rank && detail::Broadcast<From, To>::conflict() == -1 &&
    std::is_same_v<detail::Materialized<detail::Broadcast<From, To>>, To>;

/// Whether two shapes broadcast with each other.
template <typename A, typename B>
concept BroadcastCompatible = detail::Broadcast<A, B>::conflict() == -1;

/// The shape that A and B broadcast to.
template <typename A, typename B>
using BroadcastShape = detail::Materialized<detail::Broadcast<A, B>>;

} // namespace cutile
