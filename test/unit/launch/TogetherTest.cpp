// Scripts and kernels in one file, with the names of both libraries in sight.
#include "cutile/cutile.h"
#include "ferro/ferro.h"

#include <gtest/gtest.h>

using namespace ferro;
using namespace cutile;

template <int N>
[[cutile::entry]] static void twice(TensorView<f32, N> &y,
                                    const TensorView<f32, dyn> &x) {
  auto tile = load_tile_like(x, y);
  y.store(addf(tile, tile));
}

[[ferro::script]] static Tensor<float> sumOfSquares(Tensor<float> x) {
  return sum(mul(x, x));
}

TEST(Together, TheNamesOfBothAreDistinct) {
  Tensor<float> x = ferro::tensor<float>({1, 2, 3}), y = zeros<float>({3});
  launch<twice<2>>(y.partition({2}), x).sync();
  EXPECT_EQ(sumOfSquares(y).item(), 56);
}
