#include "cutile/Operators.h"

#include "RandomTile.h"

#include <cmath>

using namespace cutile;
using namespace cutile::testing;

namespace {
template <typename T, typename X> constexpr bool is(const X &) {
  return std::same_as<T, X>;
}

const auto floats = randomTile<f32, 4, 8>(1), others = randomTile<f32, 4, 8>(2);
const auto ints = randomTile<i32, 4, 8>(3), powers = iota<i32, 4, 8>();

template <typename R, typename A, typename B, typename F>
void expectEach(const R &result, const A &a, const B &b, F f) {
  for (int i = 0; i < R::size; ++i)
    ASSERT_EQ(result.storage()[i], static_cast<typename R::element_type>(
                                       f(a.storage()[i], b.storage()[i])));
}
} // namespace

// [D102]
TEST(Operators, ArithmeticOnTilesOfOneType) {
  expectEach(floats + others, floats, others,
             [](f32 a, f32 b) { return a + b; });
  expectEach(floats - others, floats, others,
             [](f32 a, f32 b) { return a - b; });
  expectEach(floats * others, floats, others,
             [](f32 a, f32 b) { return a * b; });
  expectEach(floats / (others + 0.03125f), floats, others,
             [](f32 a, f32 b) { return a / (b + 0.03125f); });
  expectEach(floats % (others + 0.03125f), floats, others,
             [](f32 a, f32 b) { return std::fmod(a, b + 0.03125f); });
  expectEach(ints + powers, ints, powers,
             [](i32 a, i32 b) { return i64{a} + b; });
  expectEach(ints / (powers + 1), ints, powers,
             [](i32 a, i32 b) { return a / (b + 1); });
  expectEach(ints % (powers + 1), ints, powers,
             [](i32 a, i32 b) { return a % (b + 1); });
}

TEST(Operators, PlacesOfTilesAreNumbers) {
  TileCount count(3);
  auto wide = iota<i64, 4>();
  for (auto place : count) {
    expectEach(wide + place, wide, wide, [&](i64 a, i64) { return a + place; });
    expectEach(place * wide, wide, wide, [&](i64 a, i64) { return a * place; });
    expectEach(wide < place, wide, wide, [&](i64 a, i64) { return a < place; });
  }
  expectEach(min(wide, count), wide, wide,
             [](i64 a, i64) { return a < 3 ? a : 3; });
}

// [D102]
TEST(Operators, BitsAndShiftsOnTilesOfOneType) {
  expectEach(ints & powers, ints, powers, [](i32 a, i32 b) { return a & b; });
  expectEach(ints | powers, ints, powers, [](i32 a, i32 b) { return a | b; });
  expectEach(ints ^ powers, ints, powers, [](i32 a, i32 b) { return a ^ b; });
  expectEach(ints << powers, ints, powers,
             [](i32 a, i32 b) { return i64{a} << b; });
  expectEach(ints >> powers, ints, powers, [](i32 a, i32 b) { return a >> b; });
  expectEach(~ints, ints, ints, [](i32 a, i32) { return ~a; });
  expectEach(-floats, floats, floats, [](f32 a, f32) { return -a; });
}

// [D103]
TEST(Operators, ComparisonsAndLogicGiveBool) {
  auto below = floats < others, above = floats > 0.f;
  static_assert(std::same_as<decltype(below), Tile<bool, 4, 8>>);
  expectEach(below, floats, others, [](f32 a, f32 b) { return a < b; });
  expectEach(floats >= others, floats, others,
             [](f32 a, f32 b) { return a >= b; });
  expectEach(ints == powers, ints, powers, [](i32 a, i32 b) { return a == b; });
  expectEach(ints != 0, ints, ints, [](i32 a, i32) { return a != 0; });
  expectEach(below && above, floats, others,
             [](f32 a, f32 b) { return a < b && a > 0; });
  expectEach(below || !above, floats, others,
             [](f32 a, f32 b) { return a < b || a <= 0; });
}

// [D103]
TEST(Operators, NumbersInTilesWithoutAxesAreNumbers) {
  Tile<i32> three = 3;
  Tile<f32> half = 0.5f;
  i32 four = three + 1;
  EXPECT_EQ(four, 4);
  EXPECT_TRUE(three < 4 && 2 <= three && three == 3);
  static_assert(std::same_as<decltype(half + 2.0), double>);
  EXPECT_EQ(half + 2.0, 2.5);
  EXPECT_EQ(half * three, 1.5f);
}

TEST(Operators, AssigningOperatorsKeepTheType) {
  Tile<f32, 4> x = ones<f32, 4>();
  x += 2.0;
  x *= iota<i32, 4>();
  EXPECT_EQ(valuesOf(x), (std::vector<f32>{0, 3, 6, 9}));
  Tile<u8, 2> bits = full<u8, 2>(1);
  bits <<= 3;
  bits |= 1;
  EXPECT_EQ(valuesOf(bits), (std::vector<u8>{9, 9}));
}

