// Sums of any length that give the same bits in every run.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// Adds up every blocks-th tile of B elements:
///   sums[b] = sum over i with i / B mod blocks = b of x[i].
///
/// As many blocks as sums has elements. Launched again with the sums as x and
/// one block, it gives the sum of all: without atomics, so that the order of
/// addition is always the same. Integers wrap.
/// \param sums [blocks], in tiles of one.
/// \param x [n].
template <int B, ArithmeticElement E = f32>
[[cutile::entry]] void partial_sums(TensorView<Compute<E>, 1> &sums,
                                    const TensorView<E, dyn> &x) {
  auto tiles = partition<B>(x);
  auto total = zeros<Compute<E>, B>();
  for (i64 i = tile_block_id().x; i < num_tiles(tiles, 0);
       i += num_tile_blocks().x)
    total += widen(tiles.load(i));
  sums.store(sum<0>(total));
}

} // namespace kernels
} // namespace cutile
