// Dropout without a stored mask.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// Drops each element with probability p and scales the others so that the
/// mean stays:
///   y[i] = u[i] < p ? 0 : x[i] / (1 - p),  u[i] = uniform(seed, i) in [0, 1).
///
/// The mask depends on the seed and the index alone: of the output's gradient
/// the same kernel with the same seed makes the input's. One block for each B
/// elements; other shapes are flattened.
/// \param y [n].
/// \param x [n].
/// \param p in [0, 1].
/// \param seed of Philox 4x32-10.
/// Source: Srivastava et al., "Dropout: A simple way to prevent neural networks
/// from overfitting", 2014.
template <int B, FloatElement E = f32>
[[cutile::entry]] void dropout(TensorView<E, B> &y, const TensorView<E, dyn> &x,
                               f32 p, u64 seed) {
  check(p >= 0 && p <= 1, "the probability is in [0, 1]");
  auto index = indices<B>(tile_block_id().x);
  auto kept = widen(load_tile_like(x, y)) / (1 - p);
  y.store(convert<E>(select(uniform(seed, index) < p, 0, kept)));
}

} // namespace kernels
} // namespace cutile