TEST(Operators, ShapesBroadcastAsInNumPy) {
  auto row = tileOf<f32, 4>({1, 2, 3, 4});
  auto column = tileOf<f32, 2, 1>({10, 20});
  auto table = column + row;
  static_assert(std::same_as<decltype(table), Tile<f32, 2, 4>>);
  EXPECT_EQ(valuesOf(table),
            (std::vector<f32>{11, 12, 13, 14, 21, 22, 23, 24}));
  auto cube = reshape<2, 1, 1>(column) * table;
  static_assert(std::same_as<decltype(cube), Tile<f32, 2, 2, 4>>);
  EXPECT_EQ(cube.storage()[8 + 4], 20 * 21);
}

TEST(Operators, TilesMeetInTheTypeOfTheUsualConversions) {
  auto of = []<typename E>(E) { return ones<E, 4>(); };
  EXPECT_TRUE((is<Tile<i16, 4>>(of(i16{}) + of(i16{}))));
  EXPECT_TRUE((is<Tile<i64, 4>>(of(i64{}) + of(u32{}))));
  EXPECT_TRUE((is<Tile<u32, 4>>(of(i32{}) + of(u32{}))));
  EXPECT_TRUE((is<Tile<f16, 4>>(of(i64{}) + of(f16{}))));
  EXPECT_TRUE((is<Tile<f32, 4>>(of(bf16{}) + of(f32{}))));
  EXPECT_TRUE((is<Tile<i8, 4>>(of(true) + of(i8{}))));
  static_assert(!detail::ElementsMeet<f16, bf16> &&
                !detail::ElementsMeet<f8e4m3, f8e5m2>);
  EXPECT_EQ(valuesOf(full<i32, 2>(-1) + full<u32, 2>(0)),
            std::vector<u32>(2, 0xffffffffu));
}

TEST(Operators, NumbersBecomeElementsOfTheTile) {
  auto half = ones<f16, 4>();
  auto bytes = full<u8, 4>(3);
  int n = 5;
  long long wide = 7;
  i8 small = -1;
  EXPECT_TRUE((is<Tile<f16, 4>>(half * n)));
  EXPECT_TRUE((is<Tile<f32, 4>>(ones<f32, 4>() + wide)));
  EXPECT_TRUE((is<Tile<i64, 4>>(ones<i64, 4>() + n)));
  EXPECT_TRUE((is<Tile<i32, 4>>(ones<i32, 4>() + small)));
  EXPECT_TRUE((is<Tile<f32, 4>>(true + ones<f32, 4>())));
  static_assert(!detail::WithoutNarrowing<f64, f32> &&
                !detail::WithoutNarrowing<i32, u32> &&
                !detail::WithoutNarrowing<i32, i16> &&
                !detail::WithoutNarrowing<f32, i32> &&
                !detail::WithoutNarrowing<f16, bf16> &&
                !detail::WithoutNarrowing<u32, i32> &&
                detail::WithoutNarrowing<u32, i64> &&
                detail::WithoutNarrowing<i64, f16>);
  EXPECT_EQ(valuesOf(bytes + '\1'), std::vector<u8>(4, 4));
}

TEST(Operators, LiteralsAdoptTheTypeOfTheTile) {
  auto half = ones<f16, 4>();
  EXPECT_TRUE((is<Tile<f16, 4>>(2.5 * half)));
  EXPECT_TRUE((is<Tile<u8, 4>>(ones<u8, 4>() + 255)));
  EXPECT_TRUE((is<Tile<bf16, 4>>(max(0.0, ones<bf16, 4>()))));
  EXPECT_EQ(valuesOf(ones<u8, 4>() + 255), std::vector<u8>(4, 0));
  EXPECT_EQ(f32((half * 0.1).storage()[0]), f32(f16(0.1f)));
  // Half a unit in the last place of 1, and less than a float shows above it.
  EXPECT_EQ(f32((half * 1.0004882812500003).storage()[0]), 1.0009765625f);
  EXPECT_EQ(valuesOf(ones<u32, 2>() < 2), std::vector<bool>(2, true));
}

TEST(Operators, ComparisonsConvertBothSides) {
  auto x = tileOf<i32, 2>({2, 3});
  EXPECT_EQ(valuesOf(x == 2.5), std::vector<bool>(2, false));
  EXPECT_EQ(valuesOf(x < 2.5), (std::vector<bool>{1, 0}));
  EXPECT_EQ(valuesOf(tileOf<f32, 2>({0.1f, 2}) == 0.1),
            std::vector<bool>(2, false));
  static_assert(
      !detail::ElementsCompare<i32, u32> && !detail::ElementsCompare<u64, i8> &&
      detail::ElementsCompare<i64, u32> && detail::ElementsCompare<u8, i16>);
}

