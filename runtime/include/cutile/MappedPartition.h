// Outputs whose tiles are dealt to the blocks by a map: persistent kernels.
#pragma once

#include "cutile/Partition.h"

namespace cutile {

/// In a TileMap: the axis belongs as a whole to whoever has the tile's other
/// indices.
inline constexpr int owned = 0;

/// How the tiles of an output are dealt. The streamed axes (those that are not
/// `owned`) are visited in groups of M[i] tiles along the last two of them, in
/// a group the first of the two fastest; leading streamed axes row by row.
///
/// (C1) At least one axis is streamed. (C2) Entries of streamed axes before the
/// last two are 1, and so is the only one. (C3) No entry is negative.
template <int... M> struct TileMap {
  static constexpr int rank = sizeof...(M);
  static constexpr int streamed = ((M != owned) + ... + 0);
  static constexpr int at(int axis) {
    constexpr int map[] = {M..., 0};
    return map[axis];
  }
  static constexpr bool isOwned(int axis) { return at(axis) == owned; }
  /// Whether C2 holds.
  static constexpr bool groupsTheLastTwo() {
    int place = 0;
    for (int axis = 0; axis < rank; ++axis)
      if (!isOwned(axis) && at(axis) != 1 &&
          (streamed == 1 || place++ < streamed - 2))
        return false;
      else if (!isOwned(axis) && at(axis) == 1)
        ++place;
    return true;
  }
  static_assert(((M >= 0) && ...), "entries of a map are not negative"); // C3
  static_assert(streamed > 0, "a map streams at least one axis");        // C1
  static_assert(groupsTheLastTwo(),
                "a map groups only the last two streamed axes"); // C2
};

template <ElementType E, typename TileS, typename Map> class MappedPartitionMut;

/// Tiles of an axis: `count` from `start` on, or all the rest.
struct TileRange {
  std::int64_t start = 0;
  std::int64_t count = -1;
};
/// As the count of a TileRange: up to the last tile.
inline constexpr std::int64_t rest = -1;

/// The index of a tile that a MappedPartitionMut dealt to this block, and the
/// proof that no other block has it.
template <typename Map> class PartitionIndex {
public:
  /// `auto [m, n] = index.components();`
  Coord<Map::rank> components() const { return place; }
  std::int64_t operator[](int axis) const { return place[axis]; }
  operator Coord<Map::rank>() const { return place; }

  /// This index with \p tile along an axis that the map leaves to its owner.
  template <int axis, IndexLike I>
    requires(Map::isOwned(axis))
  PartitionIndex along(const I &tile) const {
    PartitionIndex other = *this;
    other.place.axes[axis] = static_cast<std::int64_t>(tile);
    return other;
  }

private:
  template <typename M> friend class PartitionIndices;
  template <ElementType E, typename TileS, typename M>
  friend class MappedPartitionMut;
  PartitionIndex(Coord<Map::rank> at, Coord<Map::rank> of)
      : place(at), grid(of) {}
  Coord<Map::rank> place;
  Coord<Map::rank> grid; // tiles of the partitions that accept it
};

namespace detail {

/// The place of tile \p flat in a grid of \p rows by \p columns tiles that is
/// visited in groups of groupRows by groupColumns, the first axis fastest in a
/// group; groups at the edges are smaller. With groups of one tile the order is
/// row by row.
constexpr Coord<2> groupedPlace(std::int64_t flat, std::int64_t rows,
                                std::int64_t columns, std::int64_t groupRows,
                                std::int64_t groupColumns) {
  std::int64_t band = groupRows * columns;
  std::int64_t firstRow = flat / band * groupRows;
  std::int64_t left = rows - firstRow;
  std::int64_t height = left < groupRows ? left : groupRows;
  std::int64_t inBand = flat % band;
  std::int64_t firstColumn = inBand / (height * groupColumns) * groupColumns;
  std::int64_t inGroup = inBand % (height * groupColumns);
  return {{firstRow + inGroup % height, firstColumn + inGroup / height}};
}

/// The place of streamed tile \p flat of a sub-grid of \p counts tiles; 0 on
/// owned axes.
template <typename Map>
constexpr Coord<Map::rank> mappedPlace(std::int64_t flat,
                                       Coord<Map::rank> counts) {
  Coord<Map::rank> place;
  int axis = Map::rank - 1;
  if constexpr (Map::streamed >= 2) {
    while (Map::isOwned(axis))
      --axis;
    int column = axis--;
    while (Map::isOwned(axis))
      --axis;
    int row = axis--;
    std::int64_t inner = counts[row] * counts[column];
    Coord<2> grouped = groupedPlace(flat % inner, counts[row], counts[column],
                                    Map::at(row), Map::at(column));
    place.axes[row] = grouped[0];
    place.axes[column] = grouped[1];
    flat /= inner;
  }
  for (; axis >= 0; --axis)
    if (!Map::isOwned(axis)) {
      place.axes[axis] = flat % counts[axis];
      flat /= counts[axis];
    }
  return place;
}

/// How many tiles are dealt: the product over streamed axes.
template <typename Map>
constexpr std::int64_t streamedTiles(Coord<Map::rank> counts) {
  std::int64_t all = 1;
  for (int axis = 0; axis < Map::rank; ++axis)
    if (!Map::isOwned(axis))
      all *= counts[axis];
  return all;
}

} // namespace detail

/// The indices dealt to this block: tiles x, x + X, x + 2X, ... of the map's
/// order, where x is the block's place in a grid of X blocks.
template <typename Map> class PartitionIndices {
public:
  class Iterator {
  public:
    PartitionIndex<Map> operator*() const {
      Coord<Map::rank> place = detail::mappedPlace<Map>(flat, indices->counts);
      for (int axis = 0; axis < Map::rank; ++axis)
        place.axes[axis] += indices->starts[axis];
      return {place, indices->grid};
    }
    Iterator &operator++() {
      flat += num_tile_blocks().x;
      return *this;
    }
    /// Whether there are more: the step rarely meets the end.
    friend bool operator!=(const Iterator &a, const Iterator &b) {
      return a.flat < b.flat;
    }

  private:
    friend class PartitionIndices;
    Iterator(const PartitionIndices *range, std::int64_t at)
        : indices(range), flat(at) {}
    const PartitionIndices *indices;
    std::int64_t flat;
  };

  Iterator begin() const { return {this, tile_block_id().x}; }
  Iterator end() const { return {this, detail::streamedTiles<Map>(counts)}; }

private:
  template <ElementType E, typename TileS, typename M>
  friend class MappedPartitionMut;
  PartitionIndices(Coord<Map::rank> all, Coord<Map::rank> from,
                   Coord<Map::rank> taken)
      : grid(all), starts(from), counts(taken) {}
  Coord<Map::rank> grid, starts, counts;
};

/// An output as a parameter by value: `MappedPartitionMut<f32, TileShape<BM,
/// BN>, TileMap<8, 1>> c`, launched with `c.partition({BM, BN}).map({8, 1},
/// blocks)`. A block stores the tiles that iterating iter_indices() deals it.
template <ElementType E, typename TileS, typename Map>
class MappedPartitionMut {
  static_assert(TileS::rank == Map::rank,
                "a map has one entry for each axis of the tile");
  static_assert(TileS::rank >= 1 && TileS::rank <= 3,
                "a mapped output has one to three axes");

public:
  using element_type = E;
  using tile_type = TileOf<E, TileS>;
  using step_type = TileS;
  static constexpr int rank = TileS::rank;
  using map_type = typename detail::AxesOf<rank>::type;
  static constexpr Access access = {};

