#include "cutile/Math.h"
#include "cutile/Float.h"

#include "NearestValue.h"
#include "Tiles.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

constexpr f64 inf = std::numeric_limits<f64>::infinity();

/// Whether an f16 or bf16 is the value nearest to \p exact.
template <typename E> bool isNearest(E got, f64 exact) {
  static const NearestValue<E> oracle;
  return std::isnan(exact) ? std::isnan(f64(got))
                           : u64{got.bits} == oracle.round(exact);
}
/// Whether an f32 is within 0.501 ulp, an f64 within 4.
template <std::floating_point E> bool isNear(E got, long double exact) {
  if (std::isnan(exact) || std::isinf(static_cast<E>(exact)))
    return same(got, static_cast<E>(exact)) ||
           (std::isnan(got) && std::isnan(exact));
  auto nearest = static_cast<E>(exact);
  long double ulp = std::max<long double>(
      std::nextafter(std::fabs(nearest), static_cast<E>(inf)) -
          std::fabs(nearest),
      std::numeric_limits<E>::denorm_min());
  long double bound = sizeof(E) == 4 ? 0.501L : 4.0L;
  return std::fabs(got - exact) <= bound * ulp &&
         std::signbit(got) == std::signbit(exact);
}

/// All halves, and random f32 and f64 of which most are in [-8, 8].
template <typename E> auto arguments() {
  if constexpr (sizeof(E) == 2) {
    return allPatterns<E>();
  } else {
    std::mt19937_64 random(11);
    std::uniform_real_distribution<E> distribution(-8, 8);
    auto edge = edges<E>();
    return reference::generate<Tile<E, 4096>>([&](int i) {
      return i < int(edge.size()) ? edge[static_cast<std::size_t>(i)]
             : i % 8 == 0         ? reference::fromPattern<E>(random())
                                  : distribution(random);
    });
  }
}

template <typename E, typename Ours, typename Exact>
void expectOn(const char *name, Ours ours, Exact exact) {
  static const auto x = arguments<E>();
  auto result = ours(x);
  for (int i = 0; i < x.size; ++i) {
    E got = result.storage()[i];
    if constexpr (sizeof(E) == 2)
      ASSERT_TRUE(isNearest(got, exact(f64(x.storage()[i]))))
          << name << "(" << f64(x.storage()[i]) << ") gives " << f64(got);
    else
      ASSERT_TRUE(isNear(got, exact(static_cast<long double>(x.storage()[i]))))
          << name << "(" << x.storage()[i] << ") gives " << got;
  }
}
template <typename Ours, typename Exact>
void expectFunction(const char *name, Ours ours, Exact exact) {
  expectOn<f16>(name, ours, exact);
  expectOn<bf16>(name, ours, exact);
  expectOn<f32>(name, ours, exact);
  expectOn<f64>(name, ours, exact);
}

// `name` of a tile against std::name of f64 (halves) or long double.
#define EXPECT_FUNCTION(name)                                                  \
  expectFunction(                                                              \
      #name, [](const auto &x) { return name(x); },                            \
      [](auto x) { return std::name(x); })

} // namespace

// [D137]
TEST(Math, RoundingToIntegers) {
  EXPECT_FUNCTION(ceil);
  EXPECT_FUNCTION(floor);
  EXPECT_FUNCTION(trunc);
  EXPECT_FUNCTION(round);
  EXPECT_FUNCTION(rint);
}

// [D138]
TEST(Math, Trigonometry) {
  EXPECT_FUNCTION(sin);
  EXPECT_FUNCTION(cos);
  EXPECT_FUNCTION(tan);
  EXPECT_FUNCTION(asin);
  EXPECT_FUNCTION(acos);
  EXPECT_FUNCTION(atan);
}

TEST(Math, HyperbolicFunctions) {
  EXPECT_FUNCTION(sinh);
  EXPECT_FUNCTION(cosh);
  EXPECT_FUNCTION(tanh);
}

// [D139]
TEST(Math, ExponentialsAndLogarithms) {
  EXPECT_FUNCTION(exp);
  EXPECT_FUNCTION(exp2);
  EXPECT_FUNCTION(expm1);
  EXPECT_FUNCTION(log);
  EXPECT_FUNCTION(log2);
  EXPECT_FUNCTION(log10);
  EXPECT_FUNCTION(log1p);
}

TEST(Math, RootsAndErf) {
  expectFunction(
      "rsqrt", [](const auto &x) { return rsqrt(x); },
      [](auto x) { return 1 / std::sqrt(x); });
  EXPECT_FUNCTION(cbrt);
  EXPECT_FUNCTION(erf);
}

TEST(Math, ApproximateIsForF32AndFullForAll) {
  Tile<f32> x(0.5f);
  EXPECT_EQ(f32(exp(x, rounding::approximate)), f32(exp(x)));
  EXPECT_EQ(f32(tanh(x, rounding::approximate)), f32(tanh(x)));
  Tile<f64> y(0.5);
  EXPECT_EQ(f64(exp(y, rounding::full)), f64(exp(y)));
  EXPECT_EQ(f64(tanh(y, rounding::full)), f64(tanh(y)));
}

TEST(Math, FlushingTurnsSubnormalsIntoZeros) {
  Tile<f32> subnormal(-1e-40f);
  EXPECT_EQ(f32(rsqrt(subnormal, ftz)), -inf);
  EXPECT_TRUE(std::isnan(f32(rsqrt(subnormal))));
  EXPECT_EQ(f32(exp2(Tile<f32>(-130.0f), ftz)), 0.0f);
  EXPECT_EQ(f32(exp2(Tile<f32>(-130.0f))), 0x1p-130f);
}

// [D133]
TEST(Math, PowersAndAnglesOfTwoOperands) {
  auto expect = [](auto element) {
    using E = decltype(element);
    auto [x, y, z] = Operands<E, 4096>::make(13);
    auto power = pow(absf(x), y), angle = atan2(x, y);
    auto check = [&](const char *name, int i, E got, auto function) {
      f64 a = x.storage()[i], b = y.storage()[i];
      if constexpr (sizeof(E) == 2)
        ASSERT_TRUE(isNearest(got, function(a, b)))
            << name << " of " << a << ", " << b << " gives " << f64(got);
      else
        ASSERT_TRUE(isNear(got, function(static_cast<long double>(a),
                                         static_cast<long double>(b))))
            << name << " of " << a << ", " << b << " gives " << got;
    };
    for (int i = 0; i < 4096; ++i) {
      check("pow", i, power.storage()[i],
            [](auto a, auto b) { return std::pow(std::fabs(a), b); });
      check("atan2", i, angle.storage()[i],
            [](auto a, auto b) { return std::atan2(a, b); });
    }
  };
  expect(f16{});
  expect(bf16{});
  expect(f32{});
  expect(f64{});
  EXPECT_TRUE(std::isnan(f32(pow(Tile<f32>(-2.0f), Tile<f32>(0.5f)))));
  EXPECT_EQ(f32(pow(Tile<f32>(-2.0f), Tile<f32>(3.0f))), -8.0f);
}
