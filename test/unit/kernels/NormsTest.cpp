#include "cutile/kernels/Norms.h"

#include "../Expect.h"
#include "Tolerance.h"

#include <functional>

using namespace cutile;
using namespace cutile::testing;

namespace {

using Values = std::vector<double>;

/// Matrices of M rows and N columns in f64: the norms by their formulas.
struct PlainNorm {
  std::size_t m, n;
  bool isCentred;
  double epsilon;
  Values mean, rstd;

  PlainNorm(const Values &x, std::size_t m, std::size_t n, bool isCentred,
            double epsilon)
      : m(m), n(n), isCentred(isCentred), epsilon(epsilon) {
    for (std::size_t i = 0; i < m; ++i) {
      double sum = 0, squares = 0;
      for (std::size_t j = 0; isCentred && j < n; ++j)
        sum += x[i * n + j];
      mean.push_back(sum / static_cast<double>(n));
      for (std::size_t j = 0; j < n; ++j)
        squares += std::pow(x[i * n + j] - mean[i], 2);
      rstd.push_back(1 / std::sqrt(squares / static_cast<double>(n) + epsilon));
    }
  }
  Values each(const std::function<double(std::size_t, std::size_t)> &f) const {
    Values values;
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j)
        values.push_back(f(i, j));
    return values;
  }
  Values normal(const Values &x) const {
    return each(
        [&](auto i, auto j) { return (x[i * n + j] - mean[i]) * rstd[i]; });
  }
  Values forward(const Values &x, const Values &weight,
                 const Values &bias) const {
    auto normals = normal(x);
    return each([&](auto i, auto j) {
      return normals[i * n + j] * weight[j] + bias[j];
    });
  }
  Values backward(const Values &x, const Values &dy,
                  const Values &weight) const {
    auto normals = normal(x);
    auto g = each([&](auto i, auto j) { return dy[i * n + j] * weight[j]; });
    Values total(m), product(m);
    each([&](auto i, auto j) {
      total[i] += isCentred ? g[i * n + j] / static_cast<double>(n) : 0;
      return product[i] +=
             g[i * n + j] * normals[i * n + j] / static_cast<double>(n);
    });
    return each([&](auto i, auto j) {
      return rstd[i] *
             (g[i * n + j] - total[i] - normals[i * n + j] * product[i]);
    });
  }
  Values sumOfRows(const Values &x) const {
    Values sums(n);
    each([&](auto i, auto j) { return sums[j] += x[i * n + j]; });
    return sums;
  }
  Values backwardWeight(const Values &x, const Values &dy) const {
    auto normals = normal(x);
    return sumOfRows(each(
        [&](auto i, auto j) { return dy[i * n + j] * normals[i * n + j]; }));
  }
};

/// Random operands of a norm, with room for its results.
template <typename E> struct Operands {
  using C = kernels::Compute<E>;
  std::int64_t m, n;
  ferro::Tensor<E> x = random<E>({m, n}, 1, 3), dy = random<E>({m, n}, 2),
                   weight = random<E>({n}, 3, 2), bias = random<E>({n}, 4);
  ferro::Tensor<E> y = ferro::full<E>({m, n}, 9),
                   dx = ferro::full<E>({m, n}, 9),
                   dweight = ferro::full<E>({n}, 9),
                   dbias = ferro::full<E>({n}, 9);
  ferro::Tensor<C> mean = ferro::full<C>({m}, 9), rstd = ferro::full<C>({m}, 9);

  PlainNorm plain(bool isCentred, double epsilon) const {
    return PlainNorm(wide(x), static_cast<std::size_t>(m),
                     static_cast<std::size_t>(n), isCentred, epsilon);
  }
  auto rows(ferro::Tensor<E> &matrix) const { return matrix.partition({4, n}); }
};

template <typename E> void expectLayerNorm(Operands<E> all) {
  auto epsilon = static_cast<kernels::Compute<E>>(1e-5);
  auto plain = all.plain(true, epsilon);
  auto x = wide(all.x), dy = wide(all.dy), weight = wide(all.weight);
  run<kernels::layer_norm<4, 16, E>>(all.rows(all.y), all.mean.partition({4}),
                                     all.rstd.partition({4}), all.x, all.weight,
                                     all.bias, epsilon);
  expectNear(all.y, plain.forward(x, weight, wide(all.bias)));
  expectNear(all.mean, plain.mean);
  expectNear(all.rstd, plain.rstd);
  run<kernels::layer_norm_backward<4, 16, E>>(all.rows(all.dx), all.dy, all.x,
                                              all.mean, all.rstd, all.weight);
  expectNear(all.dx, plain.backward(x, dy, weight));
  run<kernels::layer_norm_backward_weight<4, 16, E>>(
      all.dweight.partition({16}), all.dbias.partition({16}), all.dy, all.x,
      all.mean, all.rstd);
  expectNear(all.dweight, plain.backwardWeight(x, dy));
  expectNear(all.dbias, plain.sumOfRows(dy));
}

