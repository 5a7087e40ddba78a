// Views divided into tiles: what is loaded and stored by the index of a tile.
#pragma once

#include "cutile/View.h"

namespace cutile {

/// The tiles of a view, to be loaded. Made by TensorView::partition and
/// TensorView::strided.
///
/// Tile i of an axis begins at element `i * step` and exists if that lies in
/// the view: there are ceil(extent / step). Loads are checked against that,
/// unless they say `unchecked`; beyond the edge of the view they give the
/// padding.
template <ElementType E, typename Extents, typename TileS, typename Steps,
          Padding P, typename Map>
class Partition {
public:
  using element_type = E;
  using tile_type = TileOf<E, TileS>;
  using step_type = Steps;
  using map_type = Map;
  static constexpr int rank = TileS::rank;
  static constexpr Access access = {.padding = P};

  /// `load(i...)`: the tile at index i..., after tags; `load(coordinate)`.
  template <typename... Args>
    requires AccessArguments<rank, Args...>
  tile_type load(const Args &...args) const {
    return load_view_tko(*this, detail::placeOf<rank>(args...),
                         detail::AccessMode<access, Args...>{})
        .value;
  }

#ifndef __FERRO_JIT__
  // The reference's view; kernels do not compile with these.
  using region_type = reference::Region<E, rank>;
  explicit Partition(const region_type &region) : memory(region) {}
  const region_type &region() const { return memory; }

private:
  region_type memory;
#endif
};

/// The tiles of an exclusive view, to be loaded and stored. It is moved, never
/// copied: one block has one.
template <ElementType E, typename Extents, typename TileS> class PartitionMut {
public:
  using element_type = E;
  using tile_type = TileOf<E, TileS>;
  using step_type = TileS;
  static constexpr int rank = TileS::rank;
  using map_type = typename detail::AxesOf<rank>::type;
  static constexpr Access access = {};

  PartitionMut(PartitionMut &&) = default;

  /// As Partition::load.
  template <typename... Args>
    requires AccessArguments<rank, Args...>
  tile_type load(const Args &...args) const {
    return load_view_tko(*this, detail::placeOf<rank>(args...),
                         detail::AccessMode<access, Args...>{})
        .value;
  }
  /// `store(tile, i...)` at index i..., after tags. Nothing is written beyond
  /// the edge of the tensor.
  template <typename... Args>
    requires AccessArguments<rank, Args...>
  void store(const tile_type &tile, const Args &...args) {
    store_view_tko(*this, tile, detail::placeOf<rank>(args...),
                   detail::AccessMode<access, Args...>{});
  }

#ifndef __FERRO_JIT__
  // The reference's view; kernels do not compile with these.
  using region_type = reference::Region<E, rank>;
  explicit PartitionMut(const region_type &region) : memory(region) {}
  const region_type &region() const { return memory; }

private:
  region_type memory;
#endif
};

namespace detail {
template <typename T> inline constexpr bool isPartition = false;
template <typename E, typename X, typename T, typename S, Padding P, typename M>
inline constexpr bool isPartition<Partition<E, X, T, S, P, M>> = true;
template <typename E, typename X, typename T>
inline constexpr bool isPartition<PartitionMut<E, X, T>> = true;
} // namespace detail

/// A Partition or PartitionMut.
template <typename T>
concept PartitionType = detail::isPartition<std::remove_cvref_t<T>>;

#ifndef __FERRO_JIT__
namespace reference {

/// How many tiles a partition has along each axis.
template <typename P> Index<P::rank> tileCounts(const P &partition) {
  Index<P::rank> counts{};
  for (int axis = 0; axis < P::rank; ++axis) {
    std::int64_t extent = partition.region().extents[P::map_type::at(axis)];
    std::int64_t step = P::step_type::extent(axis);
    counts[axis] = extent / step + (extent % step != 0);
  }
  return counts;
}

/// The element index of each place of the tile at \p index.
/// \throws Error IndexOutOfBounds unless there is such a tile.
template <typename P>
auto tileAt(const char *access, const P &partition, Coord<P::rank> index) {
  auto counts = tileCounts(partition);
  Index<P::rank> start{};
  for (int axis = 0; axis < P::rank; ++axis) {
    int viewAxis = P::map_type::at(axis);
    checkIndex(access, partition.region().name, axis, index[axis], counts[axis],
               "tiles of " + std::to_string(P::tile_type::shape()[axis]) +
                   " (extent " +
                   std::to_string(partition.region().extents[viewAxis]) + ")");
    start[axis] = index[axis] * P::step_type::extent(axis);
  }
  return [start](const Index<P::rank> &place) {
    Index<P::rank> element{};
    for (int axis = 0; axis < P::rank; ++axis)
      element[P::map_type::at(axis)] = start[axis] + place[axis];
    return element;
  };
}

} // namespace reference
#endif

/// The tiles of \p view side by side.
///
/// \param view what is divided.
/// \param tile the shape of a tile, an extent for each axis of the view.
/// \param padding what loads give beyond the edges.
/// \param map tile axis i runs along axis map[i] of the view.
/// \param token what the accesses wait for.
template <ElementType E, int... D, int... B, Padding P, int... A>
[[cutile::op("make_partition_view")]] Partition<
    E, TileShape<D...>, TileShape<B...>, TileShape<B...>, P, Axes<A...>>
make_partition_view(const TensorView<E, D...> &view,
                    [[maybe_unused]] TileShape<B...> tile,
                    [[maybe_unused]] Mode<P> padding,
                    [[maybe_unused]] Axes<A...> map,
                    [[maybe_unused]] Token token = {}) {
  static_assert(sizeof...(B) == sizeof...(D) && sizeof...(A) == sizeof...(D),
                "a partition has one extent for each axis of the view");
  static_assert(PaddingFor<E, P>, "only floats have this padding");
  return Partition<E, TileShape<D...>, TileShape<B...>, TileShape<B...>, P,
                   Axes<A...>>(view.region());
}

/// The tiles of \p view whose first elements are \p steps apart.
///
/// \param view what is divided.
/// \param tile the shape of a tile, an extent for each axis of the view.
/// \param steps the distance of neighbouring tiles, in elements.
/// \param padding what loads give beyond the edges.
/// \param map tile axis i runs along axis map[i] of the view.
/// \param token what the accesses wait for.
template <ElementType E, int... D, int... B, int... S, Padding P, int... A>
[[cutile::op("make_strided_view")]] Partition<
    E, TileShape<D...>, TileShape<B...>, TileShape<S...>, P, Axes<A...>>
make_strided_view(const TensorView<E, D...> &view,
                  [[maybe_unused]] TileShape<B...> tile,
                  [[maybe_unused]] TileShape<S...> steps,
                  [[maybe_unused]] Mode<P> padding,
                  [[maybe_unused]] Axes<A...> map,
                  [[maybe_unused]] Token token = {}) {
  static_assert(sizeof...(B) == sizeof...(D) && sizeof...(S) == sizeof...(D) &&
                    sizeof...(A) == sizeof...(D),
                "a strided view has one extent and one step for each axis");
  static_assert(((S > 0) && ...), "steps are positive");
  static_assert(PaddingFor<E, P>, "only floats have this padding");
  return Partition<E, TileShape<D...>, TileShape<B...>, TileShape<S...>, P,
                   Axes<A...>>(view.region());
}

/// The tiles of the whole tensor of which \p view is this block's tile.
/// Unchecked: no two blocks may store the same element.
///
/// \param view an exclusive view.
/// \param tile the shape of a tile, an extent for each axis of the view.
/// \param token what the accesses wait for.
template <ElementType E, int... D, int... B>
[[cutile::op("make_partition_view_mut")]] PartitionMut<E, TileShape<D...>,
                                                       TileShape<B...>>
make_partition_view_mut(TensorView<E, D...> &view,
                        [[maybe_unused]] TileShape<B...> tile,
                        [[maybe_unused]] Token token = {}) {
  static_assert(sizeof...(B) == sizeof...(D),
                "a partition has one extent for each axis of the view");
  return PartitionMut<E, TileShape<D...>, TileShape<B...>>(
      view.region().tensor());
}

/// The tiles of \p view, which is this block's own.
///
/// \param view an exclusive view, with any extents.
/// \param tile the shape of a tile, an extent for each axis of the view.
/// \param token what the accesses wait for.
template <ElementType E, int... D, int... B>
[[cutile::op("make_nested_partition_view_mut")]] PartitionMut<
    E, TileShape<D...>, TileShape<B...>>
make_nested_partition_view_mut(TensorView<E, D...> &view,
                               [[maybe_unused]] TileShape<B...> tile,
                               [[maybe_unused]] Token token = {}) {
  static_assert(sizeof...(B) == sizeof...(D),
                "a partition has one extent for each axis of the view");
  return PartitionMut<E, TileShape<D...>, TileShape<B...>>(view.region());
}

/// How many tiles \p partition has along each axis.
template <PartitionType P>
[[cutile::op("get_index_space_shape")]] Coord<P::rank>
get_index_space_shape(const P &partition) {
  Coord<P::rank> counts;
  auto tiles = reference::tileCounts(partition);
  for (int axis = 0; axis < P::rank; ++axis)
    counts.axes[axis] = tiles[axis];
  return counts;
}

/// How many tiles \p partition has along \p axis: a number, and a range of
/// indices that need no check.
template <PartitionType P> TileCount num_tiles(const P &partition, int axis) {
  return TileCount(get_index_space_shape(partition)[axis]);
}

/// The coordinates of all tiles of \p partition, the last axis fastest.
template <PartitionType P> CoordRange<P::rank> tiles(const P &partition) {
  return CoordRange<P::rank>(get_index_space_shape(partition));
}

/// The tile of \p partition at \p index.
///
/// \param partition whose tile.
/// \param index one for each axis, at least 0 and less than the count of tiles.
///        With `unchecked` the program promises that.
/// \param access padding, order, scope, latency, tma.
/// \param token what the load waits for.
template <PartitionType P, Access A = P::access>
  requires(PaddingFor<typename P::element_type, A.padding> &&
           LoadOrder<A.order>)
[[cutile::op("load_view_tko")]] Tokened<typename P::tile_type>
load_view_tko(const P &partition, Coord<P::rank> index,
              [[maybe_unused]] Mode<A> access = {},
              [[maybe_unused]] Token token = {}) {
  return {
      reference::load<typename P::tile_type, A>(
          partition.region(), reference::tileAt("load of", partition, index)),
      token};
}

/// Stores \p tile to \p partition at \p index.
///
/// \param partition exclusive to this block.
/// \param tile the elements; those beyond the edge of the tensor are dropped.
/// \param index one for each axis, at least 0 and less than the count of tiles.
///        With `unchecked` the program promises that.
/// \param access order, scope, latency, tma.
/// \param token what the store waits for.
template <ElementType E, typename X, typename TileS, Access A = Access{}>
  requires StoreOrder<A.order>
[[cutile::op("store_view_tko")]] Token
    store_view_tko(PartitionMut<E, X, TileS> &partition,
                   const TileOf<E, TileS> &tile, Coord<TileS::rank> index,
                   [[maybe_unused]] Mode<A> access = {},
                   [[maybe_unused]] Token token = {}) {
  reference::store<A>(partition.region(), tile,
                      reference::tileAt("store to", partition, index));
  return token;
}

// The members of views as functions: templates call them without `.template`.

/// Tiles of \p view to be loaded: TensorView::partition.
template <int... B, ElementType E, int... D, typename... Tags>
auto partition(const TensorView<E, D...> &view, Tags... tags) {
  return view.template partition<B...>(tags...);
}
/// Tiles of this block's tile \p view: TensorView::partition_mut.
template <int... B, ElementType E, int... D>
auto partition_mut(TensorView<E, D...> &view) {
  return view.template partition_mut<B...>();
}
/// The tile at an element index: TensorView::window.
template <int... B, ElementType E, int... D, typename... Args>
  requires AccessArguments<sizeof...(D), Args...>
Tile<E, B...> window(const TensorView<E, D...> &view, const Args &...args) {
  return view.template window<B...>(args...);
}
/// The tile of extents B... of \p view at tile index \p args, after tags.
template <int... B, ElementType E, int... D, typename... Args>
  requires AccessArguments<sizeof...(D), Args...>
Tile<E, B...> load_tile(const TensorView<E, D...> &view, const Args &...args) {
  return view.template load_tile<B...>(args...);
}

/// The tile of \p view that lies where this block's tile of \p like lies in
/// its tensor: the index is the block's.
template <ElementType E, int... V, ElementType F, int... D, AccessTag... Tags>
  requires(sizeof...(V) == sizeof...(D) && sizeof...(D) <= 3)
Tile<E, D...> load_tile_like(const TensorView<E, V...> &view,
                             [[maybe_unused]] const TensorView<F, D...> &like,
                             Tags... tags) {
  TileBlock block = tile_block_id();
  Coord<sizeof...(D)> index;
  for (int axis = 0; axis < static_cast<int>(sizeof...(D)); ++axis)
    index.axes[axis] = block[axis];
  return view.template partition<D...>().load(tags..., index);
}

/// This block's tile of an output.
template <ElementType E, int... D>
Tile<E, D...> load_tile_mut(const TensorView<E, D...> &view) {
  return view.load();
}

/// Stores \p tile to this block's tile of an output.
template <ElementType E, int... D>
void store_tile(TensorView<E, D...> &view, const Tile<E, D...> &tile) {
  view.store(tile);
}

} // namespace cutile
