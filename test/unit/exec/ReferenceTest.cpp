#include "exec/Reference.h"

#include "graph/Infer.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

using namespace ferro;
using exec::StridedView;
using graph::Attributes;
using graph::OpKind;

// Elements with the memory they live in.
template <typename T> struct Elements {
  std::vector<T> values;
  Shape shape;
  StridedView view() {
    return exec::rowMajor(reinterpret_cast<std::byte *>(values.data()),
                          dtypeOf<T>, shape);
  }
};

template <typename R>
static Elements<R> compute(OpKind op, const Attributes &attributes,
                           std::vector<StridedView> inputs) {
  std::vector<graph::Type> types;
  for (const StridedView &input : inputs)
    types.push_back({input.dtype, input.shape, {}});
  graph::Type type = graph::inferType(op, types, attributes);
  EXPECT_EQ(type.dtype, dtypeOf<R>);
  Elements<R> result{std::vector<R>(numel(type.shape)), type.shape};
  exec::run(op, attributes, inputs, result.view());
  return result;
}

static std::vector<double> randomValues(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double &value : values)
    value = normal(random);
  return values;
}

TEST(Reference, OperandsArePromotedAndBroadcast) {
  Elements<std::int32_t> column{{1, 2}, {2, 1}};
  Elements<double> row{{0.5, 0.25, -1}, {3}};
  auto sum = compute<double>(OpKind::Add, {}, {column.view(), row.view()});
  EXPECT_EQ(sum.shape, (Shape{2, 3}));
  EXPECT_EQ(sum.values, (std::vector<double>{1.5, 1.25, 0, 2.5, 2.25, 1}));
}

TEST(Reference, StridesAreHonoured) {
  Elements<float> x{{0, 1, 2, 3, 4, 5}, {2, 3}};
  StridedView transposed = x.view();
  transposed.shape = {3, 2};
  transposed.strides = {1, 3};
  auto negated = compute<float>(OpKind::Neg, {}, {transposed});
  EXPECT_EQ(negated.values, (std::vector<float>{0, -3, -1, -4, -2, -5}));
}

TEST(Reference, SumsOfFloatsAccumulateInDouble) {
  Elements<float> x{std::vector<float>(1001, 1.0f), {1001}};
  x.values[0] = 0x1p24f; // in float, adding 1 to this changes nothing
  auto sum = compute<float>(OpKind::Sum, {{"axes", Dims{}}, {"keepdim", false}},
                            {x.view()});
  EXPECT_EQ(sum.values[0], 0x1p24f + 1000);
}

TEST(Reference, ReductionsTakeAnyAxes) {
  Elements<double> x{randomValues(2 * 3 * 4 * 5, 1), {2, 3, 4, 5}};
  auto at = [&](int a, int b, int c, int d) {
    return x.values[((a * 3 + b) * 4 + c) * 5 + d];
  };
  Attributes attributes{{"axes", Dims{0, -2}}, {"keepdim", true}};
  auto sum = compute<double>(OpKind::Sum, attributes, {x.view()});
  auto largest = compute<double>(OpKind::Amax, attributes, {x.view()});
  auto product = compute<double>(OpKind::Prod, attributes, {x.view()});
  ASSERT_EQ(sum.shape, (Shape{1, 3, 1, 5}));
  for (int b = 0; b < 3; ++b)
    for (int d = 0; d < 5; ++d) {
      double total = 0, most = -HUGE_VAL, times = 1;
      for (int a = 0; a < 2; ++a)
        for (int c = 0; c < 4; ++c) {
          total += at(a, b, c, d);
          most = std::fmax(most, at(a, b, c, d));
          times *= at(a, b, c, d);
        }
      EXPECT_NEAR(sum.values[b * 5 + d], total, 1e-12);
      EXPECT_EQ(largest.values[b * 5 + d], most);
      EXPECT_NEAR(product.values[b * 5 + d], times, 1e-12);
    }
}

TEST(Reference, ReductionsOfIntegersAndOfNothing) {
  Elements<std::uint8_t> x{{200, 100, 7}, {3}};
  Attributes all{{"axes", Dims{}}, {"keepdim", false}};
  EXPECT_EQ(compute<std::int64_t>(OpKind::Sum, all, {x.view()}).values[0], 307);
  EXPECT_EQ(compute<std::int64_t>(OpKind::Prod, all, {x.view()}).values[0],
            140000);
  EXPECT_EQ(compute<float>(OpKind::Mean, all, {x.view()}).values[0],
            307.0f / 3);
  EXPECT_EQ(compute<std::uint8_t>(OpKind::Amin, all, {x.view()}).values[0], 7);
  Elements<float> none{{}, {0, 2}};
  Attributes leading{{"axes", Dims{0}}, {"keepdim", false}};
  EXPECT_EQ(compute<float>(OpKind::Sum, leading, {none.view()}).values,
            (std::vector<float>{0, 0}));
  EXPECT_EQ(compute<float>(OpKind::Prod, leading, {none.view()}).values,
            (std::vector<float>{1, 1}));
}

