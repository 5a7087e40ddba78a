// Making tiles and changing their shape.
#pragma once

#include "cutile/Tile.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Shapes.h"
#endif

namespace cutile {

/// An axis of a shape.
template <int axis, typename S>
concept AxisOf = axis >= 0 && axis < S::rank;
/// Two shapes with equally many elements.
template <typename From, typename To>
concept SameElementCount = From::size == To::size;
/// Equal ranks, and each extent of Part divides that of Whole.
template <typename Part, typename Whole>
concept SubTileOf = Part::rank == Whole::rank && [] {
  for (int axis = 0; axis < Whole::rank; ++axis)
    if (Part::extent(axis) < 1 || Whole::extent(axis) % Part::extent(axis))
      return false;
  return true;
}();
/// Each axis of a shape of rank sizeof...(axes) exactly once.
template <int... axes>
concept Permutation = [] {
  constexpr int rank = sizeof...(axes);
  bool seen[rank + 1] = {};
  return ((axes >= 0 && axes < rank && !seen[axes] && (seen[axes] = true)) &&
          ...);
}();
/// Shapes that differ on one axis at most.
template <typename A, typename B, int axis>
concept SameExceptAxis = AxisOf<axis, A> && A::rank == B::rank && [] {
  for (int other = 0; other < A::rank; ++other)
    if (other != axis && A::extent(other) != B::extent(other))
      return false;
  return true;
}();
/// Whether 0 to count - 1 are values of E.
template <typename E, std::int64_t count>
concept CountsTo =
    IntegerElement<E> &&
    static_cast<std::int64_t>(static_cast<E>(count - 1)) == count - 1 &&
    static_cast<E>(count - 1) >= E{};

namespace detail {
template <int> using SubTileIndex = std::int64_t;

template <typename S, int... axes> struct Permuted {
  static constexpr int rank = S::rank;
  static constexpr int extent(int axis) {
    constexpr int order[] = {axes..., 0};
    return S::extent(order[axis]);
  }
};
template <typename A, typename B, int joined> struct Joined {
  static constexpr int rank = A::rank;
  static constexpr int extent(int axis) {
    return A::extent(axis) + (axis == joined ? B::extent(axis) : 0);
  }
};
/// S without the axes; they are distinct.
template <typename S, int... axes> struct Without {
  static constexpr int rank = S::rank - int{sizeof...(axes)};
  static constexpr int extent(int axis) {
    for (int own = 0;; ++own)
      if (((own != axes) && ...) && axis-- == 0)
        return S::extent(own);
  }
};
/// S with an axis of extent 1 in front of the axis \p added.
template <typename S, int added> struct WithUnit {
  static constexpr int rank = S::rank + 1;
  static constexpr int extent(int axis) {
    return axis == added ? 1 : S::extent(axis < added ? axis : axis - 1);
  }
};
/// S with leading axes of extent 1 up to a rank.
template <typename S, int newRank> struct Padded {
  static constexpr int rank = newRank;
  static constexpr int extent(int axis) {
    int own = axis - (rank - S::rank);
    return own < 0 ? 1 : S::extent(own);
  }
};
} // namespace detail

// The dialect's operations.

/// `result[i] = i`, 0 to N - 1.
template <IntegerElement E, int N>
  requires CountsTo<E, N>
[[cutile::op("iota")]] Tile<E, N> iota() {
  return reference::generate<Tile<E, N>>(
      [](int i) { return static_cast<E>(i); });
}

/// Stretches axes of extent 1 to those of a shape of the same rank: of an 8x1
/// tile, `broadcast<8, 4>(x)` has four equal columns. broadcast_to adds axes as
/// well.
template <int... To, ElementType E, int... D>
  requires(sizeof...(To) == sizeof...(D) &&
           BroadcastableTo<TileShape<D...>, TileShape<To...>>)
[[cutile::op("broadcast")]] Tile<E, To...>
broadcast(const Tile<E, D...> &x, [[maybe_unused]] TileShape<To...> shape) {
  using From = TileShape<D...>;
  return reference::generate<Tile<E, To...>>([&](int i) {
    auto at = reference::coordinatesOf<TileShape<To...>>(i);
    for (int axis = 0; axis < From::rank; ++axis)
      at[axis] %= From::extent(axis);
    return x.storage()[reference::offsetOf<From>(at)];
  });
}

/// The same elements, row-major, in another shape.
template <int... To, ElementType E, int... D>
  requires SameElementCount<TileShape<D...>, TileShape<To...>>
[[cutile::op("reshape")]] Tile<E, To...>
reshape(const Tile<E, D...> &x, [[maybe_unused]] TileShape<To...> shape) {
  return reference::generate<Tile<E, To...>>(
      [&](int i) { return x.storage()[i]; });
}

/// Axis k of the result is axis axes[k] of \p x.
template <int... axes, ElementType E, int... D>
  requires(sizeof...(axes) == sizeof...(D) && Permutation<axes...>)
[[cutile::op("permute")]] TileOf<
    E, detail::Materialized<detail::Permuted<TileShape<D...>, axes...>>>
permute(const Tile<E, D...> &x) {
  using Result =
      TileOf<E,
             detail::Materialized<detail::Permuted<TileShape<D...>, axes...>>>;
  return reference::generate<Result>([&](int i) {
    auto to = reference::coordinatesOf<typename Result::shape_type>(i);
    reference::Coordinates<TileShape<D...>> from{};
    int axis = 0;
    ((from[axes] = to[axis++]), ...);
    return x.storage()[reference::offsetOf<TileShape<D...>>(from)];
  });
}

/// \p a, and behind it along \p axis \p b. The other extents are equal; the
/// joined one is a power of two, so that these are equal as well.
template <int axis, ElementType E, int... A, int... B>
  requires SameExceptAxis<TileShape<A...>, TileShape<B...>, axis>
[[cutile::op("cat")]] TileOf<E, detail::Materialized<detail::Joined<
                                    TileShape<A...>, TileShape<B...>, axis>>>
cat(const Tile<E, A...> &a, const Tile<E, B...> &b) {
  using First = TileShape<A...>;
  using Result = TileOf<
      E, detail::Materialized<detail::Joined<First, TileShape<B...>, axis>>>;
  return reference::generate<Result>([&](int i) {
    auto at = reference::coordinatesOf<typename Result::shape_type>(i);
    if (at[axis] < First::extent(axis))
      return a.storage()[reference::offsetOf<First>(at)];
    at[axis] -= First::extent(axis);
    return b.storage()[reference::offsetOf<TileShape<B...>>(at)];
  });
}

/// The sub-tile of shape Part... of \p x; an index counts sub-tiles:
/// `extract<4, 4>(x, 1, 0)` has rows 4 to 7 and columns 0 to 3.
///
/// \param x a tile whose extents are multiples of Part.
/// \param index one integer for each axis. The reference throws
///        IndexOutOfBounds where there is no sub-tile.
template <int... Part, ElementType E, int... D>
  requires SubTileOf<TileShape<Part...>, TileShape<D...>>
[[cutile::op("extract")]] Tile<E, Part...>
extract(const Tile<E, D...> &x, detail::SubTileIndex<D>... index) {
  using Whole = TileShape<D...>;
  std::array<i64, sizeof...(D)> subTile{index...};
  reference::checkSubTile<TileShape<Part...>, Whole>("extract", subTile);
  return reference::generate<Tile<E, Part...>>([&](int i) {
    auto at = reference::coordinatesOf<TileShape<Part...>>(i);
    for (int axis = 0; axis < Whole::rank; ++axis)
      at[axis] +=
          static_cast<int>(subTile[axis]) * TileShape<Part...>::extent(axis);
    return x.storage()[reference::offsetOf<Whole>(at)];
  });
}

/// \p x with \p part in the place that `extract<Part...>(x, index...)` reads.
///
/// \param x a tile whose extents are multiples of those of \p part.
/// \param part a tile of the same rank and element type.
/// \param index one integer for each axis. The reference throws
///        IndexOutOfBounds where there is no sub-tile.
template <ElementType E, int... D, int... Part>
  requires SubTileOf<TileShape<Part...>, TileShape<D...>>
[[cutile::op("insert")]] Tile<E, D...>
insert(const Tile<E, D...> &x, const Tile<E, Part...> &part,
       detail::SubTileIndex<D>... index) {
  using Whole = TileShape<D...>;
  std::array<i64, sizeof...(D)> subTile{index...};
  reference::checkSubTile<TileShape<Part...>, Whole>("insert", subTile);
  return reference::generate<Tile<E, D...>>([&](int i) {
    auto at = reference::coordinatesOf<Whole>(i);
    for (int axis = 0; axis < Whole::rank; ++axis) {
      int extent = TileShape<Part...>::extent(axis);
      if (at[axis] / extent != subTile[axis])
        return x.storage()[i];
      at[axis] %= extent;
    }
    return part.storage()[reference::offsetOf<TileShape<Part...>>(at)];
  });
}

// Spellings over them.

template <int... To, ElementType E, int... D>
  requires(sizeof...(To) > 0)
auto reshape(const Tile<E, D...> &x) {
  return reshape(x, TileShape<To...>{});
}
template <int... To, ElementType E, int... D>
  requires(sizeof...(To) > 0)
auto broadcast(const Tile<E, D...> &x) {
  return broadcast(x, TileShape<To...>{});
}

/// The tile of a shape that \p x stretches to as NumPy has it: aligned at the
/// last axis, missing axes are added, extents of 1 repeat.
template <int... To, ElementType E, int... D>
  requires BroadcastableTo<TileShape<D...>, TileShape<To...>>
auto broadcast_to(const Tile<E, D...> &x, TileShape<To...> shape = {}) {
  using Aligned =
      detail::Materialized<detail::Padded<TileShape<D...>, sizeof...(To)>>;
  return broadcast(reshape(x, Aligned{}), shape);
}
template <int... To, ElementType E>
auto broadcast_to(E value, TileShape<To...> shape = {}) {
  return broadcast_to(Tile<E>(value), shape);
}
/// A number as a tile.
template <int... To, ElementType E> auto broadcast(E value) {
  return broadcast_to<To...>(value);
}

/// A tile whose elements are all \p value: `full<f32, 64, 32>(0.5f)`.
template <ElementType E, int... D> auto full(E value) {
  return broadcast_to<D...>(Tile<E>(value));
}
template <ElementType E, int... D> auto zeros() { return full<E, D...>(E{}); }
template <ValueElement E, int... D> auto ones() {
  return full<E, D...>(static_cast<E>(1));
}
/// A tile of x's type whose elements are all \p value.
template <ElementType E, int... D>
auto full_like(const Tile<E, D...> &, std::type_identity_t<E> value) {
  return full<E, D...>(value);
}
template <ElementType E, int... D> auto zeros_like(const Tile<E, D...> &) {
  return zeros<E, D...>();
}
template <ValueElement E, int... D> auto ones_like(const Tile<E, D...> &) {
  return ones<E, D...>();
}

/// 0, 1, 2, ... in row-major order, in a tile of any rank.
template <IntegerElement E, int... D>
  requires(sizeof...(D) != 1 && CountsTo<E, TileShape<D...>::size>)
auto iota() {
  return reshape(iota<E, int{TileShape<D...>::size}>(), TileShape<D...>{});
}

/// Rows become columns. Tiles of more axes: permute.
template <ElementType E, int M, int N> auto transpose(const Tile<E, M, N> &x) {
  return permute<1, 0>(x);
}

/// \p x without axes of extent 1.
template <int... axes, ElementType E, int... D>
  requires(sizeof...(axes) > 0 && (AxisOf<axes, TileShape<D...>> && ...) &&
           ((TileShape<D...>::extent(axes) == 1) && ...))
auto squeeze(const Tile<E, D...> &x) {
  return reshape(
      x, detail::Materialized<detail::Without<TileShape<D...>, axes...>>{});
}
/// \p x with a new axis of extent 1, which is axis \p axis of the result.
template <int axis, ElementType E, int... D>
  requires(axis >= 0 && axis <= int{sizeof...(D)})
auto unsqueeze(const Tile<E, D...> &x) {
  return reshape(
      x, detail::Materialized<detail::WithUnit<TileShape<D...>, axis>>{});
}

// Where the result cannot be computed, the caller's type says it:
// `Tile<f32, 8, 8> y = reshape(x);`.

namespace detail {
/// Becomes the tile that its user asks for.
template <typename Make> class Ascribed {
public:
  explicit Ascribed(Make maker) : make(maker) {}
  template <ElementType E, int... D> operator Tile<E, D...>() const {
    return make.template operator()<E, D...>();
  }

private:
  Make make;
};
} // namespace detail

template <ElementType E> auto constant(E value) {
  return detail::Ascribed(
      [=]<std::same_as<E>, int... D>() { return full<E, D...>(value); });
}
template <ElementType E, int... D> auto broadcast(const Tile<E, D...> &x) {
  return detail::Ascribed(
      [=]<std::same_as<E>, int... To>() { return broadcast_to<To...>(x); });
}
template <ElementType E, int... D> auto reshape(const Tile<E, D...> &x) {
  return detail::Ascribed([=]<std::same_as<E>, int... To>() {
    return reshape(x, TileShape<To...>{});
  });
}
template <ElementType E, int... D>
  requires(sizeof...(D) > 0)
auto extract(const Tile<E, D...> &x, detail::SubTileIndex<D>... index) {
  return detail::Ascribed([=]<std::same_as<E>, int... Part>() {
    return extract<Part...>(x, index...);
  });
}

// Indices.

/// \p index, an array or coordinate, with its element axes[k] at k.
template <int... axes, typename Index>
  requires Permutation<axes...>
constexpr Index permute_array(const Index &index) {
  return {{index[axes]...}};
}

/// A place in a grid of two axes.
struct GridIndex {
  std::int64_t m, n;
  friend constexpr bool operator==(GridIndex, GridIndex) = default;
};
/// The tile that block \p id of a grid of tilesM x tilesN works on, when blocks
/// go down columns of \p group rows instead of along whole rows: blocks that
/// run together then share operands in the cache. Each tile has one block.
///
/// Unchecked: \p id is below tilesM * tilesN.
/// Source: Tillet, Kung, Cox: Triton, "L2 cache optimizations" of its matmul
/// tutorial.
template <int group = 8>
  requires(group > 0)
constexpr GridIndex swizzle_partition_index_2d(std::int64_t id,
                                               std::int64_t tilesM,
                                               std::int64_t tilesN) {
  std::int64_t first = id / (group * tilesN) * group;
  std::int64_t rows = tilesM - first < group ? tilesM - first : group;
  std::int64_t place = id % (group * tilesN);
  return {first + place % rows, place / rows};
}

} // namespace cutile
