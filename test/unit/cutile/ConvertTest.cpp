#include "cutile/Convert.h"

#include "HardwareRounding.h"
#include "RandomTile.h"
#include "Tiles.h"
#include "ferro/Error.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

// The limits of every integer type, their neighbours, powers of two and random
// patterns, as they are in I.
template <typename I> std::vector<I> integers() {
  std::mt19937_64 random(17);
  std::vector<I> values;
  for (int bit = 0; bit < 64; ++bit)
    for (int step = -1; step <= 1; ++step) {
      values.push_back(
          static_cast<I>((u64{1} << bit) + static_cast<u64>(step)));
      values.push_back(
          static_cast<I>(0 - (u64{1} << bit) + static_cast<u64>(step)));
    }
  for (int i = 0; i < 640; ++i)
    values.push_back(static_cast<I>(random() >> i % 64));
  return values;
}

template <typename F> void forEachInteger(F f) {
  f(i8{}), f(i16{}), f(i32{}), f(i64{});
  f(u8{}), f(u16{}), f(u32{}), f(u64{});
}

template <typename E> void expectFromIntegers() {
  forEachInteger([]<typename I>(I) {
    auto values = integers<I>();
    auto tile = cycle<1024>(values);
    forEachIeeeRounding([&](auto mode) {
      auto result = itof<E>(tile, mode);
      for (int i = 0; i < 1024; ++i) {
        // An x87 long double holds 64-bit integers.
        auto exact = static_cast<long double>(tile.storage()[i]);
        ASSERT_EQ(result.storage()[i],
                  convertedOnMachine<E>(decltype(mode)::value, exact))
            << ElementTraits<I>::name << " " << +tile.storage()[i];
      }
    });
  });
}

/// The integer part of \p x, clamped, without a conversion that can overflow.
template <typename I> I clamped(f64 x) {
  using Limits = std::numeric_limits<I>;
  if (std::isnan(x))
    return 0;
  if (std::trunc(x) <= static_cast<f64>(Limits::min()))
    return Limits::min();
  // 2^bits: the first value beyond, where max() itself may round up to it.
  if (std::trunc(x) >= std::ldexp(1.0, Limits::digits))
    return Limits::max();
  return static_cast<I>(x);
}

template <typename E> void expectToIntegers() {
  std::mt19937_64 random(19);
  std::vector<E> values = edges<E>();
  for (int bit = 0; bit < 66; ++bit)
    for (f64 x : {std::ldexp(1.0, bit) - 0.5, std::ldexp(1.0, bit),
                  std::ldexp(1.0, bit) + 0.5})
      for (f64 sign : {-1, 1})
        values.push_back(convert<E>(sign * x));
  while (values.size() < 2048)
    values.push_back(convert<E>(std::ldexp(
        static_cast<f64>(static_cast<i64>(random())), -int(random() % 70))));
  auto tile = cycle<2048>(values);
  forEachInteger([&]<typename I>(I) {
    auto result = ftoi<I>(tile);
    auto spelled = convert<I>(tile, rounding::toward_zero);
    for (int i = 0; i < 2048; ++i) {
      ASSERT_EQ(result.storage()[i], clamped<I>(tile.storage()[i]))
          << f64(tile.storage()[i]) << " to " << ElementTraits<I>::name;
      ASSERT_EQ(spelled.storage()[i], result.storage()[i]);
    }
  });
}

/// Whether convert agrees with C++ on every element.
template <typename From, typename To>
bool isAsInCpp(const Tile<From, 1024> &x) {
  auto result = convert<To>(x);
  for (int i = 0; i < 1024; ++i)
    if (result.storage()[i] != static_cast<To>(x.storage()[i]))
      return false;
  return true;
}

} // namespace

// [D107]
TEST(Convert, FtofRoundsF64InEveryMode) {
  auto values = Operands<f64, 8192>::make(23).b;
  std::mt19937_64 random(29);
  auto inRange = reference::generate<Tile<f64, 8192>>([&](int) {
    return std::ldexp(static_cast<f64>(static_cast<i64>(random())),
                      -int(random() % 220));
  });
  for (const auto &tile : {values, inRange})
    forEachIeeeRounding([&](auto mode) {
      auto result = ftof<f32>(tile, mode);
      for (int i = 0; i < 8192; ++i)
        ASSERT_TRUE(same(
            result.storage()[i],
            convertedOnMachine<f32>(decltype(mode)::value, tile.storage()[i])))
            << tile.storage()[i];
    });
}

// [D109]
TEST(Convert, ItofRoundsInEveryMode) {
  expectFromIntegers<f32>();
  expectFromIntegers<f64>();
  EXPECT_EQ(convert<f16>(i32{65520}).bits, 0x7c00); // overflow
  EXPECT_EQ(convert<f16>(i32{65520}, rounding::toward_zero).bits, 0x7bff);
  EXPECT_EQ(f32(itof<f32>(Tile<bool>(true))), 1.0f);
  // One rounding: through f64 this would be a tie, and go to even.
  EXPECT_EQ(convert<tf32>((i64{1} << 60) + (i64{1} << 49) + 1).bits,
            (127u + 60) << 23 | 1u << 13);
}

// [D108]
TEST(Convert, FtoiDropsTheFractionAndSaturates) {
  expectToIntegers<f64>();
  expectToIntegers<f32>();
  expectToIntegers<f16>();
  expectToIntegers<bf16>();
  static_assert(
      std::same_as<decltype(ftoi<i32>(Tile<f32>(1.5f), rounding::toward_zero)),
                   Tile<i32>>);
}

