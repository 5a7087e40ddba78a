#include "cutile/kernels/Softmax.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

std::vector<double> softmax(const std::vector<double> &x, std::size_t width) {
  std::vector<double> y = x;
  for (std::size_t row = 0; row + width <= x.size() && width; row += width) {
    double top = -INFINITY, sum = 0;
    for (std::size_t i = row; i < row + width; ++i)
      top = std::max(top, x[i]);
    for (std::size_t i = row; i < row + width; ++i)
      sum += y[i] = std::exp(x[i] - top);
    for (std::size_t i = row; i < row + width; ++i)
      y[i] /= sum;
  }
  return y;
}

template <typename E> void expectSoftmax(const ferro::Tensor<E> &x) {
  auto width = x.size(1);
  auto expected = softmax(wide(x), static_cast<std::size_t>(width));
  auto y = ferro::full<E>(x.shape(), 9);
  if (width <= 64) {
    run<kernels::softmax<4, 64, E>>(y.partition({4, 64}), x);
    expectNear(y, expected);
    y = ferro::full<E>(x.shape(), 9);
  }
  run<kernels::softmax_online<4, 16, E>>(
      y.partition({4, std::max<std::int64_t>(width, 1)}), x);
  expectNear(y, expected);
}

template <typename E> void expectSoftmaxOfAnyShape() {
  for (const ferro::Shape &shape : std::vector<ferro::Shape>{
           {0, 3}, {3, 0}, {1, 1}, {8, 64}, {5, 37}, {6, 129}})
    expectSoftmax(random<E>(shape, 1, 10));
}

} // namespace

// [I15]
TEST(SoftmaxKernels, RowsOfAnyWidth) {
  expectSoftmaxOfAnyShape<f32>();
  expectSoftmaxOfAnyShape<f64>();
  expectSoftmaxOfAnyShape<f16>();
  expectSoftmaxOfAnyShape<bf16>();
}

TEST(SoftmaxKernels, LargeNumbersDoNotOverflow) {
  expectSoftmax(ferro::add(random<f32>({5, 37}, 1, 100), 1e4f));
  expectSoftmax(ferro::add(random<f32>({5, 37}, 1, 100), -1e4f));
}

// Whole tiles without a number in front of the first one: nothing is summed up,
// and nothing is NaN.
TEST(SoftmaxKernels, RowsMayBeginWithMinusInfinity) {
  auto x = random<f32>({5, 60}, 1);
  for (int row = 0; row < 5; ++row)
    for (int column = 0; column < 12 * row; ++column)
      x.mutable_data()[static_cast<std::size_t>(row * 60 + column)] = -INFINITY;
  expectSoftmax(x);
}

TEST(SoftmaxKernels, NanAndNothingButMinusInfinityGiveNan) {
  auto x = random<f32>({3, 40}, 1);
  x.mutable_data()[17] = NAN;
  for (std::size_t i = 40; i < 80; ++i)
    x.mutable_data()[i] = -INFINITY;
  auto y = ferro::zeros<f32>({3, 40});
  auto expected = softmax(wide(x), 40);
  for (std::size_t i = 0; i < 80; ++i)
    expected[i] = NAN;
  run<kernels::softmax<4, 64>>(y.partition({4, 64}), x);
  expectNear(y, expected);
  run<kernels::softmax_online<4, 16>>(y.partition({4, 40}), x);
  expectNear(y, expected);
}

TEST(SoftmaxKernels, ARowThatDoesNotFitIsRefused) {
  auto x = random<f32>({4, 65}, 1), y = ferro::zeros<f32>({4, 65});
  EXPECT_FERRO_CODE((run<kernels::softmax<4, 64>>(y.partition({4, 64}), x)),
                    ferro::Code::InvalidArgument);
  EXPECT_FERRO_CODE(
      (run<kernels::softmax_online<4, 16>>(y.partition({4, 64}), x)),
      ferro::Code::InvalidArgument);
}
