#include "cutile/Float.h"

#include "HardwareRounding.h"
#include "NearestValue.h"
#include "Tiles.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

constexpr int count = 4096;

template <typename E> const Operands<E, count> &operands() {
  static const auto values = Operands<E, count>::make(7);
  return values;
}

/// What the machine makes of an operation on f32 or f64.
template <typename E> struct Expected {
  E operator()(Operation operation, Rounding mode, E a, E b, E c) const {
    return onMachine(operation, mode, a, b, c);
  }
};

/// On a half: f64 in the machine's directed modes encloses the exact result,
/// and between the two lies no value and no middle of two values of the half.
template <typename E>
  requires(sizeof(E) == 2)
struct Expected<E> {
  NearestValue<E> oracle;
  E operator()(Operation operation, Rounding mode, E a, E b, E c) const {
    auto in = [&](Rounding direction) {
      return onMachine<f64>(operation, direction, a, b, c);
    };
    f64 low = in(Rounding::TowardNegative), high = in(Rounding::TowardPositive);
    if (std::isnan(low))
      return E(static_cast<f32>(low));
    bool negative = std::signbit(in(mode));
    return reference::fromPattern<E>(oracle.round(low, high, mode, negative));
  }
};

template <typename E>
void expectOperation(const char *name, Operation operation, Rounding mode,
                     const Tile<E, count> &result) {
  static const Expected<E> expected;
  SCOPED_TRACE(name);
  const auto &[a, b, c] = operands<E>();
  for (int i = 0; i < count; ++i) {
    E x = a.storage()[i], y = b.storage()[i], z = c.storage()[i];
    E want = expected(operation, mode, x, y, z), got = result.storage()[i];
    ASSERT_TRUE(same(got, want))
        << ElementTraits<E>::name << " mode " << int(mode) << ": " << f64(x)
        << ", " << f64(y) << ", " << f64(z) << " gives " << f64(got)
        << " instead of " << f64(want);
  }
}

template <typename E> void expectSums() {
  const auto &[a, b, c] = operands<E>();
  forEachIeeeRounding([&](auto mode) {
    constexpr Rounding R = decltype(mode)::value;
    expectOperation<E>("addf", Operation::Add, R, addf(a, b, mode));
    expectOperation<E>("subf", Operation::Sub, R, subf(a, b, mode));
    expectOperation<E>("mulf", Operation::Mul, R, mulf(a, b, mode));
  });
}
template <typename E> void expectQuotients() {
  const auto &[a, b, c] = operands<E>();
  forEachIeeeRounding([&](auto mode) {
    expectOperation<E>("divf", Operation::Div, decltype(mode)::value,
                       divf(a, b, mode));
  });
}
template <typename E> void expectFma() {
  const auto &[a, b, c] = operands<E>();
  forEachIeeeRounding([&](auto mode) {
    expectOperation<E>("fma", Operation::Fma, decltype(mode)::value,
                       fma(a, b, c, mode));
  });
}
template <typename E> void expectRoots() {
  const auto &[a, b, c] = operands<E>();
  forEachIeeeRounding([&](auto mode) {
    expectOperation<E>("sqrt", Operation::Sqrt, decltype(mode)::value,
                       sqrt(a, mode));
  });
}

f32 flush(f32 x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x;
}

void expectFlushed(Operation operation, Rounding mode,
                   const Tile<f32, count> &result) {
  const auto &[a, b, c] = operands<f32>();
  for (int i = 0; i < count; ++i) {
    f32 x = flush(a.storage()[i]), y = flush(b.storage()[i]),
        z = flush(c.storage()[i]);
    f32 want = flush(onMachine(operation, mode, x, y, z));
    ASSERT_TRUE(same(result.storage()[i], want))
        << x << ", " << y << ", " << z << ": " << result.storage()[i];
  }
}

