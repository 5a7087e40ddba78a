#include "cutile/kernels/CrossEntropy.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

using kernels::Compute;

struct Expected {
  std::vector<double> loss, lse, gradient;
};

Expected expectedOf(const std::vector<double> &logits, std::size_t classes,
                    const std::vector<i32> &targets,
                    const std::vector<double> &dLoss) {
  Expected expected;
  for (std::size_t row = 0; row < targets.size(); ++row) {
    const double *x = logits.data() + row * classes;
    double top = *std::max_element(x, x + classes), sum = 0;
    for (std::size_t c = 0; c < classes; ++c)
      sum += std::exp(x[c] - top);
    double lse = top + std::log(sum);
    std::size_t target = static_cast<std::size_t>(targets[row]);
    expected.lse.push_back(lse);
    expected.loss.push_back(lse - x[target]);
    for (std::size_t c = 0; c < classes; ++c)
      expected.gradient.push_back((std::exp(x[c] - lse) - (c == target)) *
                                  dLoss[row]);
  }
  return expected;
}

std::vector<i32> randomTargets(std::int64_t rows, std::int64_t classes) {
  std::mt19937 bits(5);
  std::vector<i32> targets;
  for (std::int64_t i = 0; i < rows; ++i)
    targets.push_back(
        static_cast<i32>(bits() % static_cast<unsigned>(classes)));
  return targets;
}

template <typename E>
void expectLoss(const ferro::Tensor<E> &logits, const std::vector<i32> &ids,
                double gradientBound = tolerance<E>) {
  std::int64_t rows = logits.size(0), classes = logits.size(1);
  auto targets = ferro::from_vector(ids);
  auto loss = ferro::zeros<Compute<E>>({rows}),
       lse = ferro::zeros<Compute<E>>({rows});
  auto dLoss = random<Compute<E>>({rows}, 2);
  auto expected = expectedOf(wide(logits), static_cast<std::size_t>(classes),
                             ids, wide(dLoss));
  run<kernels::cross_entropy<4, 16, E>>(loss.partition({4}), lse.partition({4}),
                                        logits, targets);
  expectNear(lse, expected.lse);
  expectNear(loss, expected.loss);

  auto gradient = ferro::full<E>(logits.shape(), 9);
  run<kernels::cross_entropy_backward<4, 16, E>>(gradient.partition({4, 16}),
                                                 logits, targets, lse, dLoss);
  expectNear(gradient, expected.gradient, gradientBound);
}

template <typename E> void expectLossesOfAnyShape() {
  for (auto [rows, classes] :
       {std::pair{0, 5}, {1, 1}, {4, 16}, {5, 37}, {9, 130}})
    expectLoss(random<E>({rows, classes}, 1, 10), randomTargets(rows, classes));
}

} // namespace

TEST(CrossEntropy, LossAndGradientOfAnyWidth) {
  expectLossesOfAnyShape<f32>();
  expectLossesOfAnyShape<f64>();
  expectLossesOfAnyShape<f16>();
  expectLossesOfAnyShape<bf16>();
}

TEST(CrossEntropy, LargeLogitsDoNotOverflow) {
  auto targets = randomTargets(5, 37);
  double ulp = 0x1p-10; // of lse
  expectLoss(ferro::add(random<f32>({5, 37}, 1), 1e4f), targets, ulp);
  expectLoss(ferro::add(random<f32>({5, 37}, 1), -1e4f), targets, ulp);
}

TEST(CrossEntropy, ClassesMayBeRuledOut) {
  auto logits = random<f32>({2, 40}, 1);
  std::fill_n(logits.mutable_data().begin(), 30, -INFINITY);
  expectLoss(logits, {35, 0});
}

TEST(CrossEntropy, ATargetIsTheNumberOfAClass) {
  auto logits = random<f32>({2, 5}, 1);
  auto loss = ferro::zeros<f32>({2}), lse = ferro::zeros<f32>({2});
  for (i32 target : {-1, 5})
    EXPECT_FERRO_CODE((run<kernels::cross_entropy<4, 16>>(
                          loss.partition({4}), lse.partition({4}), logits,
                          ferro::tensor<i32>({0, target}))),
                      ferro::Code::InvalidArgument);
}
