#include "exec/Formula.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace ferro;
using exec::convert;
using exec::Number;

TEST(Number, LiteralsStandOnEitherSide) {
  Number<float> x = 4;
  EXPECT_EQ((1 / x).value, 0.25f);
  EXPECT_EQ((x - 0.5).value, 3.5f);
  EXPECT_EQ(select(x > 3, 1, x).value, 1.0f);
  EXPECT_EQ(select(x < 3, 1, x).value, 4.0f);
  EXPECT_EQ(max(x, 5).value, 5.0f);
  EXPECT_TRUE(3 < x && x == 4);
}

TEST(Number, IntegersWrapAround) {
  constexpr auto top = std::numeric_limits<std::int32_t>::max();
  constexpr auto bottom = std::numeric_limits<std::int32_t>::min();
  EXPECT_EQ((Number<std::int32_t>(top) + 1).value, bottom);
  EXPECT_EQ((-Number<std::int32_t>(bottom)).value, bottom);
  EXPECT_EQ(abs(Number<std::int32_t>(bottom)).value, bottom);
  EXPECT_EQ((Number<std::int32_t>(bottom) / -1).value, bottom);
  EXPECT_EQ((Number<std::int16_t>(300) * Number<std::int16_t>(300)).value,
            static_cast<std::int16_t>(90000 - 65536));
  EXPECT_EQ((Number<std::uint8_t>(3) - 5).value, 254);
}

TEST(Number, IntegersDivideTowardZeroAndRefuseZero) {
  EXPECT_EQ((Number<std::int64_t>(-7) / 2).value, -3);
  try {
    (void)(Number<std::int64_t>(7) / 0);
    FAIL() << "7 / 0 has a value";
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), Code::DivisionByZero);
    EXPECT_EQ(error.text(),
              "found 7 / 0; the divisor of an integer must not be 0");
  }
}

TEST(Number, ExtremaAreNanIfEitherIs) {
  Number<double> nan = std::nan("");
  for (Number<double> result : {min(nan, 1), min(Number<double>(1), nan),
                                max(nan, 1), max(Number<double>(1), nan)})
    EXPECT_TRUE(std::isnan(result.value));
  EXPECT_EQ(min(Number<double>(2), 1).value, 1);
}

TEST(Convert, FloatsTruncateAndSaturate) {
  EXPECT_EQ(convert<std::int32_t>(-2.9f), -2);
  EXPECT_EQ(convert<std::int32_t>(3e9f), 2147483647);
  EXPECT_EQ(convert<std::int32_t>(-3e9f), -2147483647 - 1);
  EXPECT_EQ(convert<std::uint8_t>(-0.5), 0);
  EXPECT_EQ(convert<std::uint8_t>(255.9), 255);
  EXPECT_EQ(convert<std::uint8_t>(-7.0), 0);
  EXPECT_EQ(convert<std::int64_t>(std::nan("")), 0);
  EXPECT_EQ(convert<std::int8_t>(std::int32_t(130)), -126);
  EXPECT_TRUE(convert<bool>(0.25));
  EXPECT_FALSE(convert<bool>(-0.0));
}

// 1 + 2^-11 lies halfway between two neighbours in f16; the 2^-40 above decides
// and would be lost by rounding to float first.
TEST(Convert, DoublesReachHalvesWithOneRounding) {
  EXPECT_EQ(static_cast<float>(convert<f16>(1 + 0x1p-11 + 0x1p-40)),
            1 + 0x1p-10f);
  EXPECT_EQ(static_cast<float>(convert<f16>(1 + 0x1p-11)), 1);
  EXPECT_EQ(static_cast<float>(convert<bf16>(1 + 0x1p-8 + 0x1p-40)),
            1 + 0x1p-7f);
  EXPECT_EQ(static_cast<float>(convert<f16>(1e300)), HUGE_VALF);
}
