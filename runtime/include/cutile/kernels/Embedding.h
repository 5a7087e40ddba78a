// Rows of a table, by number.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// The rows of a table that a list of numbers names:
///   y[i, :] = table[ids[i], :].
///
/// One block for each tile BM x BN of y. The elements are copied as they are.
/// \param y [tokens, width].
/// \param table [rows, width].
/// \param ids [tokens], each in [0, rows); others are an error.
template <int BM, int BN, ElementType E = f16, IntegerElement I = i32>
[[cutile::entry]] void embedding(TensorView<E, BM, BN> &y,
                                 const TensorView<E, dyn, dyn> &table,
                                 const TensorView<I, dyn> &ids) {
  auto [m, n, _] = tile_block_id();
  check(tensorShape(y) == coord(ids.extent(0), table.extent(1)),
        "y has a row for each number, as wide as the table's");
  auto rows = load_tile<BM>(ids, m); // 0 beyond the last one
  y.store(table.template gather_along<0, BM, BN>(rows, 0, i64{n} * BN));
}

/// The gradient of the table:
///   grad[r, :] = sum over i with ids[i] = r of dy[i, :].
///
/// One block for each BN columns: grad.partition({rows, BN}). Rows are added in
/// the order of ids, so that two runs give the same bits; each sum is rounded
/// to E after every addition.
/// \param grad [rows, width]; what it holds is replaced.
/// \param dy [tokens, width].
/// \param ids [tokens], each in [0, rows).
template <int BN, FloatElement E = f32, IntegerElement I = i32>
[[cutile::entry]] void embedding_backward(TensorView<E, dyn, BN> &grad,
                                          const TensorView<E, dyn, dyn> &dy,
                                          const TensorView<I, dyn> &ids) {
  check(dy.shape() == coord(ids.extent(0), tensorShape(grad)[1]),
        "dy has a row for each number, as wide as the table's");
  i64 n = tile_block_id().y;
  auto rows = partition_mut<1, BN>(grad);
  for (auto row : num_tiles(rows, 0))
    rows.store(zeros<E, 1, BN>(), row, 0);
  for (i64 i = 0; i < ids.extent(0); ++i) {
    I row = gather(ids, i);
    rows.store(rows.load(row, 0) + load_tile<1, BN>(dy, i, n), row, 0);
  }
}

/// One row, whose number is known only on the device: `y[0, :] = x[row[0], :]`,
/// as the last token's state before a language model's head.
///
/// One block for each BN columns.
/// \param y [1, width].
/// \param x [rows, width].
/// \param row a number in [0, rows).
template <int BN, ElementType E = f16>
[[cutile::entry]] void gather_row(TensorView<E, 1, BN> &y,
                                  const TensorView<E, dyn, dyn> &x,
                                  const TensorView<i32, 1> &row) {
  y.store(load_tile<1, BN>(x, gather(row, 0), tile_block_id().y));
}

} // namespace kernels
} // namespace cutile
