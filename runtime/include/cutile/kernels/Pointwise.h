// Element-wise kernels.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// `z[i, j] = x[i, j] + y[i, j]`, rounded once.
///
/// \param z [M, N], launched with z.partition({BM, BN}).
/// \param x [M, N].
/// \param y [M, N].
template <int BM, int BN, ArithmeticElement E = f32>
[[cutile::entry]] void add(TensorView<E, BM, BN> &z,
                           const TensorView<E, dyn, dyn> &x,
                           const TensorView<E, dyn, dyn> &y) {
  z.store(load_tile_like(x, z) + load_tile_like(y, z));
}

/// `x / (1 + exp(-x))`, element by element.
/// Source: Hendrycks, Gimpel: Gaussian error linear units (2016).
template <FloatElement E, int... D> auto silu(const Tile<E, D...> &x) {
  return x / (1 + exp(-x));
}

/// `y[i, j] = silu(gate[i, j]) * up[i, j]`, in Compute<E>.
/// Source: Shazeer: GLU variants improve transformer (2020), SwiGLU.
///
/// \param y [M, N], launched with y.partition({BM, BN}).
/// \param gate [M, N].
/// \param up [M, N].
template <int BM, int BN, FloatElement E = f16>
[[cutile::entry]] void silu_mul(TensorView<E, BM, BN> &y,
                                const TensorView<E, dyn, dyn> &gate,
                                const TensorView<E, dyn, dyn> &up) {
  y.store(convert<E>(silu(widen(load_tile_like(gate, y))) *
                     widen(load_tile_like(up, y))));
}

/// silu_mul of the two halves of each row, as one product with both weights
/// leaves them: `y[i, j] = silu(x[i, j]) * x[i, N + j]`.
///
/// \param y [M, N], launched with y.partition({BM, BN}).
/// \param x [M, 2 N].
template <int BM, int BN, FloatElement E = f16>
[[cutile::entry]] void swiglu(TensorView<E, BM, BN> &y,
                              const TensorView<E, dyn, dyn> &x) {
  auto [m, n, _] = tile_block_id();
  check(x.extent(1) % 2 == 0, "rows of x have two halves");
  i64 row = i64{m} * BM, column = i64{n} * BN;
  auto gate = window<BM, BN>(x, row, column);
  auto up = window<BM, BN>(x, row, column + x.extent(1) / 2);
  y.store(convert<E>(silu(widen(gate)) * widen(up)));
}

/// `y[i] = a * x[i] + y[i]`, in Compute<E>.
///
/// \param y [N], launched with y.partition({B}); read and written.
/// \param x [N].
/// \param a the factor.
template <int B, ArithmeticElement E = f32>
[[cutile::entry]] void saxpy(TensorView<E, B> &y, const TensorView<E, dyn> &x,
                             Compute<E> a) {
  y.store(convert<E>(a * widen(load_tile_like(x, y)) + widen(y.load())));
}

/// `y[i] = factor * x[i]` of \p count elements behind pointers, in Compute<E>.
///
/// Any number of blocks will do: block b has the tiles b, b + X, b + 2 X, ...
/// of a grid of X.
/// \param y where \p count elements may be written.
/// \param x where \p count elements may be read; y itself, or memory apart.
/// \param factor the factor.
/// \param count the number of elements.
template <int B, ArithmeticElement E = f32>
[[cutile::entry, cutile::unsafe]] void scale(E *y, const E *x,
                                             Compute<E> factor, i64 count) {
  for (i64 tile = tile_block_id().x; tile * B < count;
       tile += num_tile_blocks().x) {
    auto index = indices<B>(tile);
    auto exists = index < count;
    scatter(y + index, convert<E>(factor * widen(gather(x + index, exists))),
            exists);
  }
}

} // namespace kernels
} // namespace cutile