  MappedPartitionMut(MappedPartitionMut &&) = default;

  /// The indices of this block's tiles.
  PartitionIndices<Map> iter_indices() const {
    Coord<rank> grid = get_index_space_shape(*this);
    return {grid, Coord<rank>{}, grid};
  }
  /// The same, for stores to \p other too, which has as many tiles.
  template <ElementType F, typename OtherTile>
  PartitionIndices<Map>
  iter_indices_with(const MappedPartitionMut<F, OtherTile, Map> &other) const {
    check_equal_grids(*this, other);
    return iter_indices();
  }
  /// The indices within \p ranges, one for each axis.
  PartitionIndices<Map>
  iter_indices_within(const TileRange (&ranges)[rank]) const
    requires(Map::streamed == rank)
  {
    Coord<rank> grid = get_index_space_shape(*this), starts, counts;
    for (int axis = 0; axis < rank; ++axis) {
      starts.axes[axis] = ranges[axis].start;
      counts.axes[axis] = ranges[axis].count == rest
                              ? grid[axis] - ranges[axis].start
                              : ranges[axis].count;
    }
    check_tile_ranges(*this, starts, counts);
    return {grid, starts, counts};
  }
  template <ElementType F, typename OtherTile>
  PartitionIndices<Map> iter_indices_within_with(
      const TileRange (&ranges)[rank],
      const MappedPartitionMut<F, OtherTile, Map> &other) const
    requires(Map::streamed == rank)
  {
    check_equal_grids(*this, other);
    return iter_indices_within(ranges);
  }

