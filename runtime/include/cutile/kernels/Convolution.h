// Convolution as a matrix product whose left operand is never stored.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// 2-D convolution (without flipping the filter, as in networks), channels
/// last:
///   y[n, oh, ow, co] = sum over kh, kw, ci of
///       x[n, oh * stride + kh - padding, ow * stride + kw - padding, ci]
///       * filter[kh, kw, ci, co],
/// where x is zero outside of its image.
///
/// y is seen as a matrix with a row for each pixel; one block for each tile
/// BM x BN of it. The rows of the im2col matrix [pixels, kh * kw * ci] are
/// gathered where they are needed, BM x BK at a time. Sums are in Compute<E>
/// and rounded once.
/// \param y [n * height * width, co], a reshape of [n, height, width, co],
/// where
///        height = (h + 2 * padding - kh) / stride + 1, and so the width.
/// \param x [n, h, w, ci], no extent 0 but n.
/// \param filter [kh, kw, ci, co].
/// \param stride in both directions, positive.
/// \param padding zeros on each side of the image.
template <int BM, int BN, int BK, FloatElement E = f16>
[[cutile::entry]] void convolution_2d(
    TensorView<E, BM, BN> &y, const TensorView<E, dyn, dyn, dyn, dyn> &x,
    const TensorView<E, dyn, dyn, dyn, dyn> &filter, i64 stride, i64 padding) {
  auto [images, h, w, channels] = x.shape();
  i64 height = (h + 2 * padding - filter.extent(0)) / stride + 1;
  i64 width = (w + 2 * padding - filter.extent(1)) / stride + 1;
  check(tensorShape(y) == coord(images * height * width, filter.extent(3)),
        "y has a row for each pixel and a column for each filter");
  check(filter.extent(2) == channels, "filters have the channels of x");

  auto [m, n, _] = tile_block_id();
  auto pixel = rows<BM>(m);
  auto image = min(pixel / (height * width), images - 1); // rows beyond y
  auto top = pixel / width % height * stride - padding;
  auto left = pixel % width * stride - padding;

  auto weights = partition<1, 1, BK, BN>(filter);
  auto sums = zeros<Compute<E>, BM, BN>();
  for (auto kh : num_tiles(weights, 0))
    for (auto kw : num_tiles(weights, 1)) {
      auto row = top + kh, column = left + kw;
      auto isInside = row >= 0 && row < h && column >= 0 && column < w;
      for (auto k : num_tiles(weights, 2)) {
        auto channel = columns<BK>(k);
        auto patch =
            gather(x, image, clamp(row, 0, h - 1), clamp(column, 0, w - 1),
                   min(channel, channels - 1));
        sums = mma(select(isInside && channel < channels, patch, 0),
                   reshape<BK, BN>(weights.load(kh, kw, k, n)), sums);
      }
    }
  y.store(convert<E>(sums));
}

} // namespace kernels
} // namespace cutile