template <typename E> void expectRmsNorm(Operands<E> all) {
  auto epsilon = static_cast<kernels::Compute<E>>(1e-6);
  auto plain = all.plain(false, epsilon);
  auto x = wide(all.x), dy = wide(all.dy), weight = wide(all.weight);
  Values none(static_cast<std::size_t>(all.n));
  run<kernels::rms_norm<4, 16, E>>(all.rows(all.y), all.rstd.partition({4}),
                                   all.x, all.weight, epsilon);
  expectNear(all.y, plain.forward(x, weight, none));
  expectNear(all.rstd, plain.rstd);
  run<kernels::rms_norm_backward<4, 16, E>>(all.rows(all.dx), all.dy, all.x,
                                            all.rstd, all.weight);
  expectNear(all.dx, plain.backward(x, dy, weight));
  run<kernels::rms_norm_backward_weight<4, 16, E>>(all.dweight.partition({16}),
                                                   all.dy, all.x, all.rstd);
  expectNear(all.dweight, plain.backwardWeight(x, dy));
}

template <typename E> void expectAddRmsNorm(Operands<E> all) {
  auto epsilon = static_cast<kernels::Compute<E>>(1e-6);
  // dy serves as the residual, dx as the sum.
  run<kernels::add_rms_norm<4, 16, E>>(all.rows(all.y), all.rows(all.dx), all.x,
                                       all.dy, all.weight, epsilon);
  EXPECT_EQ(all.dx.to_vector(), ferro::add(all.x, all.dy).to_vector());
  all.x = all.dx;
  auto separate = ferro::zeros<E>({all.m, all.n});
  run<kernels::rms_norm<4, 16, E>>(all.rows(separate), all.rstd.partition({4}),
                                   all.x, all.weight, epsilon);
  EXPECT_EQ(all.y.to_vector(), separate.to_vector());
}

const ferro::Shape shapes[] = {{0, 5}, {1, 1}, {4, 16}, {5, 37}, {9, 64}};

template <typename F> void forAll(F expect) {
  for (const ferro::Shape &shape : shapes) {
    expect(Operands<f32>{shape[0], shape[1]});
    expect(Operands<f64>{shape[0], shape[1]});
    expect(Operands<f16>{shape[0], shape[1]});
    expect(Operands<bf16>{shape[0], shape[1]});
  }
}

} // namespace

TEST(Norms, LayerNormForwardAndBackward) {
  forAll([](auto all) { expectLayerNorm(all); });
}

// [I06] [I15]
TEST(Norms, RmsNormForwardAndBackward) {
  forAll([](auto all) { expectRmsNorm(all); });
}

// [I06]
TEST(Norms, AddRmsNormIsTheTwoKernels) {
  forAll([](auto all) { expectAddRmsNorm(all); });
}

// A variance as the mean of squares less the square of the mean would be 0.
TEST(Norms, ALargeMeanDoesNotCancelTheVariance) {
  Operands<f32> all{5, 37};
  all.x = ferro::add(all.x, 3e4f);
  auto plain = all.plain(true, 1e-5);
  run<kernels::layer_norm<4, 16, f32>>(all.rows(all.y), all.mean.partition({4}),
                                       all.rstd.partition({4}), all.x,
                                       all.weight, all.bias, 1e-5f);
  expectNear(all.y,
             plain.forward(wide(all.x), wide(all.weight), wide(all.bias)),
             5e-3); // the mean itself is rounded to 2e-3
}

TEST(Norms, OperandsOfOtherWidthsAreRefused) {
  Operands<f32> all{5, 37};
  auto shorter = ferro::zeros<f32>({36});
  EXPECT_FERRO_CODE((run<kernels::rms_norm<4, 16, f32>>(all.rows(all.y),
                                                        all.rstd.partition({4}),
                                                        all.x, shorter, 1e-6f)),
                    ferro::Code::InvalidArgument);
  EXPECT_FERRO_CODE((run<kernels::rms_norm<4, 16, f32>>(
                        all.y.partition({8, 36}), all.rstd.partition({8}),
                        all.x, all.weight, 1e-6f)),
                    ferro::Code::ShapeMismatch);
}
