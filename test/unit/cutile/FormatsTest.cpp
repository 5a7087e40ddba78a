#include "NearestValue.h"
#include "Tiles.h"
#include "cutile/Convert.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

// Every pattern means what the format's formula says, in f64 and in f32.
template <typename E> void expectFormula() {
  SCOPED_TRACE(ElementTraits<E>::name);
  constexpr SmallFormat format = standardOf<E>;
  auto patterns = allPatterns<E>();
  auto doubles = convert<f64>(patterns);
  auto floats = convert<f32>(patterns);
  u64 sign = format.isScale
                 ? 0
                 : u64{1} << (format.exponentBits + format.fractionBits);
  for (int i = 0; i < patterns.size; ++i) {
    u64 magnitude = static_cast<u64>(i) & ~sign;
    f64 value = doubles.storage()[i];
    EXPECT_TRUE(same(floats.storage()[i], static_cast<f32>(value))) << i;
    if (magnitude <= format.largest) {
      EXPECT_EQ(std::fabs(value), magnitudeOf(magnitude, format)) << i;
      EXPECT_EQ(std::signbit(value), (static_cast<u64>(i) & sign) != 0) << i;
    } else {
      bool infinite = std::isinf(static_cast<float>(value));
      EXPECT_TRUE(std::isnan(value) || infinite) << i;
      // Only e5m2 of the formats that saturate knows infinity.
      bool hasInfinity = !format.saturates || std::same_as<E, f8e5m2>;
      EXPECT_EQ(infinite, hasInfinity && magnitude == format.largest + 1) << i;
    }
  }
}

/// What the rounding of a format can stumble over: each value, the middle to
/// the next one, their neighbours in f64, and beyond both ends.
template <typename E> std::vector<f64> delicate(const NearestValue<E> &oracle) {
  const std::vector<f64> &values = oracle.values();
  std::vector<f64> result = {0, 1e-300, 5e-324, 1e300, 1.7e308};
  for (std::size_t i = 0; i < values.size(); ++i) {
    f64 next =
        i + 1 < values.size() ? values[i + 1] : 2 * values[i] - values[i - 1];
    for (f64 x : {values[i], (values[i] + next) / 2, next})
      for (f64 y : {x, std::nextafter(x, 0), std::nextafter(x, 1e308)})
        result.push_back(y);
  }
  std::size_t count = result.size();
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(-result[i]);
  return result;
}

template <typename E, typename M>
void expectNearest(const std::vector<f64> &inputs,
                   const NearestValue<E> &oracle, M mode) {
  SCOPED_TRACE(ElementTraits<E>::name);
  for (f64 x : inputs) {
    E got = convert<E>(x, mode);
    ASSERT_EQ(u64{got.bits}, oracle.round(x, x, M::value, std::signbit(x)))
        << x << " in mode " << int(M::value);
    f32 y = static_cast<f32>(x);
    E narrow = convert<E>(y, mode);
    ASSERT_EQ(u64{narrow.bits}, oracle.round(y, y, M::value, std::signbit(y)))
        << y << " in mode " << int(M::value);
  }
}

template <typename E> void expectRoundings() {
  NearestValue<E> oracle;
  auto inputs = delicate(oracle);
  forEachIeeeRounding([&](auto mode) {
    if constexpr (ConversionRounding<E, decltype(mode)::value>)
      expectNearest(inputs, oracle, mode);
  });
}

} // namespace

// [D070]
TEST(Formats, PatternsMeanWhatTheStandardsSay) {
  expectFormula<f16>();
  expectFormula<bf16>();
  expectFormula<f8e5m2>();
  expectFormula<f8e4m3>();
  expectFormula<f8e8m0>();
  expectFormula<f4e2m1>();
}

// [D107]
TEST(Formats, SmallFloatsAreTheNearestValuesOrTheNeighbourOfTheMode) {
  expectRoundings<f8e5m2>();
  expectRoundings<f8e4m3>();
  expectRoundings<f8e8m0>();
  expectRoundings<f4e2m1>();
}

TEST(Formats, HalvesAreTheNearestValuesOrTheNeighbourOfTheMode) {
  expectRoundings<f16>();
  expectRoundings<bf16>();
}

TEST(Formats, EveryHalfBecomesTheNearestSmallFloat) {
  NearestValue<f8e4m3> e4m3;
  NearestValue<f8e5m2> e5m2;
  NearestValue<f4e2m1> e2m1;
  auto halves = allPatterns<f16>();
  auto a = convert<f8e4m3>(halves);
  auto b = convert<f8e5m2>(halves);
  auto c = convert<f4e2m1>(halves);
  for (int i = 0; i < halves.size; ++i) {
    f64 x = halves.storage()[i];
    if (std::isnan(x))
      continue;
    ASSERT_EQ(u64{a.storage()[i].bits}, e4m3.round(x)) << x;
    ASSERT_EQ(u64{b.storage()[i].bits}, e5m2.round(x)) << x;
    ASSERT_EQ(u64{c.storage()[i].bits}, e2m1.round(x)) << x;
  }
}

TEST(Formats, HalvesAgreeWithFerroBitForBit) {
  auto expectSame = []<typename E>(E, f32 x) {
    E ours = convert<E>(x), theirs(x);
    ASSERT_EQ(ours.bits, theirs.bits) << x;
  };
  std::mt19937 random(3);
  for (int i = 0; i < 200000; ++i) {
    f32 x = std::bit_cast<f32>(static_cast<u32>(random())); // NaNs too
    expectSame(f16{}, x);
    expectSame(bf16{}, x);
  }
  auto expectSameFloat = []<typename E>(E x) {
    ASSERT_EQ(bit_cast<u32>(convert<f32>(x)), bit_cast<u32>(float(x)))
        << x.bits;
  };
  auto halves = allPatterns<f16>();
  auto brains = allPatterns<bf16>();
  for (int i = 0; i < halves.size; ++i) {
    expectSameFloat(halves.storage()[i]);
    expectSameFloat(brains.storage()[i]);
  }
}

