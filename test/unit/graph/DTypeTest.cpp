#include "ferro/DType.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

using namespace ferro;

// Nearest, ties to even, found by search over all finite halves: obvious, slow,
// and independent of the bit tricks.
template <typename Half> struct HalfConversion : testing::Test {
  static float toFloat(std::uint16_t bits) {
    Half half;
    half.bits = bits;
    return static_cast<float>(half);
  }
};
using Halves = testing::Types<f16, bf16>;
TYPED_TEST_SUITE(HalfConversion, Halves);

TYPED_TEST(HalfConversion, EveryHalfComesBack) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    float value = this->toFloat(static_cast<std::uint16_t>(bits));
    TypeParam back(value);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(static_cast<float>(back))) << bits;
    else
      EXPECT_EQ(back.bits, bits);
  }
}

TYPED_TEST(HalfConversion, RoundsToNearestEven) {
  std::uint16_t infinity =
      TypeParam(std::numeric_limits<float>::infinity()).bits;
  for (std::uint16_t bits = 0; bits + 1 < infinity; ++bits) {
    float low = this->toFloat(bits),
          high = this->toFloat(static_cast<std::uint16_t>(bits + 1));
    float middle = static_cast<float>((static_cast<double>(low) + high) /
                                      2); // exact: one bit more
    std::uint16_t even = bits % 2 ? bits + 1 : bits;
    ASSERT_EQ(TypeParam(middle).bits, even) << low;
    if (middle != low) {
      ASSERT_EQ(TypeParam(std::nextafter(middle, low)).bits, bits) << low;
      ASSERT_EQ(TypeParam(std::nextafter(middle, high)).bits, bits + 1) << low;
      ASSERT_EQ(TypeParam(-middle).bits, even | 0x8000) << low;
    }
  }
}

TEST(HalfConversionLimits, OverflowAndNan) {
  EXPECT_EQ(f16(65519.0f).bits, 0x7bff);
  EXPECT_EQ(f16(65520.0f).bits,
            0x7c00); // the tie above the largest goes to infinity
  EXPECT_EQ(f16(1e30f).bits, 0x7c00);
  EXPECT_EQ(bf16(std::numeric_limits<float>::max()).bits, 0x7f80);
  EXPECT_EQ(f16(-0.0f).bits, 0x8000);
  // A NaN whose payload lies in the dropped bits must not turn into infinity.
  float lowNan = std::bit_cast<float>(0x7f800001u);
  EXPECT_TRUE(std::isnan(static_cast<float>(f16(lowNan))));
  EXPECT_TRUE(std::isnan(static_cast<float>(bf16(lowNan))));
  EXPECT_EQ(f16(std::bit_cast<float>(0x00000001u)).bits, 0); // f32 subnormal
}

TEST(Promotion, IsSymmetricAndNeverNarrows) {
  std::vector<DType> all = {
#define FERRO_DTYPE(Id, name, CppType, kind, bits) DType::Id,
#include "ferro/DTypes.def"
  };
  for (DType a : all)
    for (DType b : all) {
      EXPECT_EQ(promote(a, b), promote(b, a)) << toString(a) << toString(b);
      DType both = promote(a, b);
      if (isFloat(a) == isFloat(b)) {
        EXPECT_GE(byteSize(both), std::max(byteSize(a), byteSize(b)));
      }
    }
  EXPECT_EQ(promote(DType::U8, DType::I8), DType::I16);
  EXPECT_EQ(promote(DType::F16, DType::BF16), DType::F32);
  EXPECT_EQ(promote(DType::F16, DType::I64), DType::F16);
}
