// Running sums of any length.
#pragma once

#include "cutile/kernels/Sum.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// The sums of all elements before each one, itself included unless the scan is
/// exclusive:
///   y[i] = x[0] + ... + x[i], or x[0] + ... + x[i - 1].
///
/// Two launches: `partial_sums<B>(sums.partition({1}), x)` with a block for
/// each tile of x, then this, one block for each tile of B elements. Each block
/// adds up the sums of the tiles before its own: n / B loads at most, in tiles
/// of B. Computed in Compute<E> and rounded once; integers wrap.
/// \param y [n].
/// \param x [n].
/// \param sums [ceil(n / B)], from partial_sums.
template <int B, ArithmeticElement E = f32,
          Inclusion inclusion = Inclusion::Inclusive>
[[cutile::entry]] void prefix_sum(TensorView<E, B> &y,
                                  const TensorView<E, dyn> &x,
                                  const TensorView<Compute<E>, dyn> &sums) {
  using C = Compute<E>;
  i64 block = tile_block_id().x;
  check(sums.extent(0) == num_tile_blocks().x, "there is a sum for each block");
  auto before = zeros<C, B>();
  for (i64 i = 0; i * B < block; ++i)
    before += select(indices<B>(i) < block, load_tile<B>(sums, i), 0);
  auto within = scan<0>(
      widen(load_tile_like(x, y)), C(0),
      [](C a, C b) { return static_cast<C>(a + b); }, direction::forward,
      Mode<inclusion>{});
  y.store(convert<E>(within + sum<0>(before)));
}

} // namespace kernels
} // namespace cutile
