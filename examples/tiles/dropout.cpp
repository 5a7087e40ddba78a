// Dropout: the mask is a function of the seed, so that the gradient's launch
// makes it again.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y[i] = 0 with probability p, else x[i] / (1 - p).
template <int B>
[[cutile::entry]] void dropout(TensorView<f32, B> &y,
                               const TensorView<f32, dyn> &x, f32 p, u64 seed) {
  auto index = iota<i64, B>() + i64{tile_block_id().x} * B;
  auto isDropped = uniform(seed, index) < p;
  y.store(select(isDropped, 0, load_tile_like(x, y) / (1 - p)));
}
} // namespace kernels

int main() {
  const float p = 0.25;
  const std::uint64_t seed = 42;
  auto dropout = [&](const ferro::Tensor<float> &x) {
    auto y = ferro::zeros_like(x);
    cutile::launch<kernels::dropout<64>>(y.partition({64}), x, p, seed).sync();
    return y;
  };
  auto y = dropout(ferro::ones<float>({1000}));
  auto dx = dropout(ferro::full<float>({1000}, 3)); // of a gradient of threes
  auto isKept = ferro::gt(y, 0), isKeptInGradient = ferro::gt(dx, 0);
  std::cout << "kept " << ferro::sum(isKept.to<float>()).item() << " of 1000, "
            << (isKept.to_vector() == isKeptInGradient.to_vector()
                    ? "the same in the gradient\n"
                    : "others in the gradient\n");
}
