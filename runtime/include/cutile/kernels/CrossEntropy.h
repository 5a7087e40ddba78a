// The loss of classifiers, from unnormalised logits.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// x, and 0 for infinities: what exponents are taken relative to.
template <TileType T> T finite(const T &x) { return select(isfinite(x), x, 0); }

/// The negative logarithm of the softmax of each row at its target:
///   lse[i] = log(sum over c of exp(logits[i, c]))
///   loss[i] = lse[i] - logits[i, targets[i]].
///
/// One block for BM rows, which it reads once in tiles of BN columns, with the
/// greatest logit so far as the offset of the exponents: none overflows.
/// Computed in Compute<E>.
/// \param loss [rows].
/// \param lse [rows], for cross_entropy_backward.
/// \param logits [rows, classes].
/// \param targets [rows], each in [0, classes).
/// Source: Milakov, Gimelshein, "Online normalizer calculation for softmax",
/// 2018.
template <int BM, int BN, FloatElement E = f32>
[[cutile::entry]] void cross_entropy(TensorView<Compute<E>, BM> &loss,
                                     TensorView<Compute<E>, BM> &lse,
                                     const TensorView<E, dyn, dyn> &logits,
                                     const TensorView<i32, dyn> &targets) {
  using C = Compute<E>;
  check(targets.extent(0) == logits.extent(0), "each row has a target");
  i64 m = tile_block_id().x;
  auto target = unsqueeze<1>(load_tile<BM>(targets, m));
  check(all_of(target >= 0 && target < logits.extent(1)),
        "a target is the number of a class");

  auto tiles = partition<BM, BN>(logits, pad::negative_inf);
  auto top = full<C, BM, 1>(-infinity<C>);
  auto sums = zeros<C, BM, 1>(), hit = zeros<C, BM, 1>();
  for (auto n : num_tiles(tiles, 1)) {
    auto x = widen(tiles.load(m, n));
    auto next = max(top, reduce_max<1>(x));
    sums = sums * exp(top - finite(next)) + sum<1>(exp(x - finite(next)));
    hit += sum<1>(select(columns<BN>(n) == target, x, 0));
    top = next;
  }
  lse.store(squeeze<1>(log(sums) + finite(top)));
  loss.store(squeeze<1>(log(sums) + (finite(top) - hit)));
}

/// The gradient of the logits, given that of the loss:
///   dLogits[i, c] = (exp(logits[i, c] - lse[i]) - (c == targets[i] ? 1 : 0))
///                   * dLoss[i].
///
/// One block for each tile BM x BN. Computed in Compute<E> and rounded once;
/// where logits are large the rounding of lse shows.
/// \param dLogits [rows, classes].
/// \param logits [rows, classes].
/// \param targets [rows].
/// \param lse [rows], from cross_entropy.
/// \param dLoss [rows].
template <int BM, int BN, FloatElement E = f32>
[[cutile::entry]] void cross_entropy_backward(
    TensorView<E, BM, BN> &dLogits, const TensorView<E, dyn, dyn> &logits,
    const TensorView<i32, dyn> &targets, const TensorView<Compute<E>, dyn> &lse,
    const TensorView<Compute<E>, dyn> &dLoss) {
  auto [m, n, _] = tile_block_id();
  auto ofRow = [m](const auto &x) { return unsqueeze<1>(load_tile<BM>(x, m)); };
  auto softmax = exp(widen(load_tile_like(logits, dLogits)) - ofRow(lse));
  auto isTarget = columns<BN>(n) == ofRow(targets);
  dLogits.store(convert<E>((softmax - isTarget) * ofRow(dLoss)));
}

} // namespace kernels
} // namespace cutile
