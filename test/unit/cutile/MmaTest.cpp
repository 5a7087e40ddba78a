#include "cutile/Mma.h"

#include "RandomTile.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

template <typename A, typename B, typename C> struct Pair {
  using Left = A;
  using Right = B;
  using Sum = C;
};
template <typename P> class Mma : public ::testing::Test {};
using Pairs =
    Elements<Pair<f16, f16, f16>, Pair<f16, f16, f32>, Pair<bf16, bf16, f32>,
             Pair<tf32, tf32, f32>, Pair<f32, f32, f32>, Pair<f64, f64, f64>,
             Pair<f8e4m3, f8e4m3, f16>, Pair<f8e4m3, f8e4m3, f32>,
             Pair<f8e5m2, f8e5m2, f16>, Pair<f8e5m2, f8e5m2, f32>,
             Pair<i8, i8, i32>, Pair<u8, u8, i32>, Pair<i8, u8, i32>,
             Pair<u8, i8, i32>>;
TYPED_TEST_SUITE(Mma, Pairs);

/// Small integers of E that every format holds, so that sums are exact.
template <typename E, int... D> Tile<E, D...> smallTile(unsigned seed) {
  auto random = randomTile<u32, D...>(seed);
  return convert<E>(
      map([](u32 bits) { return static_cast<f32>(bits % 4); }, random));
}
template <typename T> std::vector<f64> numbersOf(const T &x) {
  if constexpr (std::same_as<typename T::element_type, f64>)
    return valuesOf(x);
  else
    return valuesOf(convert<f64>(x));
}

std::vector<f64> product(const std::vector<f64> &a, const std::vector<f64> &b,
                         std::vector<f64> c, std::size_t M, std::size_t K,
                         std::size_t N) {
  for (std::size_t m = 0; m < c.size() / N; ++m)
    for (std::size_t n = 0; n < N; ++n)
      for (std::size_t k = 0; k < K; ++k)
        c[m * N + n] += a[m * K + k] * b[(m / M * K + k) * N + n];
  return c;
}

} // namespace

// [D092] [D141] [D121]
TYPED_TEST(Mma, MultipliesMatricesOfEveryPair) {
  auto a = smallTile<typename TypeParam::Left, 4, 8>(1);
  auto b = smallTile<typename TypeParam::Right, 8, 2>(2);
  auto c = smallTile<typename TypeParam::Sum, 4, 2>(3);
  Tile<typename TypeParam::Sum, 4, 2> result = mma(a, b, c);
  EXPECT_EQ(numbersOf(result),
            product(numbersOf(a), numbersOf(b), numbersOf(c), 4, 8, 2));
}

// [D121] [D141]
TYPED_TEST(Mma, MultipliesBatches) {
  auto a = smallTile<typename TypeParam::Left, 2, 4, 8>(1);
  auto b = smallTile<typename TypeParam::Right, 2, 8, 2>(2);
  auto c = smallTile<typename TypeParam::Sum, 2, 4, 2>(3);
  EXPECT_EQ(numbersOf(mma(a, b, c)),
            product(numbersOf(a), numbersOf(b), numbersOf(c), 4, 8, 2));
}

// [D121]
TEST(MmaInteger, EachOperandHasItsSignedness) {
  auto minus = full<i8, 1, 4>(-128);
  auto all = full<u8, 4, 1>(255);
  EXPECT_EQ(i32(mmai(minus, all, zeros<i32, 1, 1>())), -4 * 128 * 255);
  EXPECT_EQ(i32(mmai(reshape<1, 4>(all), all, zeros<i32, 1, 1>())),
            4 * 255 * 255);
  EXPECT_EQ(i32(mmai(minus, full<i8, 4, 1>(127),
                     full<i32, 1, 1>(std::numeric_limits<i32>::min()))),
            std::numeric_limits<i32>::max() - 4 * 128 * 127 + 1);
}

// [D092]
TEST(MmaFloat, MatmulAccumulatesInTheTypeOfSums) {
  static_assert(
      std::same_as<decltype(matmul(ones<f16, 4, 8>(), ones<f16, 8, 2>())),
                   Tile<f32, 4, 2>>);
  static_assert(
      std::same_as<decltype(matmul(ones<f64, 2, 4, 8>(), ones<f64, 2, 8, 2>())),
                   Tile<f64, 2, 4, 2>>);
  auto product = matmul(full<f16, 1, 4096>(1), full<f16, 4096, 1>(1));
  EXPECT_EQ(f32(product), 4096.f);
  EXPECT_EQ(i32(matmul(full<i8, 1, 2>(-3), full<u8, 2, 1>(200))), -1200);
  EXPECT_EQ(f32(f16(mmaf(full<f16, 1, 4096>(1), full<f16, 4096, 1>(1),
                         zeros<f16, 1, 1>()))),
            4096.f);
}

// [D142]
TEST(MmaFloat, ScalesBelongToBlocksOfK) {
  auto number = []<typename E>(E, auto list) { return convert<E>(list); };
  auto a = number(f4e2m1{}, tileOf<f32, 2, 4>({1, 2, 3, 4, 0.5, -1, 6, 1}));
  auto b = number(f8e4m3{}, tileOf<f32, 4, 1>({1, 2, 4, 8}));
  auto scaleA = number(f8e8m0{}, tileOf<f32, 2, 2>({2, 0.5, 4, 1}));
  auto scaleB = number(f8e8m0{}, tileOf<f32, 2, 1>({1, 8}));
  auto c = tileOf<f32, 2, 1>({100, 200});
  // 100 + 2 (1 + 4) + 0.5 * 8 (12 + 32), 200 + 4 (0.5 - 2) + 8 (24 + 8)
  EXPECT_EQ(valuesOf(mmaf_scaled(a, b, c, scaleA, scaleB)),
            (std::vector<f32>{286, 450}));
  auto fine = number(f8e4m3{}, tileOf<f32, 2, 2>({1.5, 1, 1, 1}));
  auto b4 = number(f4e2m1{}, tileOf<f32, 4, 1>({1, 2, 4, 6}));
  auto one = number(f8e4m3{}, tileOf<f32, 2, 1>({1, 1}));
  // 1.5 (1 + 4) + 12 + 24, 0.5 - 2 + 24 + 6
  EXPECT_EQ(valuesOf(mma_scaled(a, b4, zeros<f32, 2, 1>(), fine, one)),
            (std::vector<f32>{43.5, 28.5}));
}
