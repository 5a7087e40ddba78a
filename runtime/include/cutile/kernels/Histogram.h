// Counts of values, by atomics.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// Adds to counts[b] the number of elements in bin b of [low, high]:
///   b = min(floor((x[i] - low) / (high - low) * bins), bins - 1).
/// Values outside, and NaN, are in no bin.
///
/// Any number of blocks, `.grid({blocks})`: each takes every blocks-th tile of
/// B elements. Exact, in whatever order the blocks count.
/// \param counts [bins], memory that all blocks share; zero it first.
///        Unsafe, because nobody checks that there are so many.
/// \param x [n].
/// \param bins positive.
/// \param low the lower edge of the first bin.
/// \param high the upper edge of the last bin, which belongs to it; above low.
template <int B, FloatElement E = f32>
[[cutile::entry, cutile::unsafe]] void
histogram(i32 *counts, const TensorView<E, dyn> &x, i32 bins, Compute<E> low,
          Compute<E> high) {
  check(bins > 0 && low < high, "there are bins, and low is below high");
  auto tiles = partition<B>(x, pad::nan);
  for (i64 i = tile_block_id().x; i < num_tiles(tiles, 0);
       i += num_tile_blocks().x) {
    auto value = widen(tiles.load(i));
    auto bin =
        convert<i32>((value - low) / (high - low) * convert<Compute<E>>(bins));
    atomic_fetch_add(counts + clamp(bin, 0, bins - 1), ones<i32, B>(),
                     value >= low && value <= high, memory::relaxed);
  }
}

} // namespace kernels
} // namespace cutile
