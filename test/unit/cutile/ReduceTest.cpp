#include "cutile/Reduce.h"

#include "RandomTile.h"

#include <cmath>
#include <functional>
#include <numeric>

using namespace cutile;
using namespace cutile::testing;

namespace {

constexpr int A = 2, B = 4, C = 8;
const auto cube = randomTile<i32, A, B, C>(1);

/// The elements of a line of the cube: axis k runs, the others are at i and j.
template <int axis>
std::vector<i32> line(const Tile<i32, A, B, C> &x, int i, int j) {
  std::vector<i32> values;
  for (int k = 0; k < x.shape()[axis]; ++k) {
    int a = axis == 0 ? k : i, b = axis == 1 ? k : (axis == 0 ? i : j),
        c = axis == 2 ? k : j;
    values.push_back(x.storage()[(a * B + b) * C + c]);
  }
  return values;
}

/// Neither commutative nor with an identity: shows order, axis and start.
struct Horner {
  i32 operator()(i32 a, i32 b) const {
    return static_cast<i32>(31u * static_cast<u32>(a) + static_cast<u32>(b));
  }
};

template <int axis> void expectReduce() {
  auto result = reduce<axis>(cube, 7, Horner{});
  static_assert(result.rank == 2 &&
                result.size == cube.size / TileShape<A, B, C>::extent(axis));
  constexpr int columns = axis == 2 ? B : C;
  for (int n = 0; n < result.size; ++n) {
    auto values = line<axis>(cube, n / columns, n % columns);
    ASSERT_EQ(result.storage()[n],
              std::accumulate(values.begin(), values.end(), 7, Horner{}));
  }
}

template <int axis, Direction R, Inclusion I> void expectScan() {
  auto result = scan<axis>(cube, 7, Horner{}, Mode<R>{}, Mode<I>{});
  constexpr int columns = axis == 2 ? B : C;
  for (int n = 0; n < cube.size / cube.shape()[axis]; ++n) {
    auto values = line<axis>(cube, n / columns, n % columns);
    auto found = line<axis>(result, n / columns, n % columns);
    if (R == Direction::Reverse) {
      std::reverse(values.begin(), values.end());
      std::reverse(found.begin(), found.end());
    }
    std::vector<i32> expected(values.size());
    if (I == Inclusion::Inclusive)
      std::inclusive_scan(values.begin(), values.end(), expected.begin(),
                          Horner{}, 7);
    else
      std::exclusive_scan(values.begin(), values.end(), expected.begin(), 7,
                          Horner{});
    ASSERT_EQ(found, expected);
  }
}

template <int axis> void expectScans() {
  expectScan<axis, Direction::Forward, Inclusion::Inclusive>();
  expectScan<axis, Direction::Reverse, Inclusion::Inclusive>();
  expectScan<axis, Direction::Forward, Inclusion::Exclusive>();
  expectScan<axis, Direction::Reverse, Inclusion::Exclusive>();
}

} // namespace

// [D094]
TEST(Reduce, ClosuresHonourAxisIdentityAndOrder) {
  expectReduce<0>();
  expectReduce<1>();
  expectReduce<2>();
  EXPECT_EQ(i32(reduce<0>(tileOf<i32, 2>({1, 2}), 0,
                          [](i32 a, i32 b) { return 10 * a + b; })),
            12);
}

// [D095]
TEST(Reduce, ScansHonourAxisIdentityDirectionAndOrder) {
  expectScans<0>();
  expectScans<1>();
  expectScans<2>();
  auto digits = [](i32 a, i32 b) { return 10 * a + b; };
  auto x = tileOf<i32, 4>({1, 2, 3, 4});
  EXPECT_EQ(valuesOf(inclusive_scan<0>(x, 0, digits)),
            (std::vector<i32>{1, 12, 123, 1234}));
  EXPECT_EQ(valuesOf(inclusive_scan<0>(x, 0, digits, direction::reverse)),
            (std::vector<i32>{4321, 432, 43, 4}));
  EXPECT_EQ(valuesOf(exclusive_scan<0>(x, 9, digits)),
            (std::vector<i32>{9, 91, 912, 9123}));
}

