// Kernels that make tensors from numbers, and conversion.
//
// They take tensors with one axis: a contiguous tensor of any shape is one as
// `y.view({-1})`.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// `y[i] = value`.
///
/// \param y [N], launched with y.partition({B}): a block fills B elements.
/// \param value an element.
template <int B, ElementType E = f32>
[[cutile::entry]] void fill(TensorView<E, B> &y, E value) {
  y.store(full<E, B>(value));
}

/// `y[i] = start + i * step`.
///
/// Integers wrap. Floats are computed in Compute<E>, two roundings and that to
/// E; in f32 the index itself is exact up to 2^24.
/// \param y [N], launched with y.partition({B}).
/// \param start the first element.
/// \param step the difference of neighbours.
template <int B, ArithmeticElement E = f32>
[[cutile::entry]] void arange(TensorView<E, B> &y, Compute<E> start,
                              Compute<E> step) {
  auto index = convert<Compute<E>>(indices<B>(tile_block_id().x));
  y.store(convert<E>(index * step + start));
}

/// `y[i] = start + i (end - start) / (count - 1)`; of one element it is start.
///
/// Each half counts from its own end, so that both ends are exact.
/// \param y [count], launched with y.partition({B}).
/// \param start the first element.
/// \param end the last element.
/// \param count how many elements y has.
template <int B, FloatElement E = f32>
[[cutile::entry]] void linspace(TensorView<E, B> &y, Compute<E> start,
                                Compute<E> end, i64 count) {
  using C = Compute<E>;
  C step = count > 1 ? (end - start) / static_cast<C>(count - 1) : C{};
  auto index = indices<B>(tile_block_id().x);
  auto fromStart = start + convert<C>(index) * step;
  auto fromEnd = end - convert<C>(count - 1 - index) * step;
  y.store(convert<E>(select(index * 2 < count, fromStart, fromEnd)));
}

/// `y[i, j] = i == j`.
///
/// \param y [M, N], launched with y.partition({BM, BN}).
template <int BM, int BN, ArithmeticElement E = f32>
[[cutile::entry]] void eye(TensorView<E, BM, BN> &y) {
  auto [m, n, _] = tile_block_id();
  auto isDiagonal = rows<BM>(m) == columns<BN>(n);
  y.store(select(isDiagonal, ones<E, BM, BN>(), zeros<E, BM, BN>()));
}

/// `y[i]` is the value of `x[i]` in another type, as convert<To> makes it: one
/// rounding; from float to integer without the fraction, saturating.
///
/// \param y [N], launched with y.partition({B}).
/// \param x [N].
template <int B, ElementType To = f16, ConvertibleTo<To> From = f32>
[[cutile::entry]] void cast(TensorView<To, B> &y,
                            const TensorView<From, dyn> &x) {
  y.store(convert<To>(load_tile_like(x, y)));
}

} // namespace kernels
} // namespace cutile
