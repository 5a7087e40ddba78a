// TensorView<E, D...>: a kernel's view of a tensor in memory.
#pragma once

#include "cutile/Access.h"
#include "cutile/Grid.h"
#include "cutile/Tile.h"
#include "cutile/Token.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Memory.h"
#endif

namespace cutile {

/// Axes in another order, as an argument: tile axis i of a permuted partition
/// runs along axis `A[i]` of the view.
template <int... A> struct Axes {
  static constexpr int rank = sizeof...(A);
  static constexpr int at(int axis) {
    constexpr int axes[] = {A..., 0};
    return axes[axis];
  }
  static constexpr bool isPermutation() {
    unsigned seen = 0;
    ((seen |= A >= 0 && A < rank ? 1u << A : 0u), ...);
    return seen == (1u << rank) - 1;
  }
};
template <int... A>
  requires(Axes<A...>::isPermutation())
inline constexpr Axes<A...> axes{};

/// The distance between neighbouring tiles of a strided view, as an argument.
template <int... S>
  requires((S > 0) && ...)
inline constexpr TileShape<S...> steps{};

template <ElementType E, typename Extents, typename Tile, typename Steps,
          Padding P, typename Map>
class Partition;
template <ElementType E, typename Extents, typename Tile> class PartitionMut;

namespace detail {

template <typename Sequence> struct IdentityAxes;
template <int... A> struct IdentityAxes<std::integer_sequence<int, A...>> {
  using type = Axes<A...>;
};
// The Axes among tags; the identity if there are none.
template <int rank, typename... Tags> struct AxesOf {
  using type =
      typename IdentityAxes<std::make_integer_sequence<int, rank>>::type;
};
template <int rank, int... A, typename... Rest>
struct AxesOf<rank, Axes<A...>, Rest...> {
  using type = Axes<A...>;
};
template <int rank, typename Tag, typename... Rest>
struct AxesOf<rank, Tag, Rest...> : AxesOf<rank, Rest...> {};

} // namespace detail

/// A view of a tensor: extents that are known when the kernel is compiled, or
/// `dyn`, and strides. As a kernel's parameter, `const TensorView<E, dyn> &` is
/// a tensor that all blocks read; `TensorView<E, 64> &` is the tile of an
/// output that the block alone may touch, cut where the tensor ends.
///
/// (C1) Extents are positive or dyn. (C2) At most maxTileRank axes.
template <ElementType E, int... D> class TensorView {
  static_assert(((D == dyn || D > 0) && ...),
                "each extent of a view is positive or dyn"); // C1
  static_assert(sizeof...(D) <= maxTileRank,
                "a view has at most 6 axes"); // C2

public:
  using element_type = E;
  using shape_type = TileShape<D...>;
  static constexpr int rank = sizeof...(D);

  /// Two views of one tensor could not tell who writes.
  TensorView(const TensorView &) = delete;

  /// The extents. Those of an exclusive parameter are the tile's, also where
  /// the tensor ends within it.
  Coord<rank> shape() const { return get_tensor_shape(*this); }
  std::int64_t extent(int axis) const { return shape()[axis]; }

  /// Tiles of extents B..., side by side from index 0: to be loaded by the
  /// index of the tile.
  ///
  /// \param tags the padding beyond the edges (zero if none is given), and
  ///        `axes<...>`, which permutes: tile axis i runs along axis axes[i].
  template <int... B, typename... Tags>
  auto partition([[maybe_unused]] Tags... tags) const {
    using Map = typename detail::AxesOf<rank, Tags...>::type;
    constexpr Access access = detail::accessOf<Access{}, Tags...>();
    return make_partition_view(*this, TileShape<B...>{}, Mode<access.padding>{},
                               Map{});
  }
  /// Tiles of extents B... whose first elements are \p steps apart, so that
  /// they overlap or leave gaps.
  template <int... B, int... S, typename... Tags>
  auto strided(TileShape<S...> steps, [[maybe_unused]] Tags... tags) const {
    using Map = typename detail::AxesOf<rank, Tags...>::type;
    constexpr Access access = detail::accessOf<Access{}, Tags...>();
    return make_strided_view(*this, TileShape<B...>{}, steps,
                             Mode<access.padding>{}, Map{});
  }
  /// Tiles of this block's tile, to be loaded and stored. Stores beyond the
  /// tensor's edge write nothing there.
  template <int... B> auto partition_mut() {
    return make_nested_partition_view_mut(*this, TileShape<B...>{});
  }
  /// Tiles of the whole tensor: which block stores which is up to the program,
  /// and no two may store the same.
  template <int... B> auto partition_full_mut() {
    return make_partition_view_mut(*this, TileShape<B...>{});
  }

  /// The tile of extents B... at tile index \p args, after tags.
  template <int... B, typename... Args>
    requires AccessArguments<rank, Args...>
  Tile<E, B...> load_tile(const Args &...args) const {
    return partition<B...>().load(args...);
  }
  /// The tile of extents B... whose first element is at element index \p args,
  /// after tags. It may begin before the tensor and end beyond it: there the
  /// padding is.
  template <int... B, typename... Args>
    requires AccessArguments<rank, Args...>
  Tile<E, B...> window(const Args &...args) const {
    return load_window_tko(*this, TileShape<B...>{},
                           detail::placeOf<rank>(args...),
                           detail::AccessMode<Access{}, Args...>{})
        .value;
  }

  /// The tile of extents B... whose axis \p axis has the elements at \p index
  /// and whose other axes begin at element index \p args, after tags:
  /// `v.gather_along<0, 16, 64>(rows, 0, column)`. The index of the axis itself
  /// counts for nothing.
  template <int axis, int... B, TileType I, typename... Args>
    requires AccessArguments<rank, Args...>
  Tile<E, B...> gather_along(const I &index, const Args &...args) const {
    return load_gather_tko(*this, TileShape<B...>{}, Axes<axis>{}, index,
                           detail::placeOf<rank>(args...),
                           detail::AccessMode<Access{}, Args...>{})
        .value;
  }
  /// Stores \p tile as gather_along loads: nothing beyond the view's edges.
  template <int axis, TileType T, TileType I, typename... Args>
    requires AccessArguments<rank, Args...>
  void scatter_along(const T &tile, const I &index, const Args &...args) {
    store_gather_tko(*this, tile, Axes<axis>{}, index,
                     detail::placeOf<rank>(args...),
                     detail::AccessMode<Access{}, Args...>{});
  }

  /// All of a view with static extents, after tags.
  template <AccessTag... Tags>
    requires(shape_type::isStatic)
  Tile<E, D...> load(Tags... tags) const {
    return partition<D...>().load(tags..., Coord<rank>{});
  }
  /// Stores \p tile to all of the view; nothing is written beyond the edge of
  /// the tensor.
  template <AccessTag... Tags>
    requires(shape_type::isStatic)
  void store(const Tile<E, D...> &tile, Tags... tags) {
    partition_mut<D...>().store(tile, tags..., Coord<rank>{});
  }

#ifndef __FERRO_JIT__
  // The reference's view; kernels do not compile with these.
  using region_type = reference::Region<E, rank>;
  explicit TensorView(const region_type &region) : memory(region) {}
  const region_type &region() const { return memory; }

private:
  region_type memory;
#endif
};

/// The extents of a view.
template <ElementType E, int... D>
[[cutile::op("get_tensor_shape")]] Coord<sizeof...(D)>
get_tensor_shape(const TensorView<E, D...> &view) {
  Coord<sizeof...(D)> shape;
  for (std::size_t axis = 0; axis < sizeof...(D); ++axis)
    shape.axes[axis] = view.region().extents[axis];
  return shape;
}

/// A view of the elements from \p base on: index i is `base[sum(i * strides)]`.
///
/// Unchecked: nobody knows how far the memory reaches, nor who else uses it.
/// \param base pointer to the first element; views of constant elements refuse
///        stores.
/// \param shape static extents, or dyn with the value in \p extents.
/// \param extents the extents, also the static ones.
/// \param strides in elements.
/// \param token what the accesses wait for.
template <typename E, int... D>
  requires ElementType<std::remove_const_t<E>>
[[cutile::op("make_tensor_view")]] TensorView<std::remove_const_t<E>, D...>
make_tensor_view(E *base, [[maybe_unused]] TileShape<D...> shape,
                 Coord<sizeof...(D)> extents, Coord<sizeof...(D)> strides,
                 [[maybe_unused]] Token token = {}) {
  using Element = std::remove_const_t<E>;
  reference::Region<Element, sizeof...(D)> region;
  region.first = region.tensorFirst = const_cast<Element *>(base);
  region.isWritable = !std::is_const_v<E>;
  for (int axis = 0; axis < shape.rank; ++axis) {
    if (shape[axis] != dyn && shape[axis] != extents[axis])
      reference::fail(ferro::Code::ShapeMismatch, "make_tensor_view",
                      "extent " + std::to_string(extents[axis]) + " on axis " +
                          std::to_string(axis) + ", the type says " +
                          std::to_string(shape[axis]));
    region.extents[axis] = extents[axis];
    region.strides[axis] = strides[axis];
  }
  region.valid = region.tensorExtents = region.extents;
  return TensorView<Element, D...>(region);
}

/// The tile of shape B whose first element is at element index \p offset.
///
/// \param view the tensor; what lies outside of it is padding.
/// \param shape the shape of the tile.
/// \param offset may be negative or beyond the extent, unless unchecked, which
///        promises that all of the tile lies in the view.
/// \param access padding, order, scope, latency, tma.
/// \param token what the load waits for.
template <ElementType E, int... D, int... B, Access A = Access{}>
  requires(sizeof...(D) == sizeof...(B) && PaddingFor<E, A.padding> &&
           LoadOrder<A.order>)
[[cutile::op("load_window_tko")]] Tokened<Tile<E, B...>> load_window_tko(
    const TensorView<E, D...> &view, [[maybe_unused]] TileShape<B...> shape,
    Coord<sizeof...(D)> offset, [[maybe_unused]] Mode<A> access = {},
    [[maybe_unused]] Token token = {}) {
  constexpr int rank = sizeof...(D);
  const auto &region = view.region();
  if constexpr (!A.isChecked)
    for (int axis = 0; axis < rank; ++axis)
      reference::checkIndex("unchecked window of", region.name, axis,
                            offset[axis],
                            region.extents[axis] - shape[axis] + 1,
                            "offsets at which the tile fits");
  return {reference::load<Tile<E, B...>, A>(
              region,
              [&](reference::Index<rank> index) {
                for (int axis = 0; axis < rank; ++axis)
                  if (__builtin_add_overflow(index[axis], offset[axis],
                                             &index[axis]))
                    index[axis] = -1;
                return index;
              }),
          token};
}

} // namespace cutile
