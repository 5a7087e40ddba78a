#include "cutile/kernels/Transpose.h"

#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

template <typename E> void expectTransposed(std::int64_t m, std::int64_t n) {
  auto x = random<E>({3, m, n}, 1, 100);
  auto y = ferro::zeros<E>({3, n, m});
  run<kernels::batch_transpose<8, 16, E>>(y.partition({1, 16, 8}), x);
  EXPECT_EQ(y.to_vector(), ferro::permute(x, {0, 2, 1}).to_vector());

  auto matrix = random<E>({m, n}, 2, 100), z = ferro::zeros<E>({n, m});
  run<kernels::transpose<8, 16, E>>(z.partition({16, 8}), matrix);
  EXPECT_EQ(z.to_vector(), ferro::permute(matrix, {1, 0}).to_vector());
}

} // namespace

TEST(Transpose, RowsBecomeColumns) {
  expectTransposed<f32>(13, 37);
  expectTransposed<f16>(37, 13);
  expectTransposed<i8>(8, 16);
  expectTransposed<f64>(1, 1);
  expectTransposed<f32>(0, 5);
}
