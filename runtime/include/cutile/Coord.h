// Coordinates: one integer for each axis, and counts of tiles.
#pragma once

#include "cutile/Element.h"
#include "cutile/Shape.h"
#include "cutile/Std.h"
#include "cutile/Tile.h"

namespace cutile {

/// One 64-bit integer for each of N axes: an index, or the extents of a view.
/// `auto [m, n] = coordinate;` takes it apart.
template <int N> struct Coord {
  std::int64_t axes[N == 0 ? 1 : N] = {};

  constexpr std::int64_t operator[](int axis) const { return axes[axis]; }
  friend constexpr bool operator==(const Coord &, const Coord &) = default;
};

template <std::size_t axis, int N>
constexpr std::int64_t get(const Coord<N> &coordinate) {
  return coordinate.axes[axis];
}

/// A tile's place along one axis, made by iterating a TileCount: whoever holds
/// one has the proof that the tile exists.
class TileIndex {
public:
  constexpr operator std::int64_t() const { return index; }

private:
  friend class TileIndexIterator;
  constexpr explicit TileIndex(std::int64_t at) : index(at) {}
  std::int64_t index;
};

/// Counts through the tiles of an axis.
class TileIndexIterator {
public:
  constexpr explicit TileIndexIterator(std::int64_t at) : index(at) {}
  constexpr TileIndex operator*() const { return TileIndex(index); }
  constexpr TileIndexIterator &operator++() {
    ++index;
    return *this;
  }
  friend constexpr bool operator==(TileIndexIterator,
                                   TileIndexIterator) = default;

private:
  std::int64_t index;
};

/// How many tiles a partition has along an axis: a number, and a range of the
/// indices that need no check, `for (auto k : num_tiles(p, 1))`.
class TileCount {
public:
  constexpr explicit TileCount(std::int64_t tiles) : count(tiles) {}
  constexpr operator std::int64_t() const { return count; }
  constexpr TileIndexIterator begin() const { return TileIndexIterator(0); }
  constexpr TileIndexIterator end() const { return TileIndexIterator(count); }

private:
  std::int64_t count;
};

/// What may stand as an index: an integer, an integer tile without axes, a
/// TileIndex or a TileCount.
template <typename I>
concept IndexLike = (TileLike<I> && IntegerElement<ElementTypeOf<I>> &&
                     TileShapeOf<I>::rank == 0) ||
                    std::same_as<std::remove_cvref_t<I>, TileIndex> ||
                    std::same_as<std::remove_cvref_t<I>, TileCount>;

/// `coord(m, n)`: the coordinate whose axes are \p index.
template <IndexLike... I>
constexpr Coord<sizeof...(I)> coord(const I &...index) {
  return {{static_cast<std::int64_t>(index)...}};
}

/// Coordinates of all tiles of a grid, the last axis fastest.
template <int N> class CoordRange {
public:
  constexpr explicit CoordRange(Coord<N> all) : counts(all) {}

  class Iterator {
  public:
    constexpr Iterator(Coord<N> all, std::int64_t at) : counts(all), flat(at) {}
    constexpr Coord<N> operator*() const {
      Coord<N> place;
      std::int64_t rest = flat;
      for (int axis = N - 1; axis >= 0; --axis) {
        place.axes[axis] = rest % counts.axes[axis];
        rest /= counts.axes[axis];
      }
      return place;
    }
    constexpr Iterator &operator++() {
      ++flat;
      return *this;
    }
    friend constexpr bool operator==(const Iterator &,
                                     const Iterator &) = default;

  private:
    Coord<N> counts;
    std::int64_t flat;
  };

  constexpr Iterator begin() const { return {counts, 0}; }
  constexpr Iterator end() const {
    std::int64_t all = 1;
    for (int axis = 0; axis < N; ++axis)
      all *= counts.axes[axis];
    return {counts, all};
  }

private:
  Coord<N> counts;
};

} // namespace cutile

template <int N> struct std::tuple_size<cutile::Coord<N>> {
  static constexpr std::size_t value = N;
};
template <std::size_t axis, int N>
struct std::tuple_element<axis, cutile::Coord<N>> {
  using type = std::int64_t;
};
