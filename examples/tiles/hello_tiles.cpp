// First steps: each block of a kernel computes one tile of the output.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// z = x + y
template <int B>
[[cutile::entry]] void add(TensorView<f32, B> &z, const TensorView<f32, dyn> &x,
                           const TensorView<f32, dyn> &y) {
  z.store(load_tile_like(x, z) + load_tile_like(y, z));
}

/// y = a x + y
template <int B>
[[cutile::entry]] void saxpy(TensorView<f32, B> &y, f32 a,
                             const TensorView<f32, dyn> &x) {
  y.store(a * load_tile_like(x, y) + y.load());
}
} // namespace kernels

int main() {
  auto x = ferro::arange<float>(10), y = ferro::ones<float>({10});
  auto z = ferro::zeros<float>({10});
  // Three blocks, of which the last stores two elements.
  cutile::launch<kernels::add<4>>(z.partition({4}), x, y).sync();
  std::cout << z << '\n';
  cutile::launch<kernels::saxpy<4>>(y.partition({4}), 0.5f, x).sync();
  std::cout << y << '\n';
}
