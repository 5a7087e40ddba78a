// What the kernels of this folder share: the type they compute in, and the
// indices of a tile's elements.
#pragma once

#include "cutile/cutile.h"

namespace cutile {
namespace [[cutile::module]] kernels {

namespace detail {
template <typename E> struct ComputeOf {
  using type = E; // integers, bool
};
template <FloatFormat E> struct ComputeOf<E> {
  using type = std::conditional_t<std::is_same_v<E, f64>, f64, f32>;
};
} // namespace detail

/// The type in which kernels compute with elements of type E in memory: f32 for
/// floats, but f64 for f64; integers as they are.
template <ElementType E> using Compute = typename detail::ComputeOf<E>::type;

/// A tile as loaded, in the type of computation.
template <ElementType E, int... D> auto widen(const Tile<E, D...> &x) {
  return convert<Compute<E>>(x);
}

template <FloatElement C>
inline constexpr C infinity = static_cast<C>(__builtin_huge_valf());

/// What exponents are taken relative to, so that none overflows: the greatest
/// number so far, and 0 as long as there was nothing but -infinity.
template <FloatElement C, int... D> auto origin(const Tile<C, D...> &greatest) {
  return select(greatest == -infinity<C>, 0, greatest);
}

/// The element indices of tile \p tile of an axis that is divided into tiles of
/// B elements: [B].
template <int B> auto indices(i64 tile) { return iota<i64, B>() + tile * B; }
/// The same as a column, for the rows of a tile: [B, 1].
template <int B> auto rows(i64 tile) { return unsqueeze<1>(indices<B>(tile)); }
/// The same as a row, for the columns of a tile: [1, B].
template <int B> auto columns(i64 tile) {
  return unsqueeze<0>(indices<B>(tile));
}

/// The extents of the whole tensor of which \p output is this block's tile.
template <ElementType E, int... D>
Coord<sizeof...(D)> tensorShape(TensorView<E, D...> &output) {
  return get_index_space_shape(
      make_partition_view_mut(output, TileShape<(void(D), 1)...>{}));
}

} // namespace kernels
} // namespace cutile
