// Measures the polynomials of compiler/cpu/Math.h against the C library in a
// wider type. FERRO_MATH_STEP=1 visits every f32 (minutes); by default every
// 599th.
#include "MathKernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace ferro::test {

struct Function {
  const char *name;
  double ulp32; ///< as stated in Math.h
  double ulp64;
  double (*exact32)(double);
  long double (*exact64)(long double);
  double range; ///< where the f64 samples are denser
};

static double rsqrtOf(double x) { return 1 / std::sqrt(x); }
static long double rsqrtOf(long double x) { return 1 / std::sqrt(x); }

static const Function functions[] = {
    {"exp", 0.90, 0.90, std::exp, std::exp, 745},
    {"log", 0.86, 0.85, std::log, std::log, 3},
    {"sin", 1.00, 0.95, std::sin, std::sin, 1000},
    {"cos", 1.00, 0.95, std::cos, std::cos, 1000},
    {"tanh", 1.03, 1.35, std::tanh, std::tanh, 5},
    {"erf", 1.01, 1.00, std::erf, std::erf, 6},
    {"acos", 0.51, 2.8, std::acos, std::acos, 1},
    {"asin", 0.51, 2.8, std::asin, std::asin, 1},
    {"atan", 0.51, 2.8, std::atan, std::atan, 10},
    {"cbrt", 0.51, 2.8, std::cbrt, std::cbrt, 100},
    {"cosh", 0.51, 2.8, std::cosh, std::cosh, 700},
    {"exp2", 0.51, 2.8, std::exp2, std::exp2, 1000},
    {"expm1", 0.51, 2.8, std::expm1, std::expm1, 5},
    {"log10", 0.51, 2.8, std::log10, std::log10, 10},
    {"log1p", 0.51, 2.8, std::log1p, std::log1p, 2},
    {"log2", 0.51, 2.8, std::log2, std::log2, 10},
    {"rsqrt", 0.51, 2.8, rsqrtOf, rsqrtOf, 10},
    {"sinh", 0.51, 2.8, std::sinh, std::sinh, 5},
    {"tan", 0.51, 2.8, std::tan, std::tan, 10},
};

template <typename T>
static T specials[] = {0,
                       -T(0),
                       1,
                       -1,
                       2,
                       -2,
                       T(0.5),
                       T(-0.5),
                       3,
                       -3,
                       std::numeric_limits<T>::infinity(),
                       -std::numeric_limits<T>::infinity(),
                       std::numeric_limits<T>::quiet_NaN(),
                       std::numeric_limits<T>::denorm_min(),
                       -std::numeric_limits<T>::denorm_min(),
                       std::numeric_limits<T>::min(),
                       std::numeric_limits<T>::max(),
                       -std::numeric_limits<T>::max(),
                       1 + std::numeric_limits<T>::epsilon(),
                       1 - std::numeric_limits<T>::epsilon() / 2,
                       T(88.72283),
                       T(88.72284),
                       T(-103.97),
                       T(-103.98),
                       T(709.78),
                       T(709.79),
                       T(-745.13),
                       T(-745.14),
                       T(1e5),
                       T(1.0e22),
                       T(0.7853981633974483),
                       T(1.5707963267948966),
                       T(3.141592653589793),
                       T(16777215)};

/// The distance of \p got from \p exact in units in the last place of a T;
/// infinite if a special value is wrong.
template <typename T, typename Exact>
static double ulpsOff(T got, Exact exact) {
  T rounded = static_cast<T>(exact);
  if (std::isnan(rounded) || std::isnan(got))
    return std::isnan(rounded) && std::isnan(got) ? 0 : INFINITY;
  if (std::isinf(rounded) || std::isinf(got))
    return rounded == got ? 0 : INFINITY;
  if (std::signbit(rounded) != std::signbit(got))
    return INFINITY;
  int exponent = std::numeric_limits<T>::min_exponent;
  if (std::fabs(exact) >= std::numeric_limits<T>::min())
    std::frexp(exact, &exponent);
  Exact unit = std::ldexp(Exact(1), exponent - std::numeric_limits<T>::digits);
  return static_cast<double>(std::fabs(got - exact) / unit);
}