/// Bit by bit: what min, max, copysign and the like may give.
template <typename E> void expectSelections() {
  const auto &[a, b, c] = operands<E>();
  auto larger = maxf(a, b), smaller = minf(a, b);
  auto largerOrNan = maxf(a, b, propagate_nan);
  auto smallerOrNan = minf(a, b, propagate_nan);
  auto negated = negf(a), magnitude = absf(a), signs = copysign(a, b);
  for (int i = 0; i < count; ++i) {
    E x = a.storage()[i], y = b.storage()[i];
    f64 p = x, q = y;
    bool below = std::isnan(q) || p < q || (p == q && std::signbit(p));
    E small = std::isnan(p) || !below ? y : x,
      large = below && !std::isnan(p) ? y : x;
    if (std::isnan(p) || std::isnan(q)) {
      E other = std::isnan(p) ? y : x;
      small = large = other;
      EXPECT_TRUE(std::isnan(f64(largerOrNan.storage()[i])));
      EXPECT_TRUE(std::isnan(f64(smallerOrNan.storage()[i])));
    } else {
      EXPECT_TRUE(same(largerOrNan.storage()[i], large));
      EXPECT_TRUE(same(smallerOrNan.storage()[i], small));
    }
    ASSERT_TRUE(same(larger.storage()[i], large)) << p << ", " << q;
    ASSERT_TRUE(same(smaller.storage()[i], small)) << p << ", " << q;

    using reference::patternOf;
    u64 sign = u64{1} << (ElementTraits<E>::bits - 1);
    EXPECT_EQ(patternOf(negated.storage()[i]), patternOf(x) ^ sign);
    EXPECT_EQ(patternOf(magnitude.storage()[i]), patternOf(x) & ~sign);
    EXPECT_EQ(patternOf(signs.storage()[i]),
              (patternOf(x) & ~sign) | (patternOf(y) & sign));
  }
}

template <typename E> void expectRemainders() {
  const auto &[a, b, c] = operands<E>();
  auto result = remf(a, b);
  for (int i = 0; i < count; ++i) {
    f64 x = a.storage()[i], y = b.storage()[i], r = result.storage()[i];
    if (std::isnan(x) || std::isnan(y) || std::isinf(x) || y == 0) {
      EXPECT_TRUE(std::isnan(r)) << x << " % " << y;
      continue;
    }
    EXPECT_EQ(std::signbit(r), std::signbit(x)) << x << " % " << y;
    if (std::isinf(y)) {
      EXPECT_EQ(r, x);
      continue;
    }
    EXPECT_LT(std::fabs(r), std::fabs(y)) << x << " % " << y;
    // Where the quotient is a f64, x - quotient * y is exact.
    f64 quotient = std::rint((x - r) / y);
    if (std::fabs(quotient) < 0x1p52) {
      EXPECT_EQ(std::fma(-quotient, y, x), r) << x << " % " << y;
    }
  }
}

template <typename E> void expectClasses() {
  auto values = cycle<32>(edges<E>());
  auto nan = isnan(values), inf = isinf(values), finite = isfinite(values);
  for (int i = 0; i < 32; ++i) {
    f64 x = values.storage()[i];
    EXPECT_EQ(nan.storage()[i], x != x);
    EXPECT_EQ(inf.storage()[i], x == x && x - x != x - x);
    EXPECT_EQ(finite.storage()[i], x - x == 0);
  }
}

} // namespace

// [D129]
TEST(Float, SumsDifferencesAndProductsAreRoundedOnce) {
  expectSums<f32>();
  expectSums<f64>();
  expectSums<f16>();
  expectSums<bf16>();
}

// [D130]
TEST(Float, QuotientsAreRoundedOnce) {
  expectQuotients<f32>();
  expectQuotients<f64>();
  expectQuotients<f16>();
  expectQuotients<bf16>();
}

// [D132]
TEST(Float, FmaRoundsOnce) {
  expectFma<f32>();
  expectFma<f64>();
  expectFma<f16>();
  expectFma<bf16>();
}