// [D122] [D123]
TEST(Operators, NamedFunctionsOfNumbersGiveNumbers) {
  static_assert(std::same_as<decltype(max(i16{1}, i16{2})), i16>);
  static_assert(std::same_as<decltype(min(1, 2.5)), f64>);
  EXPECT_EQ(max(3, 7), 7);
  EXPECT_EQ(min(-3, 7), -3);
  EXPECT_EQ(add(i8{127}, i8{1}), -128);
  EXPECT_EQ(ceil_div(7, 2), 4);
  EXPECT_EQ(ceil_div(-7, 2), -3);
  EXPECT_EQ(floor_div(-7, 2), -4);
  EXPECT_EQ(cutile::exp(0.f), 1.f);
}

template <typename E> static void expectExtremes() {
  auto a = randomTile<E, 64>(1), b = randomTile<E, 64>(2);
  auto larger = valuesOf(max(a, b)), smaller = valuesOf(min(a, b));
  auto x = valuesOf(a), y = valuesOf(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(larger[i], x[i] < y[i] ? y[i] : x[i]);
    EXPECT_EQ(smaller[i], x[i] < y[i] ? x[i] : y[i]);
  }
}

// [D135]
TEST(Operators, MaxAndMinTakeTilesOfEveryType) {
  expectExtremes<i8>();
  expectExtremes<u8>();
  expectExtremes<i64>();
  expectExtremes<u64>();
  expectExtremes<f16>();
  expectExtremes<bf16>();
  expectExtremes<f64>();
}

// [D115] [D119]
TEST(Operators, NamedIntegerFunctions) {
  auto x = tileOf<i32, 4>({7, -7, 8, -8});
  EXPECT_EQ(valuesOf(ceil_div(x, 2)), (std::vector<i32>{4, -3, 4, -4}));
  EXPECT_EQ(valuesOf(floor_div(x, 2)), (std::vector<i32>{3, -4, 4, -4}));
  EXPECT_EQ(valuesOf(remainder(x, 4)), (std::vector<i32>{3, -3, 0, 0}));
  EXPECT_EQ(valuesOf(abs(x)), (std::vector<i32>{7, 7, 8, 8}));
  auto a = randomTile<i32, 256>(1), b = randomTile<i32, 256>(2);
  expectEach(mul_hi(a, b), a, b, [](i32 p, i32 q) { return i64{p} * q >> 32; });
}

TEST(Operators, ModesReachTheOperation) {
  EXPECT_EQ(add(1.f, 0x1p-30f, rounding::toward_positive), 1 + 0x1p-23f);
  EXPECT_EQ(valuesOf(mul(full<f32, 2>(0x1p-100f), 0x1p-30f,
                         rounding::nearest_even, ftz)),
            std::vector<f32>(2, 0));
  EXPECT_TRUE(std::isnan(max(NAN, 1.f, propagate_nan)));
  EXPECT_EQ(max(NAN, 1.f), 1.f);
  EXPECT_EQ(fma(2.f, 3.f, 1), 7.f);
  EXPECT_EQ(valuesOf(fma(full<f32, 2>(3), 2, full<f32, 1>(1))),
            std::vector<f32>(2, 7));
}

// [D091]
TEST(Operators, SelectLiftsNumbersAndBroadcasts) {
  auto mask = tileOf<bool, 2, 1>({true, false});
  auto row = tileOf<f32, 4>({1, 2, 3, 4});
  EXPECT_EQ(valuesOf(select(mask, row, 0.0)),
            (std::vector<f32>{1, 2, 3, 4, 0, 0, 0, 0}));
  EXPECT_EQ(valuesOf(where(mask, -1.0, row)),
            (std::vector<f32>{-1, -1, -1, -1, 1, 2, 3, 4}));
  EXPECT_EQ(valuesOf(where(mask, 1, 0)), (std::vector<i32>{1, 0}));
  EXPECT_EQ(valuesOf(clamp(row, 2, 3)), (std::vector<f32>{2, 2, 3, 3}));
}

TEST(Operators, FunctionsOfNumbersApplyToTiles) {
  auto product =
      map([](f32 a, i32 b) { return b > 3 ? a * static_cast<f32>(b) : 0; },
          floats, powers);
  static_assert(std::same_as<decltype(product), Tile<f32, 4, 8>>);
  expectEach(product, floats, powers,
             [](f32 a, i32 b) { return b > 3 ? a * static_cast<f32>(b) : 0; });
  auto column = tileOf<i32, 4, 1>({1, 2, 3, 4});
  auto larger = lift([](i32 a, i32 b) { return a > b; })(powers, column);
  static_assert(std::same_as<decltype(larger), Tile<bool, 4, 8>>);
  EXPECT_EQ(larger.storage()[1], false);
  EXPECT_EQ(larger.storage()[2], true);
}
