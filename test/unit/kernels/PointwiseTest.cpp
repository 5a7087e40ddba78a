#include "cutile/kernels/Pointwise.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

double silu(double x) { return x / (1 + std::exp(-x)); }

const ferro::Shape shapes[] = {{0, 5}, {1, 1}, {8, 16}, {13, 37}};

template <typename E> void expectSum() {
  for (const ferro::Shape &shape : shapes) {
    auto x = random<E>(shape, 1, 100), y = random<E>(shape, 2, 20);
    auto z = ferro::zeros<E>(shape);
    run<kernels::add<8, 16, E>>(z.partition({8, 16}), x, y);
    EXPECT_EQ(z.to_vector(), ferro::add(x, y).to_vector());
  }
}

template <typename E> void expectGated() {
  for (const ferro::Shape &shape : shapes) {
    std::int64_t m = shape[0], n = shape[1];
    auto x = random<E>({m, 2 * n}, 1, 4);
    auto gate = ferro::narrow(x, 1, 0, n), up = ferro::narrow(x, 1, n, n);
    auto gates = wide(gate), expected = wide(up);
    for (std::size_t i = 0; i < expected.size(); ++i)
      expected[i] *= silu(gates[i]);
    auto y = ferro::zeros<E>(shape);
    run<kernels::silu_mul<8, 16, E>>(y.partition({8, 16}), gate, up);
    expectNear(y, expected);
    y = ferro::zeros<E>(shape);
    run<kernels::swiglu<8, 16, E>>(y.partition({8, 16}), x);
    expectNear(y, expected);
  }
}

template <typename E> void expectScaledSum(kernels::Compute<E> a) {
  auto x = random<E>({77}, 1, 20), y = random<E>({77}, 2, 20);
  auto expected = wide(y);
  for (std::size_t i = 0; i < 77; ++i)
    expected[i] += wide(a) * wide(x.data()[i]);
  run<kernels::saxpy<32, E>>(y.partition({32}), x, a);
  expectNear(y, expected);
}

template <typename E>
void expectScaled(std::int64_t count, std::int64_t blocks) {
  auto x = random<E>({count}, 1, 20), y = ferro::zeros<E>({count});
  auto expected = wide(x);
  for (double &value : expected)
    value *= 3;
  runWith<kernels::scale<16, E>>(Grid{blocks}, y, x, kernels::Compute<E>{3},
                                 count);
  expectNear(y, expected);
}

} // namespace

// [I07]
TEST(Pointwise, AddRoundsOnce) {
  expectSum<f32>();
  expectSum<f16>();
  expectSum<i32>();
}

// [I07]
TEST(Pointwise, SiluTimesUp) {
  expectGated<f32>();
  expectGated<f64>();
  expectGated<f16>();
  expectGated<bf16>();
}

TEST(Pointwise, SwigluNeedsTwoHalves) {
  auto x = random<f16>({2, 5}, 1), y = ferro::zeros<f16>({2, 2});
  EXPECT_FERRO_CODE((run<kernels::swiglu<8, 16>>(y.partition({8, 16}), x)),
                    ferro::Code::InvalidArgument);
}

// [I10]
TEST(Pointwise, SaxpyAddsToItsOutput) {
  expectScaledSum<f32>(2.5f);
  expectScaledSum<f64>(-0.1);
  expectScaledSum<f16>(0.5f);
  expectScaledSum<i32>(7);
}

// [I22]
TEST(Pointwise, ScaleStridesThroughPointers) {
  for (std::int64_t count : {0, 1, 16, 77, 200})
    for (std::int64_t blocks : {1, 3, 32}) {
      expectScaled<f32>(count, blocks);
      expectScaled<i16>(count, blocks);
    }
  expectScaled<bf16>(77, 2);
}

TEST(Pointwise, ScaleWorksInPlace) {
  auto x = random<f32>({77}, 1);
  auto expected = wide(x);
  for (double &value : expected)
    value *= -2;
  launch<kernels::scale<16>>(x, x, -2.0f, 77).grid({3}).sync();
  expectNear(x, expected, 0);
}