TEST(Float, FmaOfHalvesIsNotRoundedThroughF32) {
  // 1 + 2^-10 + 2^-11 - 2^-31 lies just below the middle of two f16; in f32 it
  // is the middle, and ties go to the other one.
  Tile<f16> a(1 + 0x1p-10f), b(0x1p-11f - 0x1p-21f);
  EXPECT_EQ(f32(f16(fma(a, b, a))), 1 + 0x1p-10f);
}

// [D140]
TEST(Float, RootsAreRoundedOnce) {
  expectRoots<f32>();
  expectRoots<f64>();
  expectRoots<f16>();
  expectRoots<bf16>();
}

TEST(Float, RootsJustAboveAValueAreNotThatValue) {
  // r * r + tiny, of which 64 bits of the root are r and eleven zeros.
  std::mt19937_64 random(31);
  std::vector<f64> values;
  while (values.size() < 16) {
    f64 r = 1 + std::ldexp(static_cast<f64>(random() >> 12), -52);
    f64 x = onMachine(Operation::Mul, Rounding::TowardPositive, r, r);
    f64 above = -std::fma(r, r, -x);
    if (above > 0 && above < 0x1p-64)
      values.push_back(x);
  }
  auto x = cycle<16>(values);
  auto up = sqrt(x, rounding::toward_positive);
  auto down = sqrt(x, rounding::toward_negative);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(up.storage()[i],
              onMachine(Operation::Sqrt, Rounding::TowardPositive,
                        values[std::size_t(i)]));
    EXPECT_EQ(down.storage()[i], std::nextafter(up.storage()[i], 0.0));
  }
}

TEST(Float, FlushingTurnsSubnormalsIntoZeros) {
  const auto &[a, b, c] = operands<f32>();
  forEachIeeeRounding([&](auto mode) {
    constexpr Rounding R = decltype(mode)::value;
    expectFlushed(Operation::Add, R, addf(a, b, mode, ftz));
    expectFlushed(Operation::Sub, R, subf(a, b, mode, ftz));
    expectFlushed(Operation::Mul, R, mulf(a, b, mode, ftz));
    expectFlushed(Operation::Div, R, divf(a, b, mode, ftz));
    expectFlushed(Operation::Fma, R, fma(a, b, c, mode, ftz));
    expectFlushed(Operation::Sqrt, R, sqrt(a, mode, ftz));
  });
}

TEST(Float, ApproximateAndFullAreNearestInTheReference) {
  const auto &[a, b, c] = operands<f32>();
  expectOperation<f32>("divf", Operation::Div, Rounding::NearestEven,
                       divf(a, b, rounding::approximate));
  expectOperation<f32>("divf", Operation::Div, Rounding::NearestEven,
                       divf(a, b, rounding::full));
  expectOperation<f32>("sqrt", Operation::Sqrt, Rounding::NearestEven,
                       sqrt(a, rounding::approximate));
}

// [D134]
TEST(Float, MinimaAndMaximaPassOverOrHandOnNan) {
  expectSelections<f32>();
  expectSelections<f64>();
  expectSelections<f16>();
  expectSelections<bf16>();
  Tile<f32> denormal(1e-40f), zero(-0.0f);
  EXPECT_FALSE(std::signbit(f32(maxf(denormal, zero, suppress_nan, ftz))));
  EXPECT_EQ(f32(minf(denormal, Tile<f32>(1.0f), suppress_nan, ftz)), 0.0f);
}

// [D131]
TEST(Float, RemaindersAreExact) {
  expectRemainders<f32>();
  expectRemainders<f64>();
  expectRemainders<f16>();
  expectRemainders<bf16>();
}

TEST(Float, ClassesOfValues) {
  expectClasses<f32>();
  expectClasses<f64>();
  expectClasses<f16>();
  expectClasses<bf16>();
}
