#include "cutile/kernels/Creation.h"

#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

const std::int64_t lengths[] = {0, 1, 31, 32, 77};

template <typename E> void expectFilled(E value) {
  for (std::int64_t n : lengths) {
    auto y = ferro::zeros<E>({n});
    run<kernels::fill<32, E>>(y.partition({32}), value);
    expectNear(y,
               std::vector<double>(static_cast<std::size_t>(n), wide(value)));
  }
}

template <typename E>
void expectRange(kernels::Compute<E> start, kernels::Compute<E> step) {
  for (std::int64_t n : lengths) {
    auto y = ferro::zeros<E>({n});
    run<kernels::arange<32, E>>(y.partition({32}), start, step);
    std::vector<double> expected;
    for (int i = 0; i < n; ++i)
      expected.push_back(wide(start) + i * wide(step));
    expectNear(y, expected);
  }
}

template <typename E> void expectLinspace(double start, double end) {
  for (std::int64_t n : lengths) {
    auto y = ferro::zeros<E>({n});
    using C = kernels::Compute<E>;
    run<kernels::linspace<32, E>>(y.partition({32}), static_cast<C>(start),
                                  static_cast<C>(end), n);
    std::vector<double> expected;
    for (int i = 0; i < n; ++i)
      expected.push_back(n == 1 ? start
                                : start + i * (end - start) /
                                              static_cast<double>(n - 1));
    expectNear(y, expected);
    if (n > 1) // exactly
      EXPECT_EQ(y.to_vector().back(), static_cast<E>(end));
  }
}

template <typename E> void expectEye(std::int64_t rows, std::int64_t columns) {
  auto y = ferro::full<E>({rows, columns}, 7);
  run<kernels::eye<8, 16, E>>(y.partition({8, 16}));
  expectNear(y, wide(ferro::eye<E>(rows, columns)), 0);
}

template <typename To, typename From> void expectCast(double reach) {
  auto x = random<From>({77}, 1, reach);
  auto y = ferro::zeros<To>({77});
  run<kernels::cast<32, To, From>>(y.partition({32}), x);
  for (std::size_t i = 0; i < 77; ++i)
    ASSERT_EQ(y.data()[i], convert<To>(x.data()[i]));
}

} // namespace

// [I01]
TEST(Creation, FillIsTheValueEverywhere) {
  expectFilled<f32>(1.5f);
  expectFilled<f16>(f16(-2.25f));
  expectFilled<i64>(std::int64_t{1} << 40);
  expectFilled<bool>(true);
}

// [I01]
TEST(Creation, ArangeCountsInStepsFromItsStart) {
  expectRange<f32>(-3.5f, 0.25f);
  expectRange<f64>(1e6, 1e-3);
  expectRange<bf16>(0, 2);
  expectRange<i32>(100, -3);
  expectRange<u8>(1, 3);
}

// [I01]
TEST(Creation, LinspaceHasBothEndsExactly) {
  expectLinspace<f32>(0.1f, 0.7f);
  expectLinspace<f64>(-3, 1.1);
  expectLinspace<f16>(-1, 1);
}

// [I01]
TEST(Creation, EyeHasOnesOnTheDiagonal) {
  expectEye<f32>(13, 37);
  expectEye<i32>(37, 13);
  expectEye<bf16>(1, 1);
  expectEye<f32>(0, 5);
}

// [I01]
TEST(Creation, CastConvertsEachElement) {
  expectCast<f16, f32>(1);
  expectCast<f32, bf16>(100);
  expectCast<i8, f32>(300);
  expectCast<f64, i32>(1e6);
  expectCast<u8, i64>(1000);
}
