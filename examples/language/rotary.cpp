// Parts of tiles: rotary position embedding turns the two halves of each row
// against each other.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// Row r, position r: pair (x[k], x[k + D / 2]) turns by r / 10000^(2 k / D).
/// Source: Su et al.: RoFormer, arXiv:2104.09864.
template <int N, int D>
[[cutile::entry]] void rotary(TensorView<f32, N, D> &y,
                              const TensorView<f32, dyn, D> &x) {
  constexpr int half = D / 2;
  auto tile = load_tile_like(x, y);
  auto first = extract<N, half>(tile, 0, 0); // indices count sub-tiles
  auto second = extract<N, half>(tile, 0, 1);

  auto position = iota<i32, N, 1>() + tile_block_id().x * N;
  auto k = convert<f32>(iota<i32, half>());
  auto frequency = pow(10000, k * (-2.0f / D));
  auto angle = position * frequency; // [N, 1] * [half]
  auto c = cos(angle), s = sin(angle);
  y.store(cat<1>(first * c - second * s, second * c + first * s));
}

/// The two halves of each row in the other order.
template <int N, int D>
[[cutile::entry]] void swapped(TensorView<f32, N, D> &x) {
  auto tile = x.load();
  auto first = extract<N, D / 2>(tile, 0, 0);
  auto second = extract<N, D / 2>(tile, 0, 1);
  x.store(insert(insert(tile, first, 0, 1), second, 0, 0));
}
} // namespace kernels

int main() {
  auto x = ferro::ones<float>({3, 4}), y = ferro::zeros<float>({3, 4});
  cutile::launch<kernels::rotary<2, 4>>(y.partition({2, 4}), x).sync();
  std::cout << y << '\n';

  auto z = ferro::reshape(ferro::arange<float>(8), {2, 4});
  cutile::launch<kernels::swapped<2, 4>>(z.partition({2, 4})).sync();
  std::cout << z << '\n';
}
