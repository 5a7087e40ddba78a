// Rows become columns.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// `y[j, i] = x[i, j]`: each block reads a tile along the rows of x and writes
/// it along the rows of y.
///
/// \param y [N, M], launched with y.partition({BN, BM}).
/// \param x [M, N].
template <int BM, int BN, ElementType E = f32>
[[cutile::entry]] void transpose(TensorView<E, BN, BM> &y,
                                 const TensorView<E, dyn, dyn> &x) {
  auto [n, m, _] = tile_block_id();
  y.store(permute<1, 0>(load_tile<BM, BN>(x, m, n)));
}

/// `y[b, j, i] = x[b, i, j]` of a batch of matrices.
///
/// \param y [batch, N, M], launched with y.partition({1, BN, BM}).
/// \param x [batch, M, N].
template <int BM, int BN, ElementType E = f32>
[[cutile::entry]] void batch_transpose(TensorView<E, 1, BN, BM> &y,
                                       const TensorView<E, dyn, dyn, dyn> &x) {
  auto [batch, n, m] = tile_block_id();
  y.store(permute<0, 2, 1>(load_tile<1, BM, BN>(x, batch, m, n)));
}

} // namespace kernels
} // namespace cutile
