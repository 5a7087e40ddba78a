// Random numbers without state: dropout whose mask can be made again.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y = x / (1 - p) with probability 1 - p, else 0.
template <int N>
[[cutile::entry]] void dropout(TensorView<f32, N> &y,
                               const TensorView<f32, dyn> &x, f32 p, u64 seed) {
  auto index = iota<i64, N>() + i64{tile_block_id().x} * N;
  auto isKept = uniform(seed, index) >= p;
  y.store(where(isKept, load_tile_like(x, y) / (1 - p), 0));
}
} // namespace kernels

int main() {
  auto x = ferro::ones<float>({10'000});
  auto y = ferro::zeros<float>({10'000}), z = ferro::zeros<float>({10'000});
  cutile::launch<kernels::dropout<128>>(y.partition({128}), x, 0.25f, 7).sync();
  cutile::launch<kernels::dropout<64>>(z.partition({64}), x, 0.25f, 7).sync();
  std::cout << (std::abs(ferro::mean(y).item() - 1) < 0.02f) << '\n'
            << (y.to_vector() == z.to_vector()) << '\n'; // whatever the tiles
}
