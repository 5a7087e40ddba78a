#include "cutile/Compare.h"

#include "RandomTile.h"

#include <cmath>

using namespace cutile;
using namespace cutile::testing;

// [D126]
TEST(Compare, CmpiFollowsTheSignednessOfTheType) {
  auto a = tileOf<i8, 4>({-1, 1, 5, 5}), b = tileOf<i8, 4>({1, -1, 5, 6});
  EXPECT_EQ(valuesOf(cmpi(a, b, predicate::lt)),
            (std::vector<bool>{1, 0, 0, 1}));
  EXPECT_EQ(valuesOf(cmpi(a, b, predicate::le)),
            (std::vector<bool>{1, 0, 1, 1}));
  EXPECT_EQ(valuesOf(cmpi(a, b, predicate::gt)),
            (std::vector<bool>{0, 1, 0, 0}));
  EXPECT_EQ(valuesOf(cmpi(a, b, predicate::ge)),
            (std::vector<bool>{0, 1, 1, 0}));
  EXPECT_EQ(valuesOf(cmpi(a, b, predicate::eq)),
            (std::vector<bool>{0, 0, 1, 0}));
  EXPECT_EQ(valuesOf(cmpi(a, b, predicate::ne)),
            (std::vector<bool>{1, 1, 0, 1}));
  EXPECT_TRUE(cmpi(Tile<u8>(255), Tile<u8>(1), predicate::gt));
  EXPECT_TRUE(cmpi(Tile<bool>(false), Tile<bool>(true), predicate::lt));
}

// [D127]
TEST(Compare, CmpfSaysWhatNanGives) {
  auto a = tileOf<f32, 4>({1, 2, NAN, -0.f});
  auto b = tileOf<f32, 4>({2, 2, 1, 0.f});
  EXPECT_EQ(valuesOf(cmpf(a, b, predicate::lt)),
            (std::vector<bool>{1, 0, 0, 0}));
  EXPECT_EQ(valuesOf(cmpf(a, b, predicate::eq)),
            (std::vector<bool>{0, 1, 0, 1}));
  EXPECT_EQ(valuesOf(cmpf(a, b, predicate::ne, ordered)),
            (std::vector<bool>{1, 0, 0, 0}));
  EXPECT_EQ(valuesOf(cmpf(a, b, predicate::gt, unordered)),
            (std::vector<bool>{0, 0, 1, 0}));
  EXPECT_EQ(valuesOf(cmpf(a, b, predicate::le, unordered)),
            (std::vector<bool>{1, 1, 1, 1}));
  EXPECT_TRUE(cmpf(Tile<f16>(2), Tile<f16>(1), predicate::ge));
}

namespace {
template <typename E> class Comparison : public ::testing::Test {};
using Compared = Elements<bool, i16, u32, i64, f16, bf16, f32, f64>;
TYPED_TEST_SUITE(Comparison, Compared);
} // namespace

// [D128]
TYPED_TEST(Comparison, TheSixNamesMeanWhatCxxMeans) {
  using E = TypeParam;
  auto a = randomTile<E, 1024>(3), b = randomTile<E, 1024>(4);
  auto expect = [&](const Tile<bool, 1024> &result, auto compare) {
    for (int i = 0; i < 1024; ++i)
      ASSERT_EQ(result.storage()[i], compare(a.storage()[i], b.storage()[i]));
  };
  expect(eq_tile(a, b), [](E x, E y) { return x == y; });
  expect(ne_tile(a, b), [](E x, E y) { return x != y; });
  expect(gt_tile(a, b), [](E x, E y) { return x > y; });
  expect(ge_tile(a, b), [](E x, E y) { return x >= y; });
  expect(lt_tile(a, b), [](E x, E y) { return x < y; });
  expect(le_tile(a, b), [](E x, E y) { return x <= y; });
}

// [D128]
TEST(Compare, NanDiffersFromItself) {
  Tile<f64> nan = NAN;
  EXPECT_TRUE(ne_tile(nan, nan));
  EXPECT_FALSE(eq_tile(nan, nan));
  EXPECT_FALSE(ge_tile(nan, nan));
}

// [D091]
TEST(Compare, SelectTakesFromTheFirstWhereTrue) {
  auto condition = tileOf<bool, 4>({true, false, false, true});
  auto a = tileOf<i32, 4>({1, 2, 3, 4}), b = tileOf<i32, 4>({10, 20, 30, 40});
  EXPECT_EQ(valuesOf(select(condition, a, b)),
            (std::vector<i32>{1, 20, 30, 4}));
  Tile<f8e4m3> x = f8e4m3{1}, y = f8e4m3{2};
  EXPECT_EQ(f8e4m3(select(Tile<bool>(false), x, y)), f8e4m3{2});
}
