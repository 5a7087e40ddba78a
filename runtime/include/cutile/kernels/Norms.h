// Layer norm and RMS norm along rows, forward and backward.
//
// Matrices are [M, N] with N features. The kernels read rows of any width in
// tiles of BN columns, compute in C = Compute<E> and round once to E. `mean`
// and `rstd` have one C for each row and are what the backward kernels need of
// the forward pass.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// With mean and variance over row i (divided by N):
///   rstd[i] = 1 / sqrt(variance + epsilon),
///   y[i, j] = (x[i, j] - mean[i]) rstd[i] weight[j] + bias[j].
///
/// The variance is that of x - mean, so that a large mean does not cancel it.
/// Source: Ba, Kiros, Hinton: Layer normalization (2016).
/// \param y [M, N], launched with y.partition({BM, N}): a block has BM rows.
/// \param mean [M], launched with mean.partition({BM}).
/// \param rstd [M], launched with rstd.partition({BM}).
/// \param x [M, N].
/// \param weight [N].
/// \param bias [N].
/// \param epsilon positive, 1e-5 in most models.
template <int BM, int BN, FloatElement E = f16, FloatElement C = Compute<E>>
[[cutile::entry]] void
layer_norm(TensorView<E, BM, dyn> &y, TensorView<C, BM> &mean,
           TensorView<C, BM> &rstd, const TensorView<E, dyn, dyn> &x,
           const TensorView<E, dyn> &weight, const TensorView<E, dyn> &bias,
           C epsilon) {
  i64 m = tile_block_id().x, width = x.extent(1);
  check(y.extent(1) == width, "a block has whole rows of y");
  check(weight.extent(0) == width && bias.extent(0) == width,
        "there is a weight and a bias for each column of x");
  auto px = partition<BM, BN>(x);
  auto pw = partition<BN>(weight), pb = partition<BN>(bias);
  auto py = partition_mut<BM, BN>(y);

  auto total = zeros<C, BM, 1>(), squares = zeros<C, BM, 1>();
  for (auto n : num_tiles(px, 1))
    total += sum<1>(widen(px.load(m, n)));
  auto average = total / width;
  for (auto n : num_tiles(px, 1)) {
    // Padding is 0, and no longer once the mean is subtracted.
    auto centred =
        select(columns<BN>(n) < width, widen(px.load(m, n)) - average, 0);
    squares += sum<1>(centred * centred);
  }
  auto scale = 1 / sqrt(squares / width + epsilon);
  for (auto n : num_tiles(px, 1)) {
    auto normal = (widen(px.load(m, n)) - average) * scale;
    py.store(convert<E>(normal * widen(pw.load(n)) + widen(pb.load(n))), 0, n);
  }
  mean.store(squeeze<1>(average));
  rstd.store(squeeze<1>(scale));
}

/// The gradient of layer_norm's x: with n = (x - mean) rstd and g = dy weight,
///   dx[i, j] = rstd[i] (g - sum over j of g / N - n sum over j of g n / N).
///
/// \param dx [M, N], launched with dx.partition({BM, N}).
/// \param dy [M, N], the gradient of y.
/// \param x [M, N].
/// \param mean [M], of the forward pass.
/// \param rstd [M], of the forward pass.
/// \param weight [N].
template <int BM, int BN, FloatElement E = f16, FloatElement C = Compute<E>>
[[cutile::entry]] void layer_norm_backward(TensorView<E, BM, dyn> &dx,
                                           const TensorView<E, dyn, dyn> &dy,
                                           const TensorView<E, dyn, dyn> &x,
                                           const TensorView<C, dyn> &mean,
                                           const TensorView<C, dyn> &rstd,
                                           const TensorView<E, dyn> &weight) {
  i64 m = tile_block_id().x, width = x.extent(1);
  check(dx.extent(1) == width, "a block has whole rows of dx");
  check(dy.shape() == x.shape() && weight.extent(0) == width,
        "dy has the shape of x, and weight its width");
  auto px = partition<BM, BN>(x), pdy = partition<BM, BN>(dy);
  auto pw = partition<BN>(weight);
  auto pdx = partition_mut<BM, BN>(dx);
  auto average = unsqueeze<1>(load_tile<BM>(mean, m));
  auto scale = unsqueeze<1>(load_tile<BM>(rstd, m));
  auto normalAt = [&](auto n) {
    return (widen(px.load(m, n)) - average) * scale;
  };
  // Zero where there is only padding.
  auto gradientAt = [&](auto n) {
    return widen(pdy.load(m, n)) * widen(pw.load(n));
  };

  auto total = zeros<C, BM, 1>(), product = zeros<C, BM, 1>();
  for (auto n : num_tiles(px, 1)) {
    auto gradient = gradientAt(n);
    total += sum<1>(gradient);
    product += sum<1>(gradient * normalAt(n));
  }
  for (auto n : num_tiles(px, 1)) {
    auto mixed = (total + normalAt(n) * product) / width;
    pdx.store(convert<E>((gradientAt(n) - mixed) * scale), 0, n);
  }
}

