#include "../Expect.h"

#include "ferro/Gradients.h"
#include "ferro/Script.h"

#include <gtest/gtest.h>

#include <vector>

using namespace ferro;

static Tensor<double> affine(const Tensor<double> &x, const Tensor<double> &w,
                             const Tensor<double> &unused) {
  (void)unused;
  return x * w * 3 + exp(x);
}

// [B57] [B65] [C53]
TEST(GradientFunctions, VjpTakesGradientsBack) {
  auto x = tensor<double>({0.5, -1}), w = tensor<double>({2, 7});
  auto [y, pullback] = vjp(affine, x, w, w);
  EXPECT_FALSE(y.requires_grad());
  EXPECT_EQ(y.to_vector(), affine(x, w, w).to_vector());
  for (double scale : {1.0, 10.0}) { // each call starts from nothing
    auto [dx, dw, dunused] = pullback(full<double>({2}, scale));
    EXPECT_EQ(dx.to_vector(), (scale * (w * 3 + exp(x))).to_vector());
    EXPECT_EQ(dw.to_vector(), (scale * (x * 3)).to_vector());
    EXPECT_EQ(dunused.to_vector(), (std::vector<double>{0, 0}));
  }
  EXPECT_FALSE(x.requires_grad());
  EXPECT_FALSE(w.has_grad());
}

// [B57]
TEST(GradientFunctions, VjpOfAModuleRunsItsCode) {
  auto x = tensor<float>({0.25f, -2, 3}), w = tensor<float>({4, 5, -6});
  auto module = traced(
      "vjp_of_module",
      [](const Tensor<float> &a, const Tensor<float> &b) {
        return tanh(a * b);
      },
      x, w);
  auto calls = script_stats().calls;
  auto [y, pullback] = vjp(module, x, w);
  EXPECT_EQ(script_stats().calls, calls + 1);
  auto [dx, dw] = pullback(ones<float>({3}));
  auto slope = 1 - y * y;
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(dx.to_vector()[i], (slope * w).to_vector()[i], 1e-5);
    EXPECT_NEAR(dw.to_vector()[i], (slope * x).to_vector()[i], 1e-5);
  }
}

// [C53]
TEST(GradientFunctions, GradGivesOneTensorOrATuple) {
  auto x = tensor<double>({1, 2, 3});
  auto square_sum = [](const Tensor<double> &a) { return sum(a * a); };
  EXPECT_EQ(grad(square_sum)(x).to_vector(), (std::vector<double>{2, 4, 6}));
  auto [value, gradients] = value_and_grad(square_sum)(x);
  EXPECT_EQ(value.item(), 14);
  EXPECT_EQ(std::get<0>(gradients).to_vector(), (std::vector<double>{2, 4, 6}));
  auto weighted = [](const Tensor<double> &a, const Tensor<std::int64_t> &n,
                     double scale) { return sum(a * n) * scale; };
  auto counts = tensor<std::int64_t>({1, 0, 2});
  auto [da, dn] = grad(weighted)(x, counts, 0.5);
  EXPECT_EQ(da.to_vector(), (std::vector<double>{0.5, 0, 1}));
  EXPECT_EQ(dn.to_vector(), (std::vector<std::int64_t>{0, 0, 0}));
}

TEST(GradientFunctions, RefuseWhatHasNoGradient) {
  auto x = tensor<float>({1, 2});
  EXPECT_FERRO_ERROR(
      grad([](const Tensor<float> &a) { return a * 2; })(x),
      Code::BackwardNonScalar,
      "grad: the function's value is [2]; only a value of one element has a "
      "gradient, so reduce it or use vjp");
  auto constant = [](const Tensor<float> &) { return scalar<float>(7); };
  EXPECT_EQ(grad(constant)(x).to_vector(), (std::vector<float>{0, 0}));
  NoGrad guard; // recording is vjp's own affair
  EXPECT_EQ(grad([](const Tensor<float> &a) { return sum(a); })(x).to_vector(),
            (std::vector<float>{1, 1}));
  InferenceMode inference;
  EXPECT_FERRO_ERROR(vjp([](const Tensor<float> &a) { return a; }, x),
                     Code::InvalidArgument,
                     "vjp: inference mode is on; nothing is recorded in it");
}