// [D104] [D110] [D111]
TEST(Convert, IntegersOfEveryWidthAndSign) {
  std::string wrong;
  forEachInteger([&]<typename From>(From) {
    auto x = cycle<1024>(integers<From>());
    forEachInteger([&]<typename To>(To) {
      if (!isAsInCpp<From, To>(x))
        wrong += ElementTraits<From>::name + std::string(" to ") +
                 ElementTraits<To>::name + "; ";
    });
  });
  EXPECT_EQ(wrong, "");
  EXPECT_EQ(i64(exti<i64>(Tile<i32>(-5))), -5);
  EXPECT_EQ(u64(exti<u64>(Tile<u32>(0xfffffffbu))), 0xfffffffbu);
  EXPECT_EQ(i8(trunci<i8>(Tile<i32>(0x1ff))), -1);
}

// [D104]
TEST(Convert, BoolIsWhetherAValueDiffersFromZero) {
  EXPECT_EQ(valuesOf(convert<bool>(tileOf<i8, 4>({0, 1, -128, 0}))),
            (std::vector<bool>{false, true, true, false}));
  using Limits = std::numeric_limits<f32>;
  auto x =
      tileOf<f32, 4>({-0.f, Limits::denorm_min(), Limits::quiet_NaN(), -2.5f});
  EXPECT_EQ(valuesOf(convert<bool>(x)),
            (std::vector<bool>{false, true, true, true}));
  EXPECT_TRUE(convert<bool>(f16(0.25f)));
  EXPECT_FALSE(convert<bool>(u64{0}));
  EXPECT_EQ(valuesOf(convert<bool>(convert<bool>(x))),
            valuesOf(convert<bool>(x)));
  static_assert(!ConvertibleTo<f8e4m3, bool>);
}

template <typename E, int N>
static constexpr bool canCount = requires { iota<E, N>(); };

// [D083]
TEST(Convert, IotaCountsInFloats) {
  EXPECT_EQ(valuesOf(iota<f32, 4>()), (std::vector<f32>{0, 1, 2, 3}));
  auto square = iota<f64, 2, 2>();
  EXPECT_EQ(valuesOf(square), (std::vector<f64>{0, 1, 2, 3}));
  EXPECT_EQ(float(valuesOf(iota<bf16, 256>()).back()), 255.f);
  static_assert(!canCount<bf16, 512>);
  static_assert(canCount<f16, 2048> && !canCount<f16, 4096>);
}

TEST(Convert, TrunciReportsBrokenPromises) {
  auto broken = [](auto from, auto mode) {
    try {
      (void)trunci<i8>(Tile<decltype(from)>(from), mode);
      return false;
    } catch (const ferro::Error &error) {
      EXPECT_EQ(error.code(), ferro::Code::InvalidArgument);
      EXPECT_NE(error.text().find("does not fit i8"), std::string::npos);
      return true;
    }
  };
  EXPECT_FALSE(broken(i32{300}, overflow::wrap));
  EXPECT_FALSE(broken(i32{-128}, overflow::nsw));
  EXPECT_TRUE(broken(i32{-129}, overflow::nsw));
  EXPECT_TRUE(broken(i32{128}, overflow::nsw));
  EXPECT_FALSE(broken(i32{255}, overflow::nuw));
  EXPECT_TRUE(broken(i32{256}, overflow::nuw));
  EXPECT_TRUE(broken(i32{-1}, overflow::nuw));
  EXPECT_FALSE(broken(i32{127}, overflow::nw));
  EXPECT_TRUE(broken(i32{128}, overflow::nw));
}

// [D112]
TEST(Convert, BitcastKeepsTheBits) {
  EXPECT_EQ(u32(bitcast<u32>(Tile<f32>(-1.0f))), 0xbf800000u);
  EXPECT_EQ(bit_cast<f64>(i64{0x3ff0000000000000}), 1.0);
  EXPECT_EQ(bit_cast<i16>(f16(1.0f)), 0x3c00);
  EXPECT_EQ(bit_cast<f4e2m1>(i4{0xf}).bits, 0xf);
  EXPECT_EQ(bit_cast<f8e4m3>(i8{-1}).bits, 0xff);
  EXPECT_EQ(bit_cast<i8>(f8e5m2{0x80}), -128);
}

namespace {

// 1 is a value of every element type.
template <typename To, typename From>
void convertOne(std::string &wrong, From one) {
  if (convert<f64>(convert<To>(one)) != 1)
    wrong += ElementTraits<From>::name + std::string(" to ") +
             ElementTraits<To>::name + "; ";
}
template <typename... E> std::string wrongPairs() {
  std::string wrong;
  auto convertTo = [&]<typename To>(To) {
    (convertOne<To>(wrong, convert<E>(1.0)), ...);
  };
  (convertTo(E{}), ...);
  return wrong;
}

} // namespace

TEST(Convert, AllPairsOfElementTypes) {
  EXPECT_EQ((wrongPairs<i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32,
                        f64, tf32, f8e4m3, f8e5m2, f8e8m0, f4e2m1, i4>()),
            "");
  // Between formats of storage, and from the narrowest to the widest and back.
  auto small = reference::generate<Tile<f4e2m1, 16>>(
      [](int i) { return f4e2m1{static_cast<u8>(i)}; });
  auto back = convert<f4e2m1>(convert<f8e4m3>(convert<f8e5m2>(small)));
  auto wide = convert<f4e2m1>(convert<tf32>(convert<f64>(small)));
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(back.storage()[i], small.storage()[i]);
    EXPECT_EQ(wide.storage()[i], small.storage()[i]);
  }
  EXPECT_EQ(convert<i4>(convert<f4e2m1>(i4{0xa})).bits, 0xa);
  EXPECT_EQ(convert<u8>(f8e8m0{130}), 8);
  EXPECT_EQ(convert<f8e8m0>(u8{8}).bits, 130);
}
