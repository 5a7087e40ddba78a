// Fourier transforms of rows whose length is a power of two.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// Complex numbers by their parts.
template <FloatElement C, int... D> struct ComplexTile {
  Tile<C, D...> re, im;
};

/// Half \p half of each row, whose elements are points [points / 2, 1, done].
template <int points, FloatElement C, int BM, int N>
auto halfOf(const Tile<C, BM, N> &x, int half) {
  return reshape<BM, points / 2, 1, N / points>(extract<BM, N / 2>(x, 0, half));
}

/// The stages of a transform of \p points points that are left, where \p done
/// transforms of 1/points of the row are side by side: with w = exp(sign 2 pi i
/// / points),
///   y[2 p] = x[p] + x[p + points / 2],
///   y[2 p + 1] = w^p (x[p] - x[p + points / 2]),
/// then a transform of points / 2. The order is right without a bit reversal.
/// Source: Stockham, "High-speed convolution and correlation", 1966.
template <int sign, int points, FloatElement C, int BM, int N>
ComplexTile<C, BM, N> transform(const ComplexTile<C, BM, N> &x) {
  if constexpr (points == 1) {
    return x;
  } else {
    auto re = halfOf<points>(x.re, 0), otherRe = halfOf<points>(x.re, 1);
    auto im = halfOf<points>(x.im, 0), otherIm = halfOf<points>(x.im, 1);
    auto angle = convert<C>(iota<i32, points / 2, 1, 1>()) *
                 (sign * 6.283185307179586 / points);
    auto wRe = cos(angle), wIm = sin(angle);
    auto byRe = re - otherRe, byIm = im - otherIm;
    auto joined = [](const auto &even, const auto &odd) {
      return reshape<BM, N>(cat<2>(even, odd));
    };
    return transform<sign, points / 2>(
        ComplexTile<C, BM, N>{joined(re + otherRe, byRe * wRe - byIm * wIm),
                              joined(im + otherIm, byRe * wIm + byIm * wRe)});
  }
}

/// This block's rows, transformed and scaled.
template <int sign, int N, int BM, FloatElement E>
void transformRows(TensorView<E, BM, N, 2> &y,
                   const TensorView<E, dyn, N, 2> &x, Compute<E> scale) {
  auto pairs = widen(load_tile_like(x, y));
  auto part = [&](int which) {
    return reshape<BM, N>(extract<BM, N, 1>(pairs, 0, 0, which));
  };
  auto [re, im] =
      transform<sign, N>(ComplexTile<Compute<E>, BM, N>{part(0), part(1)});
  auto stacked = cat<2>(unsqueeze<2>(re), unsqueeze<2>(im));
  y.store(convert<E>(stacked * scale));
}

/// The discrete Fourier transform of each row of N complex numbers:
///   y[r, k] = sum over j of x[r, j] exp(-2 pi i j k / N).
///
/// One block for BM rows, which it holds as a tile. Computed in Compute<E>; the
/// error relative to the largest result grows with log N.
/// \param y [rows, N, 2], the parts of a number side by side.
/// \param x [rows, N, 2].
template <int N, int BM, FloatElement E = f32>
[[cutile::entry]] void fft(TensorView<E, BM, N, 2> &y,
                           const TensorView<E, dyn, N, 2> &x) {
  transformRows<-1>(y, x, 1);
}

/// The inverse of fft:
///   y[r, k] = 1 / N * sum over j of x[r, j] exp(2 pi i j k / N).
template <int N, int BM, FloatElement E = f32>
[[cutile::entry]] void inverse_fft(TensorView<E, BM, N, 2> &y,
                                   const TensorView<E, dyn, N, 2> &x) {
  transformRows<1>(y, x, Compute<E>(1) / N);
}

} // namespace kernels
} // namespace cutile
