// Softmax along rows: y[i, j] = exp(x[i, j] - top[i]) / sum[i], where top is
// the greatest element of row i and sum that of exp(x[i, :] - top[i]).
//
// In Compute<E>, rounded once to E. A row with NaN or +infinity is NaN, and so
// is one that is all -infinity.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// Softmax of rows that fit a tile: each element is read once.
///
/// \param y [M, N], N at most BN, launched with y.partition({BM, BN}): a block
///        has BM rows.
/// \param x [M, N].
template <int BM, int BN, FloatElement E = f32>
[[cutile::entry]] void softmax(TensorView<E, BM, BN> &y,
                               const TensorView<E, dyn, dyn> &x) {
  check(x.extent(1) <= BN, "a row of x fits a tile");
  auto tile = widen(load_tile_like(x, y, pad::negative_inf));
  auto e = exp(tile - reduce_max<1>(tile));
  y.store(convert<E>(e / sum<1>(e)));
}

/// Softmax of rows of any width, in tiles of BN columns: each element is read
/// twice. The first pass keeps the sum relative to the greatest element so far.
/// Source: Milakov, Gimelshein: Online normalizer calculation for softmax
/// (2018).
///
/// \param y [M, N], launched with y.partition({BM, N}): a block has BM rows.
/// \param x [M, N].
template <int BM, int BN, FloatElement E = f32>
[[cutile::entry]] void softmax_online(TensorView<E, BM, dyn> &y,
                                      const TensorView<E, dyn, dyn> &x) {
  using C = Compute<E>;
  check(y.extent(1) == x.extent(1), "a block has whole rows of y");
  int m = tile_block_id().x;
  auto px = partition<BM, BN>(x, pad::negative_inf);
  auto py = partition_mut<BM, BN>(y);

  auto top = full<C, BM, 1>(-infinity<C>), total = zeros<C, BM, 1>();
  for (auto n : num_tiles(px, 1)) {
    auto tile = widen(px.load(m, n));
    auto next = max(top, reduce_max<1>(tile));
    auto shift = origin(next);
    total = total * exp(top - shift) + sum<1>(exp(tile - shift));
    top = next;
  }
  for (auto n : num_tiles(px, 1))
    py.store(convert<E>(exp(widen(px.load(m, n)) - top) / total), 0, n);
}

} // namespace kernels
} // namespace cutile