TEST(Formats, SmallFloatsSaturateAndKeepNan) {
  constexpr f32 inf = std::numeric_limits<f32>::infinity();
  constexpr f32 nan = std::numeric_limits<f32>::quiet_NaN();
  EXPECT_EQ(convert<f8e4m3>(inf).bits, 0x7e); // 448
  EXPECT_EQ(convert<f8e4m3>(-inf).bits, 0xfe);
  EXPECT_EQ(convert<f8e4m3>(-1e9f).bits, 0xfe);
  EXPECT_EQ(convert<f8e4m3>(-nan).bits, 0x7f);
  EXPECT_EQ(convert<f8e5m2>(inf).bits, 0x7b); // 57344
  EXPECT_EQ(convert<f8e5m2>(-nan).bits, 0x7f);
  EXPECT_EQ(convert<f4e2m1>(-inf).bits, 0xf); // -6
  EXPECT_EQ(convert<f4e2m1>(-nan).bits, 0x7); // 6: there is no NaN
  EXPECT_EQ(convert<f8e8m0>(inf).bits, 0xfe); // 2^127
  EXPECT_EQ(convert<f8e8m0>(nan).bits, 0xff);
  EXPECT_EQ(convert<f8e8m0>(0.0f).bits, 0); // 2^-127
  EXPECT_EQ(convert<f8e8m0>(-4.0f).bits, 129);
  // A scale is rounded up unless told to be rounded down.
  EXPECT_EQ(convert<f8e8m0>(5.0f).bits, 130);
  EXPECT_EQ(convert<f8e8m0>(5.0f, rounding::toward_zero).bits, 129);
}

TEST(Formats, Tf32IsAnF32WithTenBitsAfterThePoint) {
  std::mt19937 random(5);
  for (int i = 0; i < 100000; ++i) {
    auto pattern = static_cast<u32>(random());
    if (i % 3 == 0)
      pattern = (pattern & ~0x1fffu) | 0x1000; // a tie
    f32 x = std::bit_cast<f32>(pattern);
    if (std::isnan(x))
      continue;
    u32 even = (pattern >> 13 & 1) + 0xfff;
    EXPECT_EQ(convert<tf32>(x).bits, (pattern + even) & ~0x1fffu) << x;
    EXPECT_EQ(convert<tf32>(x, rounding::toward_zero).bits, pattern & ~0x1fffu)
        << x;
    EXPECT_EQ(bit_cast<u32>(convert<f32>(tf32{pattern & ~0x1fffu})),
              pattern & ~0x1fffu);
  }
}

// [D072]
TEST(Formats, IntegersOfFourBitsAreTwosComplement) {
  auto values = convert<i32>(allPatterns<i4>());
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(values.storage()[i], i < 8 ? i : i - 16);
  EXPECT_EQ(convert<i4>(i32{-3}).bits, 0xd);
  EXPECT_EQ(convert<i4>(i32{9}).bits, 9); // wraps: -7
  EXPECT_EQ(convert<i4>(9.0f).bits, 7);   // saturates
  EXPECT_EQ(convert<i4>(-9.0f).bits, 8);
  EXPECT_EQ(convert<f32>(i4{0xf}), -1.0f);
}

// [D071] [D143]
TEST(Formats, TwoFp4ValuesShareAByteLowHalfFirst) {
  auto values = reference::generate<Tile<f4e2m1, 2, 4>>(
      [](int i) { return f4e2m1{static_cast<u8>(i + 3)}; });
  Tile<u8, 2, 2> bytes = pack(values);
  EXPECT_EQ(bytes.storage()[0], 0x43);
  EXPECT_EQ(bytes.storage()[3], 0xa9);
  Tile<f4e2m1x2, 2, 2> pairs = pack<f4e2m1x2>(values);
  EXPECT_EQ(pairs.storage()[1].bits, 0x65);
  Tile<f4e2m1, 2, 4> again = unpack<f4e2m1>(pairs);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(again.storage()[i], values.storage()[i]);
  Tile<i4, 2, 4> integers = unpack<i4>(bytes);
  EXPECT_EQ(integers.storage()[7].bits, 0xa);
}

// [D144]
TEST(Formats, PackGivesTheBytesOfWiderElementsLowBitsFirst) {
  auto values = reference::generate<Tile<u32, 2>>(
      [](int i) { return 0x04030201u + 0x04040404u * unsigned(i); });
  Tile<i8, 8> bytes = pack<i8>(values);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(bytes.storage()[i], i + 1);
  Tile<u16, 4> halves = unpack<u16>(bytes);
  EXPECT_EQ(halves.storage()[3], 0x0807);
  Tile<u32, 2> words = unpack<u32>(bytes);
  EXPECT_EQ(words.storage()[1], values.storage()[1]);
}

// [D073]
TEST(Formats, BytesAreWhatPackGives) {
  static_assert(ByteElement<i8> && ByteElement<u8> && ByteElement<f4e2m1x2>);
  static_assert(!ByteElement<bool> && !ByteElement<f8e4m3>);
  EXPECT_EQ(convert<f32>(ElementTraits<f16>::zero), 0.0f);
  EXPECT_EQ(convert<f32>(ElementTraits<f8e4m3>::zero), 0.0f);
  EXPECT_FALSE(ElementTraits<i32>::zero);
}
