// Masks made of data: values that are missing or out of range become zero and
// are counted.
#include <cmath>
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int N>
[[cutile::entry]] void repaired(TensorView<f32, N> &y, TensorView<i32, 1> &bad,
                                const TensorView<f32, dyn> &x) {
  auto tile = load_tile_like(x, y);
  auto isBad = isnan(tile) || abs(tile) > 100;
  y.store(where(isBad, 0, tile));
  bad.store(reshape<1>(sum(convert<i32>(isBad))));
}
} // namespace kernels

int main() {
  auto x = ferro::tensor<float>({1, NAN, -3, 1e9f, 5, 6, -101});
  auto y = ferro::zeros<float>({7});
  auto bad = ferro::zeros<std::int32_t>({2}); // one for each block
  cutile::launch<kernels::repaired<4>>(y.partition({4}), bad.partition({1}), x)
      .sync();
  std::cout << y << '\n' << bad << '\n';
}