template <typename T> struct Worst {
  double ulps = 0;
  T at = 0;
  void note(double candidate, T x) {
    if (candidate <= ulps)
      return;
    ulps = candidate;
    at = x;
  }
};

template <typename T, typename Exact>
static void measure(const MathKernel &kernel, const std::vector<T> &inputs,
                    Exact (*exact)(Exact), Worst<T> &worst) {
  std::vector<T> results(inputs.size());
  kernel.run(inputs.data(), inputs.data(), results.data(),
             static_cast<std::int64_t>(inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    worst.note(ulpsOff(results[i], exact(inputs[i])), inputs[i]);
}

/// Half of the samples anywhere, half where the function changes.
template <typename T>
static std::vector<T> samples(const Function &function, std::size_t count) {
  std::mt19937_64 random(20);
  std::uniform_real_distribution<double> near(-function.range, function.range);
  std::vector<T> inputs(count);
  for (std::size_t i = 0; i < count; ++i)
    inputs[i] = i % 2 ? static_cast<T>(near(random))
                      : static_cast<T>(std::bit_cast<double>(random()));
  std::copy(std::begin(specials<T>), std::end(specials<T>), inputs.begin());
  return inputs;
}

static std::uint64_t sweepStep() {
  const char *step = std::getenv("FERRO_MATH_STEP");
  return step ? std::strtoull(step, nullptr, 10) : 599;
}

/// Every step-th float by its bits, NaNs and infinities included.
static Worst<float> sweep(const MathKernel &kernel, const Function &function,
                          std::uint64_t step) {
  Worst<float> worst;
  measure(kernel, samples<float>(function, 1 << 12), function.exact32, worst);
  std::vector<float> inputs(1 << 16);
  for (std::uint64_t bits = 0; bits >> 32 == 0;) {
    for (float &x : inputs) {
      x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      bits += step;
    }
    measure(kernel, inputs, function.exact32, worst);
  }
  return worst;
}

class MathTest : public testing::Test {
protected:
  void SetUp() override {
    if (machines().empty())
      GTEST_SKIP() << "no AVX2 with FMA here";
  }
};

// [C05] [C08] [C09]
TEST_F(MathTest, EveryF32StaysWithinTheStatedUlps) {
  for (const Machine &machine : machines())
    for (const Function &function : functions) {
      std::int64_t lanes = machine.target.lanes();
      MathKernel kernel = compileMath(machine, function.name, false, lanes);
      // The narrower code comes from the same formulas: fewer samples do.
      std::uint64_t step = sweepStep() * (lanes == 16 ? 1 : 11);
      Worst<float> worst = sweep(kernel, function, step);
      EXPECT_LE(worst.ulps, function.ulp32)
          << function.name << "(" << worst.at << ") on " << machine.name;
      std::cout << machine.name << " f32 " << function.name << ": "
                << worst.ulps << " ulp at " << worst.at << "\n";
    }
}

TEST_F(MathTest, F64StaysWithinTheStatedUlps) {
  for (const Machine &machine : machines())
    for (const Function &function : functions) {
      std::int64_t lanes = machine.target.lanes() / 2;
      MathKernel kernel = compileMath(machine, function.name, true, lanes);
      Worst<double> worst;
      measure(kernel, samples<double>(function, 1 << 18), function.exact64,
              worst);
      EXPECT_LE(worst.ulps, function.ulp64)
          << function.name << "(" << worst.at << ") on " << machine.name;
      std::cout << machine.name << " f64 " << function.name << ": "
                << worst.ulps << " ulp at " << worst.at << "\n";
    }
}

TEST_F(MathTest, ScalarsAndVectorsGiveTheSameBits) {
  const Machine machine = machines().front();
  for (const Function &function : functions) {
    MathKernel one = compileMath(machine, function.name, false, 1);
    MathKernel many = compileMath(machine, function.name, false, 32);
    std::vector<float> inputs = samples<float>(function, 1 << 14);
    std::vector<float> a(inputs.size()), b(inputs.size());
    one.run(inputs.data(), inputs.data(), a.data(), 1 << 14);
    many.run(inputs.data(), inputs.data(), b.data(), 1 << 14);
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!std::isnan(a[i]) || !std::isnan(b[i]))
        ASSERT_EQ(std::bit_cast<std::uint32_t>(a[i]),
                  std::bit_cast<std::uint32_t>(b[i]))
            << function.name << "(" << inputs[i] << ")";
  }
}

TEST_F(MathTest, TheExpOfNonPositiveNumbersGivesTheBitsOfExp) {
  const Machine machine = machines().front();
  MathKernel any = compileMath(machine, "exp", false, 8);
  MathKernel few = compileMath(machine, "exp-", false, 32);
  std::vector<float> inputs(1 << 16), a(1 << 16), b(1 << 16);
  const std::uint64_t step = sweepStep();
  // Every step-th float with a sign, -0 to -infinity and beyond to the NaNs.
  for (std::uint64_t bits = std::uint64_t(1) << 31; bits >> 32 == 0;) {
    for (float &x : inputs) {
      x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      bits = std::min(bits + step, std::uint64_t(1) << 32);
    }
    any.run(inputs.data(), inputs.data(), a.data(), 1 << 16);
    few.run(inputs.data(), inputs.data(), b.data(), 1 << 16);
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!std::isnan(a[i]) || !std::isnan(b[i]))
        ASSERT_EQ(std::bit_cast<std::uint32_t>(a[i]),
                  std::bit_cast<std::uint32_t>(b[i]))
            << inputs[i];
  }
}

