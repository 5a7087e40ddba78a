// Softmax in the words of cuTile Rust: shapes ascribed, axes dropped.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int BM, int BN>
[[cutile::entry]] void softmax(TensorView<f32, BM, BN> &y,
                               const TensorView<f32, dyn, dyn> &x) {
  Tile<f32, BM, BN> tile = load_tile_like(x, y, pad::negative_inf);
  Tile<f32, BM> top = reduce_max(tile, dim<1>);
  Tile<f32, BM, 1> column = reshape(top);
  Tile<f32, BM, BN> powers = exp(tile - column); // broadcasts by itself
  Tile<f32, BM> total = reduce_sum(powers, dim<1>);
  store_tile(y, powers / unsqueeze<1>(total));
}
} // namespace kernels

int main() {
  auto x = ferro::tensor<float>({{1, 2, 3}, {3, 3, 3}, {0, 0, 100}});
  auto y = ferro::zeros<float>({3, 3});
  cutile::launch<kernels::softmax<2, 4>>(y.partition({2, 4}), x).sync();
  std::cout << y << '\n';
}