/// The gradients of layer_norm's weight and bias:
///   dweight[j] = sum over i of dy[i, j] (x[i, j] - mean[i]) rstd[i],
///   dbias[j] = sum over i of dy[i, j].
///
/// A block goes down BN columns alone: no atomics, the same bits each time.
/// \param dweight [N], launched with dweight.partition({BN}).
/// \param dbias [N], launched with dbias.partition({BN}).
/// \param dy [M, N], the gradient of y.
/// \param x [M, N].
/// \param mean [M], of the forward pass.
/// \param rstd [M], of the forward pass.
template <int BM, int BN, FloatElement E = f16, FloatElement C = Compute<E>>
[[cutile::entry]] void layer_norm_backward_weight(
    TensorView<E, BN> &dweight, TensorView<E, BN> &dbias,
    const TensorView<E, dyn, dyn> &dy, const TensorView<E, dyn, dyn> &x,
    const TensorView<C, dyn> &mean, const TensorView<C, dyn> &rstd) {
  i64 n = tile_block_id().x;
  check(dy.shape() == x.shape() && mean.extent(0) == x.extent(0) &&
            rstd.extent(0) == x.extent(0),
        "dy has the shape of x, and mean and rstd its rows");
  auto px = partition<BM, BN>(x), pdy = partition<BM, BN>(dy);
  auto pmean = partition<BM>(mean), prstd = partition<BM>(rstd);
  auto weights = zeros<C, 1, BN>(), biases = zeros<C, 1, BN>();
  for (auto m : num_tiles(px, 0)) {
    auto average = unsqueeze<1>(pmean.load(m));
    auto scale = unsqueeze<1>(prstd.load(m));
    auto gradient = widen(pdy.load(m, n)); // zero in padding
    weights += sum<0>(gradient * (widen(px.load(m, n)) - average) * scale);
    biases += sum<0>(gradient);
  }
  dweight.store(convert<E>(squeeze<0>(weights)));
  dbias.store(convert<E>(squeeze<0>(biases)));
}

/// rstd[i] = 1 / sqrt(sum over j of x[i, j]^2 / N + epsilon),
/// y[i, j] = x[i, j] rstd[i] weight[j].
///
/// Source: Zhang, Sennrich: Root mean square layer normalization (2019).
/// \param y [M, N], launched with y.partition({BM, N}): a block has BM rows.
/// \param rstd [M], launched with rstd.partition({BM}).
/// \param x [M, N].
/// \param weight [N].
/// \param epsilon positive, 1e-6 in most models.
template <int BM, int BN, FloatElement E = f16, FloatElement C = Compute<E>>
[[cutile::entry]] void rms_norm(TensorView<E, BM, dyn> &y,
                                TensorView<C, BM> &rstd,
                                const TensorView<E, dyn, dyn> &x,
                                const TensorView<E, dyn> &weight, C epsilon) {
  i64 m = tile_block_id().x, width = x.extent(1);
  check(y.extent(1) == width, "a block has whole rows of y");
  check(weight.extent(0) == width, "there is a weight for each column of x");
  auto px = partition<BM, BN>(x);
  auto pw = partition<BN>(weight);
  auto py = partition_mut<BM, BN>(y);

  auto squares = zeros<C, BM, 1>();
  for (auto n : num_tiles(px, 1)) {
    auto tile = widen(px.load(m, n));
    squares += sum<1>(tile * tile);
  }
  auto scale = 1 / sqrt(squares / width + epsilon);
  for (auto n : num_tiles(px, 1))
    py.store(convert<E>(widen(px.load(m, n)) * scale * widen(pw.load(n))), 0,
             n);
  rstd.store(squeeze<1>(scale));
}

