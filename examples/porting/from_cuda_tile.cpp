// RMS normalisation of rows of any length, with the partitions that take the
// place of spans and masked loads.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y = x / sqrt(mean(x^2) + eps) * weight; sums in f32.
template <int BN>
[[cutile::entry]] void rmsNorm(TensorView<f16, 1, dyn> &y,
                               const TensorView<f16, dyn, dyn> &x,
                               const TensorView<f16, dyn> &weight, f32 eps) {
  int row = tile_block_id().x;
  auto from = x.partition<1, BN>();
  auto weights = weight.partition<BN>();
  auto to = y.partition_mut<1, BN>();
  auto squares = zeros<f32, 1, 1>();
  for (auto n : num_tiles(from, 1)) {
    auto tile = convert<f32>(from.load(row, n));
    squares += sum<1>(tile * tile);
  }
  auto scale = rsqrt(squares / x.extent(1) + eps);
  for (auto n : num_tiles(to, 1))
    to.store(convert<f16>(from.load(row, n) * scale * weights.load(n)), 0, n);
}
} // namespace kernels

int main() {
  ferro::manual_seed(6);
  using ferro::cast, ferro::f16;
  auto x = cast<f16>(ferro::randn<float>({3, 70}));
  auto weight = cast<f16>(ferro::randn<float>({70}));
  auto y = ferro::zeros<f16>({3, 70});
  cutile::launch<kernels::rmsNorm<32>>(y.partition({1, 70}), x, weight, 1e-5f)
      .sync();
  auto wide = cast<float>(x);
  auto scale = ferro::rsqrt(ferro::mean(wide * wide, {1}, true) + 1e-5f);
  auto difference = cast<float>(y) - wide * scale * cast<float>(weight);
  std::cout << (ferro::amax(ferro::abs(difference)).item() < 1e-2f) << '\n';
}
