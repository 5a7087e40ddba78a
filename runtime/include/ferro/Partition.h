// Tensors divided into tiles: what a kernel's outputs are given as.
#pragma once

#include "ferro/Result.h"
#include "ferro/Tensor.h"

#include <cstdint>
#include <utility>

namespace ferro {

namespace detail {

/// How a tensor is divided among the blocks of a kernel.
struct Tiling {
  Dims tile;               // the extents of a tile
  bool isPrefix = false;   // the grid may be smaller than the tiles
  Dims map;                // how tiles are dealt; empty unless mapped
  std::int64_t blocks = 0; // to whom, if mapped
};

/// \throws Error ShapeMismatch, InvalidArgument.
FERRO_API Tiling tilingOf(const Handle &tensor, const Dims &tile,
                          bool isPrefix);
/// \throws Error InvalidArgument.
FERRO_API Tiling mappedTiling(const Handle &tensor, Tiling tiling,
                              const Dims &map, std::int64_t blocks);
/// How many tiles there are along each axis.
FERRO_API Dims tileCounts(const Handle &tensor, const Tiling &tiling);

} // namespace detail

/// A tensor whose tiles a map deals to the blocks of a kernel, for parameters
/// of type cutile::MappedPartitionMut.
template <typename T> class MappedTensor {
public:
  using value_type = T;
  /// The tensor again.
  const Tensor<T> &unpartition() const { return tensor; }
  const detail::Tiling &tiling() const { return division; }

private:
  template <typename> friend class TensorPartition;
  MappedTensor(Tensor<T> whole, detail::Tiling tiling)
      : tensor(std::move(whole)), division(std::move(tiling)) {}
  Tensor<T> tensor;
  detail::Tiling division;
};

/// A tensor divided into tiles, of which each block of a kernel writes one, for
/// parameters of type cutile::TensorView<...> &.
template <typename T> class TensorPartition {
public:
  using value_type = T;
  TensorPartition(Tensor<T> whole, const Dims &tile, bool isPrefix = false)
      : tensor(std::move(whole)),
        division(detail::tilingOf(tensor, tile, isPrefix)) {}

  /// The tensor again.
  const Tensor<T> &unpartition() const { return tensor; }
  /// How many tiles there are along each axis: ceil(extent / tile).
  Dims grid() const { return detail::tileCounts(tensor, division); }
  const detail::Tiling &tiling() const { return division; }

  /// Deals the tiles to \p blocks blocks of a kernel that stores several.
  ///
  /// \param map one entry for each axis: how many neighbouring tiles a group
  ///        has; 0 if an axis belongs as a whole to whoever has the tile's
  ///        other indices. At least one is not 0, and only the last two of
  ///        those may be greater than 1 (a single one may not).
  /// \param blocks at least 1, at most the number of tiles that are dealt.
  /// \throws Error InvalidArgument.
  MappedTensor<T> map(const Dims &map, std::int64_t blocks) const {
    return {tensor, detail::mappedTiling(tensor, division, map, blocks)};
  }

private:
  Tensor<T> tensor;
  detail::Tiling division;
};

template <typename T>
TensorPartition<T> Tensor<T>::partition(const Dims &tile) const {
  return {*this, tile};
}
template <typename T>
TensorPartition<T> Tensor<T>::partition_prefix(const Dims &tile) const {
  return {*this, tile, true};
}
template <typename T>
Result<TensorPartition<T>> Tensor<T>::try_partition(const Dims &tile) const {
  try {
    return partition(tile);
  } catch (const Error &error) {
    return error;
  }
}

} // namespace ferro
