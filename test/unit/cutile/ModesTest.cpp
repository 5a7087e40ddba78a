#include "cutile/Modes.h"

#include <gtest/gtest.h>

#include <string>

using namespace cutile;

namespace {

template <Rounding... modes> struct Roundings {};
using AllRoundings = Roundings<Rounding::NearestEven, Rounding::TowardPositive,
                               Rounding::TowardNegative, Rounding::TowardZero,
                               Rounding::Approximate, Rounding::Full>;

/// A letter for each rounding that an operation has for E, in the order of the
/// enumeration: nearest, positive, negative, zero, approximate, full.
template <typename E, template <typename, Rounding> typename Allows,
          Rounding... modes>
std::string allowed(Roundings<modes...>) {
  std::string letters = "npnzaf", result;
  int i = 0;
  ((result +=
    Allows<E, modes>::value ? letters[static_cast<std::size_t>(i)] : '-',
    ++i),
   ...);
  return result;
}
template <typename E, Rounding R>
using Ieee = std::bool_constant<IeeeRounding<E, R>>;
template <typename E, Rounding R>
using Division = std::bool_constant<DivisionRounding<E, R>>;
template <typename E, Rounding R>
using Root = std::bool_constant<RootRounding<E, R>>;
template <typename E, Rounding R>
using Function = std::bool_constant<FunctionRounding<E, R>>;
template <typename E, Rounding R>
using Conversion = std::bool_constant<ConversionRounding<E, R>>;

template <typename E, template <typename, Rounding> typename Allows>
std::string row() {
  return allowed<E, Allows>(AllRoundings{});
}

} // namespace

// [D075]
TEST(Modes, AreEmptyArgumentsKnownAtCompileTime) {
  static_assert(std::is_empty_v<decltype(rounding::toward_zero)> &&
                std::is_empty_v<decltype(ftz)> &&
                std::is_empty_v<decltype(latency<3>)>);
  static_assert(decltype(overflow::nsw)::value == Overflow::NoSignedWrap);
  static_assert(decltype(latency<3>)::value == 3);
  EXPECT_FALSE((std::is_same_v<decltype(ordered), decltype(unordered)>));
}

// [D076]
TEST(Modes, MemoryOrdersOfEachAccess) {
  EXPECT_TRUE(LoadOrder<MemoryOrder::Acquire>);
  EXPECT_FALSE(LoadOrder<MemoryOrder::Release>);
  EXPECT_TRUE(StoreOrder<MemoryOrder::Release>);
  EXPECT_FALSE(StoreOrder<MemoryOrder::Acquire>);
  EXPECT_TRUE(AtomicOrder<MemoryOrder::AcqRel>);
  EXPECT_FALSE(AtomicOrder<MemoryOrder::Weak>);
}

// [D078] [D175]
TEST(Modes, RoundingsOfEachOperationAndType) {
  EXPECT_EQ((row<f32, Ieee>()), "npnz--");
  EXPECT_EQ((row<f64, Ieee>()), "npnz--");
  EXPECT_EQ((row<f16, Ieee>()), "npnz--");
  EXPECT_EQ((row<bf16, Ieee>()), "npnz--");
  EXPECT_EQ((row<i32, Ieee>()), "------");
  EXPECT_EQ((row<f32, Division>()), "npnzaf");
  EXPECT_EQ((row<f64, Division>()), "npnz--");
  EXPECT_EQ((row<bf16, Division>()), "npnz--");
  EXPECT_EQ((row<f32, Root>()), "npnza-");
  EXPECT_EQ((row<f16, Root>()), "npnz--");
  EXPECT_EQ((row<f32, Function>()), "----af");
  EXPECT_EQ((row<f64, Function>()), "-----f");
  EXPECT_EQ((row<f8e4m3, Conversion>()), "npnz--");
  EXPECT_EQ((row<f8e8m0, Conversion>()), "-p-z--");
  EXPECT_TRUE((SubnormalMode<f32, Subnormals::Flush>));
  EXPECT_FALSE((SubnormalMode<f64, Subnormals::Flush>));
  EXPECT_FALSE((SubnormalMode<f16, Subnormals::Flush>));
}
