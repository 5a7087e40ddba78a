// Softmax of rows that fit a tile: one read and one write of each element.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y[i, :] = exp(x[i, :] - top) / sum, BM rows of up to BN columns a block.
template <int BM, int BN>
[[cutile::entry]] void softmax(TensorView<f32, BM, BN> &y,
                               const TensorView<f32, dyn, dyn> &x) {
  check(x.extent(1) <= BN, "a row fits a tile");
  auto tile = load_tile_like(x, y, pad::negative_inf);
  auto e = exp(tile - reduce_max<1>(tile));
  y.store(e / sum<1>(e));
}
} // namespace kernels

int main() {
  // Of logarithms: each row is divided by its sum.
  auto x = ferro::log(ferro::tensor<float>({{1, 2, 1}, {1, 1, 2}, {2, 1, 1}}));
  auto y = ferro::zeros<float>({3, 3});
  cutile::launch<kernels::softmax<2, 4>>(y.partition({2, 4}), x).sync();
  std::cout << y << '\n';
}