/// rms_norm of a sum, as between the layers of a transformer:
///   total[i, j] = x[i, j] + residual[i, j], rounded to E,
///   y[i, j] = total[i, j] / sqrt(sum over j of total^2 / N + epsilon)
///             weight[j].
///
/// y is that of the rounded total, as if the two were separate kernels.
/// \param y [M, N], launched with y.partition({BM, N}): a block has BM rows.
/// \param total [M, N], launched with total.partition({BM, N}).
/// \param x [M, N].
/// \param residual [M, N].
/// \param weight [N].
/// \param epsilon positive.
template <int BM, int BN, FloatElement E = f16, FloatElement C = Compute<E>>
[[cutile::entry]] void
add_rms_norm(TensorView<E, BM, dyn> &y, TensorView<E, BM, dyn> &total,
             const TensorView<E, dyn, dyn> &x,
             const TensorView<E, dyn, dyn> &residual,
             const TensorView<E, dyn> &weight, C epsilon) {
  i64 m = tile_block_id().x, width = x.extent(1);
  check(y.extent(1) == width && total.extent(1) == width,
        "a block has whole rows of y and total");
  check(residual.shape() == x.shape() && weight.extent(0) == width,
        "the residual has the shape of x, and weight its width");
  auto px = partition<BM, BN>(x), pr = partition<BM, BN>(residual);
  auto pw = partition<BN>(weight);
  auto py = partition_mut<BM, BN>(y), pt = partition_mut<BM, BN>(total);

  auto squares = zeros<C, BM, 1>();
  for (auto n : num_tiles(px, 1)) {
    auto rounded = px.load(m, n) + pr.load(m, n);
    pt.store(rounded, 0, n);
    auto tile = widen(rounded);
    squares += sum<1>(tile * tile);
  }
  auto scale = 1 / sqrt(squares / width + epsilon);
  for (auto n : num_tiles(px, 1))
    py.store(convert<E>(widen(pt.load(0, n)) * scale * widen(pw.load(n))), 0,
             n);
}

/// The gradient of rms_norm's x: with n = x rstd and g = dy weight,
///   dx[i, j] = rstd[i] (g - n sum over j of g n / N).
///
/// \param dx [M, N], launched with dx.partition({BM, N}).
/// \param dy [M, N], the gradient of y.
/// \param x [M, N].
/// \param rstd [M], of the forward pass.
/// \param weight [N].
template <int BM, int BN, FloatElement E = f16, FloatElement C = Compute<E>>
[[cutile::entry]] void rms_norm_backward(TensorView<E, BM, dyn> &dx,
                                         const TensorView<E, dyn, dyn> &dy,
                                         const TensorView<E, dyn, dyn> &x,
                                         const TensorView<C, dyn> &rstd,
                                         const TensorView<E, dyn> &weight) {
  i64 m = tile_block_id().x, width = x.extent(1);
  check(dx.extent(1) == width, "a block has whole rows of dx");
  check(dy.shape() == x.shape() && weight.extent(0) == width,
        "dy has the shape of x, and weight its width");
  auto px = partition<BM, BN>(x), pdy = partition<BM, BN>(dy);
  auto pw = partition<BN>(weight);
  auto pdx = partition_mut<BM, BN>(dx);
  auto scale = unsqueeze<1>(load_tile<BM>(rstd, m));
  auto normalAt = [&](auto n) { return widen(px.load(m, n)) * scale; };
  auto gradientAt = [&](auto n) {
    return widen(pdy.load(m, n)) * widen(pw.load(n));
  };

  auto product = zeros<C, BM, 1>();
  for (auto n : num_tiles(px, 1))
    product += sum<1>(gradientAt(n) * normalAt(n));
  for (auto n : num_tiles(px, 1)) {
    auto mixed = normalAt(n) * product / width;
    pdx.store(convert<E>((gradientAt(n) - mixed) * scale), 0, n);
  }
}

/// The gradient of rms_norm's weight:
///   dweight[j] = sum over i of dy[i, j] x[i, j] rstd[i].
///
/// A block goes down BN columns alone: no atomics, the same bits each time.
/// \param dweight [N], launched with dweight.partition({BN}).
/// \param dy [M, N], the gradient of y.
/// \param x [M, N].
/// \param rstd [M], of the forward pass.
template <int BM, int BN, FloatElement E = f16, FloatElement C = Compute<E>>
[[cutile::entry]] void rms_norm_backward_weight(
    TensorView<E, BN> &dweight, const TensorView<E, dyn, dyn> &dy,
    const TensorView<E, dyn, dyn> &x, const TensorView<C, dyn> &rstd) {
  i64 n = tile_block_id().x;
  check(dy.shape() == x.shape() && rstd.extent(0) == x.extent(0),
        "dy has the shape of x, and rstd its rows");
  auto px = partition<BM, BN>(x), pdy = partition<BM, BN>(dy);
  auto prstd = partition<BM>(rstd);
  auto weights = zeros<C, 1, BN>();
  for (auto m : num_tiles(px, 0)) {
    auto scale = unsqueeze<1>(prstd.load(m));
    weights += sum<0>(widen(pdy.load(m, n)) * widen(px.load(m, n)) * scale);
  }
  dweight.store(convert<E>(squeeze<0>(weights)));
}

} // namespace kernels
} // namespace cutile