  /// The tile at \p index; tags follow it.
  template <AccessTag... Tags>
  tile_type load(const PartitionIndex<Map> &index, Tags...) const {
    return load_mapped_tko(*this, index, detail::AccessMode<access, Tags...>{})
        .value;
  }
  /// Stores \p tile at \p index, which tags follow; nothing is written beyond
  /// the edge of the tensor.
  template <AccessTag... Tags>
  void store(const tile_type &tile, const PartitionIndex<Map> &index, Tags...) {
    store_mapped_tko(*this, tile, index, detail::AccessMode<access, Tags...>{});
  }

#ifndef __FERRO_JIT__
  // The reference's view; kernels do not compile with these.
  using region_type = reference::Region<E, rank>;
  explicit MappedPartitionMut(const region_type &region) : memory(region) {}
  const region_type &region() const { return memory; }
  /// \throws Error InvalidArgument if \p index is of another grid of tiles.
  void accept(const PartitionIndex<Map> &index) const {
    if (index.grid != get_index_space_shape(*this))
      reference::fail(ferro::Code::InvalidArgument,
                      std::string("access to ") + memory.name,
                      "the index was dealt by a partition with another number "
                      "of tiles");
  }

private:
  region_type memory;
#endif
};

namespace detail {
template <typename E, typename T, typename M>
inline constexpr bool isPartition<MappedPartitionMut<E, T, M>> = true;
} // namespace detail

/// The tile of \p partition at an index that it dealt.
template <ElementType E, typename TileS, typename Map, Access A = Access{}>
  requires(PaddingFor<E, A.padding> && LoadOrder<A.order>)
[[cutile::op("load_mapped_tko")]] Tokened<TileOf<E, TileS>>
    load_mapped_tko(const MappedPartitionMut<E, TileS, Map> &partition,
                    const PartitionIndex<Map> &index,
                    [[maybe_unused]] Mode<A> access = {},
                    [[maybe_unused]] Token token = {}) {
  partition.accept(index);
  return {reference::load<TileOf<E, TileS>, A>(
              partition.region(),
              reference::tileAt("load of", partition, index.components())),
          token};
}

/// Stores \p tile to \p partition at an index that it dealt.
///
/// \param partition the output.
/// \param tile the elements; those beyond the edge of the tensor are dropped.
/// \param index minted by the partition's indices, or by those of one with as
///        many tiles.
/// \param access order, scope, latency, tma.
/// \param token what the store waits for.
template <ElementType E, typename TileS, typename Map, Access A = Access{}>
  requires StoreOrder<A.order>
[[cutile::op("store_mapped_tko")]] Token store_mapped_tko(
    MappedPartitionMut<E, TileS, Map> &partition, const TileOf<E, TileS> &tile,
    const PartitionIndex<Map> &index, [[maybe_unused]] Mode<A> access = {},
    [[maybe_unused]] Token token = {}) {
  partition.accept(index);
  reference::store<A>(
      partition.region(), tile,
      reference::tileAt("store to", partition, index.components()));
  return token;
}

/// The tiles of the tensor of \p view, dealt by a map.
template <ElementType E, int... D, int... B, int... M>
[[cutile::op("make_mapped_partition_view")]] MappedPartitionMut<
    E, TileShape<B...>, TileMap<M...>>
make_mapped_partition_view(TensorView<E, D...> &view,
                           [[maybe_unused]] TileShape<B...> tile,
                           [[maybe_unused]] TileMap<M...> map,
                           [[maybe_unused]] Token token = {}) {
  return MappedPartitionMut<E, TileShape<B...>, TileMap<M...>>(
      view.region().tensor());
}

/// \throws Error ShapeMismatch unless both have equal counts of tiles.
template <typename A, typename B>
[[cutile::op("check_equal_grids")]] void check_equal_grids(const A &a,
                                                           const B &b) {
  auto counts = reference::tileCounts(a), others = reference::tileCounts(b);
  for (int axis = 0; axis < A::rank; ++axis)
    if (counts[axis] != others[axis])
      reference::fail(ferro::Code::ShapeMismatch,
                      std::string("iter_indices_with of ") + a.region().name,
                      std::to_string(counts[axis]) + " tiles on axis " +
                          std::to_string(axis) + ", " + b.region().name +
                          " has " + std::to_string(others[axis]));
}

/// \throws Error IndexOutOfBounds unless start >= 0, count >= 0 and
///         start + count <= tiles on each axis.
template <typename P>
[[cutile::op("check_tile_ranges")]] void
check_tile_ranges(const P &partition, Coord<P::rank> starts,
                  Coord<P::rank> counts) {
  auto tiles = reference::tileCounts(partition);
  for (int axis = 0; axis < P::rank; ++axis)
    if (starts[axis] < 0 || counts[axis] < 0 || starts[axis] > tiles[axis] ||
        counts[axis] > tiles[axis] - starts[axis])
      reference::fail(ferro::Code::IndexOutOfBounds,
                      std::string("iter_indices_within of ") +
                          partition.region().name,
                      std::to_string(counts[axis]) + " tiles from " +
                          std::to_string(starts[axis]) + " on axis " +
                          std::to_string(axis) + ", there are " +
                          std::to_string(tiles[axis]));
}

} // namespace cutile
