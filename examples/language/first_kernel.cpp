// y = a x + y, in tiles of N elements.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int N>
[[cutile::entry]] void axpy(TensorView<f32, N> &y,         // this block's tile
                            const TensorView<f32, dyn> &x, // all of a tensor
                            f32 a) {
  auto tile = load_tile_like(x, y);
  y.store(a * tile + y.load());
}
} // namespace kernels

int main() {
  auto x = ferro::arange<float>(10), y = ferro::ones<float>({10});
  cutile::launch<kernels::axpy<4>>(y.partition({4}), x, 2).sync();
  std::cout << y << '\n'; // [1, 3, 5, ..., 19]
}