// [D096]
TEST(Reduce, ScanSumHonoursAxisIdentityAndDirection) {
  auto x = tileOf<i32, 2, 4>({1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(valuesOf(scan_sum<1>(x)),
            (std::vector<i32>{1, 3, 6, 10, 5, 11, 18, 26}));
  EXPECT_EQ(valuesOf(scan_sum<0>(x, direction::reverse, 100)),
            (std::vector<i32>{106, 108, 110, 112, 105, 106, 107, 108}));
  EXPECT_EQ(valuesOf(partial_sum<1>(x, direction::reverse)),
            (std::vector<i32>{10, 9, 7, 4, 26, 21, 15, 8}));
  EXPECT_EQ(valuesOf(partial_prod<1>(x)),
            (std::vector<i32>{1, 2, 6, 24, 5, 30, 210, 1680}));
}

namespace {
template <typename E> class Reduction : public ::testing::Test {};
using Reduced =
    Elements<i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32, f64>;
TYPED_TEST_SUITE(Reduction, Reduced);
} // namespace

// [D093]
TYPED_TEST(Reduction, NamedReductionsKeepTheAxis) {
  using E = TypeParam;
  auto x = reference::generate<Tile<E, 2, 4>>(
      [](int i) { return static_cast<E>(static_cast<f32>(i * 5 % 7 + 1)); });
  Tile<E, 2, 1> total = sum<1>(x), product = prod<1>(x);
  Tile<E, 1, 4> least = reduce_min<0>(x), most = reduce_max<0>(x);
  auto numbers = [](auto tile) {
    std::vector<int> values;
    for (E e : valuesOf(tile))
      values.push_back(static_cast<int>(static_cast<f32>(e)));
    return values;
  };
  // The rows are 1 6 4 2 and 7 5 3 1.
  EXPECT_EQ(numbers(total), (std::vector<int>{13, 16}));
  EXPECT_EQ(numbers(product), (std::vector<int>{48, 105}));
  EXPECT_EQ(numbers(least), (std::vector<int>{1, 5, 3, 1}));
  EXPECT_EQ(numbers(most), (std::vector<int>{7, 6, 4, 2}));
  EXPECT_EQ(numbers(sum(x)), (std::vector<int>{29}));
  EXPECT_EQ(numbers(reduce_max(x)), (std::vector<int>{7}));
}

// [D093] [E19]
TEST(Reduce, TheSeedsFormsDropTheAxis) {
  auto x = tileOf<f32, 2, 2>({1, 2, 3, 4});
  Tile<f32, 2> s = reduce_sum(x, dim<0>), p = reduce_prod(x, dim<1>),
               l = reduce_min(x, dim<1>), m = reduce_max(x, dim<0>);
  EXPECT_EQ(valuesOf(s), (std::vector<f32>{4, 6}));
  EXPECT_EQ(valuesOf(p), (std::vector<f32>{2, 12}));
  EXPECT_EQ(valuesOf(l), (std::vector<f32>{1, 3}));
  EXPECT_EQ(valuesOf(m), (std::vector<f32>{3, 4}));
}

TEST(Reduce, SeveralAxesAtOnce) {
  auto x = iota<i32, 2, 4, 8>();
  Tile<i32, 1, 4, 1> s = sum<0, 2>(x);
  for (int b = 0; b < 4; ++b) {
    int expected = 0;
    for (int a = 0; a < 2; ++a)
      for (int c = 0; c < 8; ++c)
        expected += (a * 4 + b) * 8 + c;
    EXPECT_EQ(s.storage()[b], expected);
  }
  EXPECT_EQ(i32(sum(x)), 63 * 32);
}

TEST(Reduce, SumsOfHalvesRoundOnce) {
  // In f16 the sum would stay at 2048, where 1 is half a unit.
  EXPECT_EQ(f32(f16(sum(full<f16, 4096>(1)))), 4096.f);
  EXPECT_EQ(f32(partial_sum<0>(full<bf16, 1024>(1)).storage()[1023]), 1024.f);
  // In f32 the small ones would be lost.
  auto x = reference::generate<Tile<f32, 4>>(
      [](int i) { return i == 0 ? 0x1p24f : 0.75f; });
  EXPECT_EQ(f32(sum(x)), 0x1p24f + 2);
}

TEST(Reduce, ExtremesAtTheEndsOfTheTypes) {
  EXPECT_EQ(f32(reduce_max(full<f32, 2>(-INFINITY))), -INFINITY);
  EXPECT_EQ(f32(reduce_min(tileOf<f32, 2>({NAN, 3}))), 3.f);
  EXPECT_EQ(i64(reduce_max(full<i64, 2>(std::numeric_limits<i64>::min()))),
            std::numeric_limits<i64>::min());
  EXPECT_EQ(u8(reduce_min(full<u8, 2>(255))), 255);
  EXPECT_EQ(i8(reduce_min(full<i8, 2>(127))), 127);
}

TEST(Reduce, BitsAndTruths) {
  auto x = tileOf<u8, 4>({0b1100, 0b0110, 0b1110, 0b0100});
  EXPECT_EQ(u8(reduce_bitand(x)), 0b0100);
  EXPECT_EQ(u8(reduce_bitor(x)), 0b1110);
  EXPECT_EQ(u8(reduce_bitxor(x)), 0b0000);
  auto mask = tileOf<bool, 2, 2>({true, true, false, true});
  EXPECT_EQ(valuesOf(all_of<1>(mask)), (std::vector<bool>{1, 0}));
  EXPECT_EQ(valuesOf(any_of<0>(mask)), (std::vector<bool>{1, 1}));
  EXPECT_EQ(valuesOf(none_of<1>(!mask)), (std::vector<bool>{1, 0}));
  EXPECT_TRUE(any_of(mask));
  EXPECT_FALSE(all_of(mask));
}

TEST(Reduce, ArgmaxAndArgminTakeTheFirst) {
  auto x = tileOf<f32, 2, 4>({1, 5, 5, 0, NAN, -2, -3, -3});
  Tile<i32, 2, 1> most = argmax<1>(x), least = argmin<1>(x);
  EXPECT_EQ(valuesOf(most), (std::vector<i32>{1, 1}));
  EXPECT_EQ(valuesOf(least), (std::vector<i32>{3, 2}));
  EXPECT_EQ(valuesOf(argmax<0>(x)), (std::vector<i32>{0, 0, 0, 0}));
  EXPECT_EQ(i32(argmin(x)), 6);
  EXPECT_EQ(i32(argmax(full<f32, 4>(NAN))), 0);
  auto y = randomTile<u16, 8, 16>(5);
  auto found = argmax<0>(y);
  for (int c = 0; c < 16; ++c) {
    std::vector<u16> column;
    for (int r = 0; r < 8; ++r)
      column.push_back(y.storage()[r * 16 + c]);
    ASSERT_EQ(found.storage()[c],
              std::max_element(column.begin(), column.end()) - column.begin());
  }
}

TEST(Reduce, SoftmaxReadsLikeItsFormula) {
  auto x = randomTile<f32, 4, 8>(6) / 16.0;
  auto e = exp(x - reduce_max<1>(x));
  auto y = e / sum<1>(e);
  for (f32 total : valuesOf(sum<1>(y)))
    EXPECT_NEAR(total, 1, 1e-6);
}
