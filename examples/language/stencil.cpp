// Tiles at element offsets: a step of the heat equation on a plate whose rim
// is held at zero.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int BM, int BN>
[[cutile::entry]] void heat(TensorView<f32, BM, BN> &y,
                            const TensorView<f32, dyn, dyn> &x, f32 rate) {
  auto [m, n, _] = tile_block_id();
  i64 i = i64{m} * BM, j = i64{n} * BN; // elements, not tiles
  auto here = x.window<BM, BN>(i, j);
  auto around = x.window<BM, BN>(i - 1, j) + x.window<BM, BN>(i + 1, j) +
                x.window<BM, BN>(i, j - 1) + x.window<BM, BN>(i, j + 1);
  y.store(here + rate * (around - 4 * here));
}
} // namespace kernels

int main() {
  auto x = ferro::zeros<float>({5, 7}), y = ferro::zeros<float>({5, 7});
  x.mutable_data()[0] = 16;         // in the corner: some is lost at the rim
  x.mutable_data()[2 * 7 + 3] = 16; // in the middle, where four tiles meet
  cutile::launch<kernels::heat<2, 4>>(y.partition({2, 4}), x, 0.25f).sync();
  std::cout << y << '\n';
}
