// Where rows are greatest: the first index of the greatest element. NaN is
// passed over; a row of nothing but NaN and -infinity has 0.
#pragma once

#include "cutile/kernels/Gemm.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// The greatest elements of rows so far, and where they are.
template <FloatElement C, int BM> struct Greatest {
  Tile<C, BM, 1> value = full<C, BM, 1>(-infinity<C>);
  Tile<i32, BM, 1> index = zeros<i32, BM, 1>();

  /// Looks at more elements, of higher indices.
  void update(const Tile<C, BM, 1> &other, const Tile<i32, BM, 1> &at) {
    auto isGreater = other > value;
    index = select(isGreater, at, index);
    value = select(isGreater, other, value);
  }
};

/// `y[i]` is the column of the greatest element of row i.
///
/// \param y [M], launched with y.partition({BM}): a block has BM rows.
/// \param x [M, N], of any width, read in tiles of BN columns.
template <int BM, int BN, FloatElement E = f16>
[[cutile::entry]] void argmax(TensorView<i32, BM> &y,
                              const TensorView<E, dyn, dyn> &x) {
  int m = tile_block_id().x;
  auto px = partition<BM, BN>(x, pad::negative_inf);
  Greatest<Compute<E>, BM> greatest;
  for (auto n : num_tiles(px, 1)) {
    auto tile = widen(px.load(m, n));
    greatest.update(reduce_max<1>(tile),
                    cutile::argmax<1>(tile) + static_cast<i32>(n * BN));
  }
  y.store(squeeze<1>(greatest.index));
}

/// The greatest logits of a language model's head, without storing the logits:
/// of `logits = x weights^T` the greatest in each block's columns.
/// argmax_of_parts finds the greatest of all.
///
/// \param values [M, ceil(V / BN)], launched with values.partition({BM, 1}).
/// \param index [M, ceil(V / BN)], launched with index.partition({BM, 1}).
/// \param x [M, K].
/// \param weights [V, K], a row for each word of the vocabulary.
template <int BM, int BN, int BK, FloatElement E = f16>
[[cutile::entry]] void lm_head_argmax(TensorView<Compute<E>, BM, 1> &values,
                                      TensorView<i32, BM, 1> &index,
                                      const TensorView<E, dyn, dyn> &x,
                                      const TensorView<E, dyn, dyn> &weights) {
  using C = Compute<E>;
  auto [m, n, _] = tile_block_id();
  check(x.extent(1) == weights.extent(1), "x and weights have equal rows");
  auto px = partition<BM, BK>(x);
  auto pw = partition<BK, BN>(weights, axes<1, 0>);
  auto logits = zeros<C, BM, BN>();
  for (auto k : num_tiles(px, 1))
    logits = mma(px.load(m, k), pw.load(k, n), logits);
  logits = select(columns<BN>(n) < weights.extent(0), logits, -infinity<C>);
  values.store(reduce_max<1>(logits));
  index.store(cutile::argmax<1>(logits) + n * BN);
}

/// `y[i] = index[i, p]` of the greatest `values[i, p]`, the first of equals.
///
/// \param y [M], launched with y.partition({BM}): a block has BM rows.
/// \param values [M, P], the greatest element of each part of a row.
/// \param index [M, P], where it is; parts in the order of their indices.
template <int BM, int BP, FloatElement C = f32>
[[cutile::entry]] void argmax_of_parts(TensorView<i32, BM> &y,
                                       const TensorView<C, dyn, dyn> &values,
                                       const TensorView<i32, dyn, dyn> &index) {
  int m = tile_block_id().x;
  auto pv = partition<BM, BP>(values, pad::negative_inf);
  auto pi = partition<BM, BP>(index);
  Greatest<C, BM> greatest;
  for (auto p : num_tiles(pv, 1)) {
    auto tile = pv.load(m, p);
    // The index of the part that is greatest, and zeros, added up.
    auto isFirst = iota<i32, 1, BP>() == cutile::argmax<1>(tile);
    greatest.update(reduce_max<1>(tile),
                    sum<1>(select(isFirst, pi.load(m, p), 0)));
  }
  y.store(squeeze<1>(greatest.index));
}

} // namespace kernels
} // namespace cutile