TEST(Reference, SoftmaxAlongALeadingAxisIsStable) {
  Elements<float> x{{1000, -2, 1001, 3, 999, 0.5f}, {3, 2}};
  Attributes axis{{"axis", std::int64_t(0)}};
  auto soft = compute<float>(OpKind::Softmax, axis, {x.view()});
  auto logs = compute<float>(OpKind::LogSoftmax, axis, {x.view()});
  for (int column = 0; column < 2; ++column) {
    long double total = 0;
    for (int row = 0; row < 3; ++row)
      total += std::exp(static_cast<long double>(x.values[row * 2 + column]) -
                        x.values[2 + column]);
    for (int row = 0; row < 3; ++row) {
      long double shifted =
          static_cast<long double>(x.values[row * 2 + column]) -
          x.values[2 + column];
      EXPECT_NEAR(soft.values[row * 2 + column], std::exp(shifted) / total,
                  1e-7);
      EXPECT_NEAR(logs.values[row * 2 + column], shifted - std::log(total),
                  1e-6);
    }
  }
}

TEST(Reference, MatrixProductsByRank) {
  Elements<double> a{randomValues(2 * 3 * 4, 2), {2, 1, 3, 4}};
  Elements<double> b{randomValues(5 * 4 * 6, 3), {5, 4, 6}};
  auto product = compute<double>(OpKind::Matmul, {}, {a.view(), b.view()});
  ASSERT_EQ(product.shape, (Shape{2, 5, 3, 6}));
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 5; ++j)
      for (int m = 0; m < 3; ++m)
        for (int n = 0; n < 6; ++n) {
          double expected = 0;
          for (int k = 0; k < 4; ++k)
            expected +=
                a.values[(i * 3 + m) * 4 + k] * b.values[(j * 4 + k) * 6 + n];
          EXPECT_NEAR(product.values[((i * 5 + j) * 3 + m) * 6 + n], expected,
                      1e-12);
        }

  Elements<double> row{{1, -2, 3, 0.5}, {4}};
  auto rowTimes = compute<double>(OpKind::Matmul, {}, {row.view(), b.view()});
  ASSERT_EQ(rowTimes.shape, (Shape{5, 6}));
  auto timesRow = compute<double>(OpKind::Matmul, {}, {a.view(), row.view()});
  ASSERT_EQ(timesRow.shape, (Shape{2, 1, 3}));
  for (int j = 0; j < 30; ++j) {
    double expected = 0;
    for (int k = 0; k < 4; ++k)
      expected += row.values[k] * b.values[(j / 6 * 4 + k) * 6 + j % 6];
    EXPECT_NEAR(rowTimes.values[j], expected, 1e-12);
  }
  for (int i = 0; i < 6; ++i) {
    double expected = 0;
    for (int k = 0; k < 4; ++k)
      expected += a.values[i * 4 + k] * row.values[k];
    EXPECT_NEAR(timesRow.values[i], expected, 1e-12);
  }
}

TEST(Reference, LinearAddsItsBiasBeforeRounding) {
  Elements<float> x{{1, 2, 3, 4}, {2, 2}}, weight{{1, 0, 2, -1, 1, 1}, {3, 2}},
      bias{{10, 20, 30}, {3}};
  auto result = compute<float>(OpKind::Linear, {},
                               {x.view(), weight.view(), bias.view()});
  EXPECT_EQ(result.values, (std::vector<float>{11, 20, 33, 13, 22, 37}));
  // 0x1p24 + 1 has no float; the product's f64 sum must meet the bias first.
  Elements<float> large{{0x1p24f, 1}, {2}}, ones{{1, 1}, {1, 2}},
      minus{{-0x1p24f}, {1}};
  auto exact = compute<float>(OpKind::Linear, {},
                              {large.view(), ones.view(), minus.view()});
  EXPECT_EQ(exact.values, (std::vector<float>{1}));
}

TEST(Reference, IntegerProductsWrap) {
  Elements<std::int32_t> x{{1 << 20, 3}, {2}}, y{{1 << 12, 5}, {2}};
  EXPECT_EQ(compute<std::int32_t>(OpKind::Dot, {}, {x.view(), y.view()}).values,
            (std::vector<std::int32_t>{15}));
}

TEST(Reference, CatJoinsAlongAnInnerAxis) {
  Elements<std::int64_t> x{{1, 2, 3, 4}, {2, 2}}, y{{5, 6}, {2, 1}};
  auto joined = compute<std::int64_t>(OpKind::Cat, {{"axis", std::int64_t(-1)}},
                                      {x.view(), y.view()});
  EXPECT_EQ(joined.values, (std::vector<std::int64_t>{1, 2, 5, 3, 4, 6}));
}

TEST(Reference, ReshapeOfATransposeCopies) {
  Elements<float> x{{0, 1, 2, 3, 4, 5}, {2, 3}};
  StridedView transposed = x.view();
  transposed.shape = {3, 2};
  transposed.strides = {1, 3};
  auto flat =
      compute<float>(OpKind::Reshape, {{"shape", Dims{-1}}}, {transposed});
  EXPECT_EQ(flat.values, (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST(Reference, GroupsAndMeaninglessDTypesAreRefused) {
  auto codeOf = [](auto call) {
    try {
      call();
    } catch (const Error &error) {
      return error.code();
    }
    return Code::Internal;
  };
  Elements<float> x{{1}, {1}};
  StridedView views[] = {x.view()};
  EXPECT_EQ(codeOf([&] { exec::run(OpKind::Fused, {}, views, x.view()); }),
            Code::UnsupportedOp);
  bool truth[1] = {true};
  StridedView boolean =
      exec::rowMajor(reinterpret_cast<std::byte *>(truth), DType::Bool, {1});
  EXPECT_EQ(codeOf([&] { exec::run(OpKind::Neg, {}, {&boolean, 1}, boolean); }),
            Code::UnsupportedOp);
}
