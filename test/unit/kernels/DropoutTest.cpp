#include "cutile/kernels/Dropout.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

template <typename E>
ferro::Tensor<E> dropped(const ferro::Tensor<E> &x, f32 p, u64 seed) {
  auto y = ferro::full<E>(x.shape(), 9);
  run<kernels::dropout<32, E>>(y.partition({32}), x, p, seed);
  return y;
}

template <typename E> void expectKeptOnesScaled() {
  for (std::int64_t n : {0, 1, 32, 77}) {
    auto x = ferro::add(random<E>({n}, 1), E(2));
    auto y = dropped(x, 0.25f, 3);
    auto expected = wide(x);
    for (std::int64_t i = 0; i < n; ++i) {
      f32 u = uniform(3, Tile<i64>(i));
      expected[static_cast<std::size_t>(i)] *= u < 0.25f ? 0 : 1 / 0.75;
    }
    expectNear(y, expected);
  }
}

} // namespace

// [I22]
TEST(Dropout, KeptElementsAreScaled) {
  expectKeptOnesScaled<f32>();
  expectKeptOnesScaled<f64>();
  expectKeptOnesScaled<f16>();
  expectKeptOnesScaled<bf16>();
}

// [I22]
TEST(Dropout, TheGradientHasTheMaskOfTheOutput) {
  auto x = ferro::full<f32>({500}, 3), dy = random<f32>({500}, 2);
  auto y = dropped(x, 0.5f, 11), dx = dropped(dy, 0.5f, 11);
  for (std::size_t i = 0; i < 500; ++i)
    ASSERT_EQ(y.data()[i] == 0, dx.data()[i] == 0) << i;
  EXPECT_NE(dropped(x, 0.5f, 12).to_vector(), y.to_vector());
}

// Four standard deviations of 10000 throws are 0.0184.
TEST(Dropout, TheShareOfDroppedElementsIsP) {
  auto y = dropped(ferro::ones<f32>({10000}), 0.3f, 5);
  auto values = y.to_vector();
  auto zeros = std::count(values.begin(), values.end(), 0.f);
  EXPECT_NEAR(static_cast<double>(zeros) / 10000, 0.3, 0.0184);
}

TEST(Dropout, NothingAndEverythingMayBeDropped) {
  auto x = random<f32>({77}, 1);
  EXPECT_EQ(dropped(x, 0, 1).to_vector(), x.to_vector());
  EXPECT_EQ(dropped(x, 1, 1).to_vector(), std::vector<f32>(77, 0));
  for (f32 p : {-0.1f, 1.1f, std::nanf("")})
    EXPECT_FERRO_CODE(dropped(x, p, 1), ferro::Code::InvalidArgument);
}