/// All pairs of special values, then pairs whose power is finite.
template <typename T>
static std::pair<std::vector<T>, std::vector<T>> powSamples(std::size_t count) {
  std::vector<T> x, y;
  for (T base : specials<T>)
    for (T exponent : specials<T>) {
      x.push_back(base);
      y.push_back(exponent);
    }
  std::mt19937_64 random(21);
  std::uniform_real_distribution<double> unit(-1, 1);
  double largest = std::numeric_limits<T>::max_exponent + 20;
  while (x.size() < count || x.size() % 16 != 0) {
    double base = std::exp2(unit(random) * (x.size() % 2 ? largest : 1));
    double exponent = largest * unit(random) / std::log2(base);
    x.push_back(static_cast<T>(base));
    y.push_back(static_cast<T>(exponent));
  }
  return {x, y};
}

template <typename T, typename Exact>
static void expectPow(const Machine &machine, double bound) {
  MathKernel kernel = compileMath(machine, "pow", sizeof(T) == 8,
                                  machine.target.vectorBytes / sizeof(T));
  auto [x, y] = powSamples<T>(1 << 18);
  std::vector<T> results(x.size());
  kernel.run(x.data(), y.data(), results.data(),
             static_cast<std::int64_t>(x.size()));
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double off = ulpsOff(results[i], std::pow(Exact(x[i]), Exact(y[i])));
    EXPECT_LE(off, bound) << "pow(" << x[i] << ", " << y[i] << ") is "
                          << results[i];
    worst = std::max(worst, off);
  }
  std::cout << machine.name << " f" << 8 * sizeof(T) << " pow: " << worst
            << " ulp\n";
}

TEST_F(MathTest, PowStaysWithinTheStatedUlps) {
  for (const Machine &machine : machines()) {
    expectPow<float, double>(machine, 0.51);
    expectPow<double, long double>(machine, 1.10);
  }
}

} // namespace ferro::test
