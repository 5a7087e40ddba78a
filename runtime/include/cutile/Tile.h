// Tile<E, D...>: an immutable value of elements of type E with static extents.
#pragma once

#include "cutile/Element.h"
#include "cutile/Shape.h"
#include "cutile/Std.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Storage.h"
#endif

namespace cutile {

/// A tile: an immutable value, copied like an int. `Tile<f32, 64, 32>` has 64
/// rows of 32 elements, `Tile<i32>` one element and no axes.
///
/// (C1) Each extent is a power of two. (C2) At most 2^24 elements and
/// maxTileRank axes.
///
/// In the reference a tile holds its elements, row-major; copies share them.
/// In compiled kernels it is a value of the tile dialect.
template <ElementType E, int... D> class Tile {
  static_assert(PowerOfTwoDims<D...>,
                "each extent of a tile is a power of two"); // C1
  static_assert(sizeof...(D) <= maxTileRank &&
                    detail::productOf<D...>() <= maxTileSize,
                "a tile has at most 6 axes and 2^24 elements"); // C2

public:
  using element_type = E;
  using shape_type = TileShape<D...>;
  static constexpr int rank = sizeof...(D);
  static constexpr int size = static_cast<int>(detail::productOf<D...>());

  /// A tile has a value from its beginning: `zeros<E, D...>()`.
  Tile() = delete;
  /// A number is a tile without axes.
  [[cutile::op("scalar_to_tile")]] Tile(E value)
    requires(rank == 0)
      : elements(value) {}

  static constexpr shape_type shape() { return {}; }

  /// The number in a tile without axes.
  [[cutile::op("tile_to_scalar")]] operator E() const
    requires(rank == 0)
  {
    return elements[0];
  }
  /// The only element of a tile with axes.
  [[cutile::op("tile_to_scalar")]] explicit operator E() const
    requires(rank != 0 && size == 1)
  {
    return elements[0];
  }

#ifndef __FERRO_JIT__
  // The reference's view of a tile; kernels do not compile with these.
  explicit Tile(reference::Storage<E, size> held) : elements(std::move(held)) {}
  const reference::Storage<E, size> &storage() const { return elements; }

private:
  reference::Storage<E, size> elements;
#endif
};

namespace detail {
template <typename T> struct TileTraits {
  static constexpr bool isTile = false;
};
template <typename E, int... D> struct TileTraits<Tile<E, D...>> {
  static constexpr bool isTile = true;
  using element = E;
  using shape = TileShape<D...>;
};

template <typename E, typename S> struct TileFrom;
template <typename E, int... D> struct TileFrom<E, TileShape<D...>> {
  using type = Tile<E, D...>;
};

template <typename T> struct OperandTraits {
  using element = T;
  using shape = TileShape<>;
};
template <typename E, int... D> struct OperandTraits<Tile<E, D...>> {
  using element = E;
  using shape = TileShape<D...>;
};
} // namespace detail

/// A Tile<E, D...>.
template <typename T>
concept TileType = detail::TileTraits<std::remove_cvref_t<T>>::isTile;
/// A tile or a number, which counts as a tile without axes.
template <typename T>
concept TileLike = TileType<T> || ElementType<std::remove_cvref_t<T>>;

/// The element type of a tile or number.
template <TileLike T>
using ElementTypeOf =
    typename detail::OperandTraits<std::remove_cvref_t<T>>::element;
/// The shape of a tile or number.
template <TileLike T>
using TileShapeOf =
    typename detail::OperandTraits<std::remove_cvref_t<T>>::shape;
/// The tile of element type E and shape S (a TileShape).
template <typename E, typename S>
using TileOf = typename detail::TileFrom<E, S>::type;

} // namespace cutile
