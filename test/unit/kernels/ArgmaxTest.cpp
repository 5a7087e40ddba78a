#include "cutile/kernels/Argmax.h"

#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

/// The first index of the greatest number of each row; 0 without any.
std::vector<i32> argmax(const std::vector<double> &x, std::size_t width) {
  std::vector<i32> y;
  for (std::size_t row = 0; row < x.size(); row += width) {
    std::size_t best = 0;
    double top = -INFINITY;
    for (std::size_t i = 0; i < width; ++i)
      if (x[row + i] > top)
        top = x[row + (best = i)];
    y.push_back(static_cast<i32>(best));
  }
  return y;
}

template <typename E> void expectArgmax(const ferro::Tensor<E> &x) {
  auto y = ferro::full<i32>({x.size(0)}, -1);
  run<kernels::argmax<4, 16, E>>(y.partition({4}), x);
  EXPECT_EQ(y.to_vector(),
            argmax(wide(x), static_cast<std::size_t>(x.size(1))));
}

/// Small integers, so that sums are exact and the greatest often equal.
template <typename E>
ferro::Tensor<E> integers(const ferro::Shape &shape, unsigned seed) {
  auto x = random<E>(shape, seed, 4);
  for (E &value : x.mutable_data())
    value = static_cast<E>(std::rint(static_cast<float>(value)));
  return x;
}

template <typename E>
void expectLmHeadArgmax(std::int64_t m, std::int64_t k, std::int64_t words) {
  auto x = integers<E>({m, k}, 1), weights = integers<E>({words, k}, 2);
  auto values = wide(x), columns = wide(weights);
  std::vector<double> logits;
  for (std::int64_t i = 0; i < m * words; ++i) {
    double sum = 0;
    for (std::int64_t l = 0; l < k; ++l)
      sum += values[static_cast<std::size_t>(i / words * k + l)] *
             columns[static_cast<std::size_t>(i % words * k + l)];
    logits.push_back(sum - 1000); // all below padding
  }
  // A last feature of 1 and a weight of -1000 for all words.
  auto shift = [](const ferro::Tensor<E> &matrix, double value) {
    return ferro::cat({matrix, ferro::full<E>({matrix.size(0), 1}, value)}, 1);
  };
  x = shift(x, 1), weights = shift(weights, -1000);
  std::int64_t parts = (words + 15) / 16;
  auto top = ferro::zeros<kernels::Compute<E>>({m, parts});
  auto at = ferro::zeros<i32>({m, parts}), y = ferro::zeros<i32>({m});
  run<kernels::lm_head_argmax<8, 16, 8, E>>(top.partition({8, 1}),
                                            at.partition({8, 1}), x, weights);
  run<kernels::argmax_of_parts<8, 4, kernels::Compute<E>>>(y.partition({8}),
                                                           top, at);
  EXPECT_EQ(y.to_vector(), argmax(logits, static_cast<std::size_t>(words)));
}

} // namespace

// [I02]
TEST(Argmax, FirstOfTheGreatestOfEachRow) {
  for (const ferro::Shape &shape :
       std::vector<ferro::Shape>{{0, 3}, {1, 1}, {4, 16}, {5, 37}, {6, 129}}) {
    expectArgmax(random<f32>(shape, 1));
    expectArgmax(integers<f16>(shape, 2));
    expectArgmax(integers<f64>(shape, 3));
  }
  expectArgmax(ferro::add(random<f32>({5, 37}, 1), -10.f)); // below padding
}

TEST(Argmax, NanIsPassedOver) {
  auto x = random<f32>({3, 40}, 1);
  for (std::size_t i = 0; i < 60; ++i)
    x.mutable_data()[i == 30 ? 31 : i] = i < 50 ? NAN : -INFINITY;
  expectArgmax(x);
}

// [I02]
TEST(Argmax, LmHeadWithoutItsLogits) {
  expectLmHeadArgmax<f16>(5, 13, 100);
  expectLmHeadArgmax<f32>(9, 8, 16);
  expectLmHeadArgmax<bf16>(1, 1, 1);
  expectLmHeadArgmax<f64>(0, 3, 5);
}
