// Rows of any length in tiles of a fixed one: each row minus its mean, divided
// by its standard deviation.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int BN>
[[cutile::entry]] void standardized(TensorView<f32, 1, dyn> &y, // one row
                                    const TensorView<f32, dyn, dyn> &x) {
  int row = tile_block_id().x;
  i64 width = x.extent(1);
  auto from = x.partition<1, BN>(); // beyond the edge there are zeros
  auto to = y.partition_mut<1, BN>();

  auto total = zeros<f32, 1, 1>();
  for (auto n : num_tiles(from, 1))
    total += sum<1>(from.load(row, n));
  auto mean = total / width;

  auto squares = zeros<f32, 1, 1>();
  for (auto n : num_tiles(from, 1)) {
    auto isInside = iota<i64, BN>() + n * BN < width;
    auto deviation = where(isInside, from.load(row, n) - mean, 0);
    squares += sum<1>(deviation * deviation);
  }
  auto scale = rsqrt(squares / width + 1e-6);

  for (auto n : num_tiles(to, 1)) // beyond the edge nothing is stored
    to.store((from.load(row, n) - mean) * scale, 0, n);
}
} // namespace kernels

int main() {
  ferro::manual_seed(1);
  auto x = ferro::randn<float>({3, 37}), y = ferro::zeros<float>({3, 37});
  cutile::launch<kernels::standardized<16>>(y.partition({1, 37}), x).sync();
  auto mean = ferro::mean(y, {1}), square = ferro::mean(y * y, {1});
  for (int row = 0; row < 3; ++row)
    std::cout << (std::abs(mean.data()[row]) < 1e-5) << ' '
              << (std::abs(square.data()[row] - 1) < 1e-5) << '\n';
}
