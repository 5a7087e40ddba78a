// Layer normalisation as a kernel of cuTile Python would have it: one row a
// block, tiles by index and shape.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y = (x - mean) / sqrt(variance + eps) * weight + bias for rows of at most N
/// elements.
template <int N>
[[cutile::entry]] void layerNorm(TensorView<f32, 1, N> &y,
                                 const TensorView<f32, dyn, dyn> &x,
                                 const TensorView<f32, dyn> &weight,
                                 const TensorView<f32, dyn> &bias, f32 eps) {
  int row = tile_block_id().x;
  i64 width = x.extent(1);
  auto tile = x.load_tile<1, N>(row, 0);
  auto mean = sum<1>(tile) / width;
  auto centred = where(iota<i32, N>() < width, tile - mean, 0);
  auto variance = sum<1>(centred * centred) / width;
  y.store(centred * rsqrt(variance + eps) * weight.load_tile<N>(0) +
          bias.load_tile<N>(0));
}
} // namespace kernels

int main() {
  ferro::manual_seed(5);
  auto x = ferro::randn<float>({4, 10}), y = ferro::zeros<float>({4, 10});
  auto weight = ferro::randn<float>({10}), bias = ferro::randn<float>({10});
  cutile::launch<kernels::layerNorm<16>>(y.partition({1, 16}), x, weight, bias,
                                         1e-5f)
      .sync();
  auto centred = x - ferro::mean(x, {1}, true);
  auto variance = ferro::mean(centred * centred, {1}, true);
  auto expected = centred * ferro::rsqrt(variance + 1e-5f) * weight + bias;
  std::cout << (ferro::amax(ferro::abs(y - expected)).item() < 1e-5f) << '\n';
}
