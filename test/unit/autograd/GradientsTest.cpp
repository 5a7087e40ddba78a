// Every op's gradient against central differences in f64, over the op table: a
// new element-wise row is covered without a line here, a new structured row is
// a compiler warning in structuredCases.
#include "graph/Infer.h"
#include "tensor/Record.h"
#include "tensor/Strided.h"
#include "trace/Autograd.h"
#include "trace/Dispatch.h"

#include "ferro/Creation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace ferro;
using detail::Handle;
using graph::Attributes;
using graph::OpKind;

struct Case {
  OpKind op;
  Attributes attributes;
  std::vector<Shape> shapes;
};

/// The case's op, where GoogleTest prints it.
static void PrintTo(const Case &example, std::ostream *out) {
  *out << graph::info(example.op).name;
}

static std::int64_t operator""_i(unsigned long long value) {
  return static_cast<std::int64_t>(value);
}

static std::vector<Case> structuredCases(OpKind op) {
  auto with = [&](Attributes attributes, std::vector<Shape> shapes) {
    return Case{op, std::move(attributes), std::move(shapes)};
  };
  switch (op) {
  case OpKind::Sum:
  case OpKind::Mean:
  case OpKind::Prod:
  case OpKind::Amax:
  case OpKind::Amin:
    return {with({{"axes", Dims{}}, {"keepdim", false}}, {{2, 3}}),
            with({{"axes", Dims{}}, {"keepdim", false}}, {{}}),
            with({{"axes", Dims{-1}}, {"keepdim", false}}, {{2, 3}}),
            with({{"axes", Dims{0, 2}}, {"keepdim", true}}, {{2, 3, 2}})};
  case OpKind::Softmax:
  case OpKind::LogSoftmax:
    return {with({{"axis", std::int64_t(-1)}}, {{2, 3}}),
            with({{"axis", 0_i}}, {{3, 2}})};
  case OpKind::Mm:
    return {with({}, {{2, 3}, {3, 4}})};
  case OpKind::MmBt:
    return {with({}, {{2, 3}, {4, 3}})};
  case OpKind::Mv:
    return {with({}, {{2, 3}, {3}})};
  case OpKind::Dot:
    return {with({}, {{3}, {3}})};
  case OpKind::Bmm:
    return {with({}, {{2, 2, 3}, {2, 3, 2}})};
  case OpKind::Matmul:
    return {with({}, {{3}, {3}}),         with({}, {{2, 3}, {3}}),
            with({}, {{3}, {3, 2}}),      with({}, {{3}, {2, 3, 2}}),
            with({}, {{2, 2, 3}, {3}}),   with({}, {{2, 1, 2, 3}, {3, 3, 2}}),
            with({}, {{2, 3}, {2, 3, 2}})};
  case OpKind::Linear:
    return {with({}, {{2, 3}, {4, 3}}), with({}, {{2, 2, 3}, {4, 3}, {4}}),
            with({}, {{3}, {2, 3}, {2}})};
  case OpKind::Reshape:
    return {with({{"shape", Dims{3, -1}}}, {{2, 3}})};
  case OpKind::Flatten:
    return {with({{"start", 1_i}, {"end", std::int64_t(-1)}}, {{2, 2, 2}})};
  case OpKind::Squeeze:
    return {with({{"axis", 1_i}}, {{2, 1, 3}})};
  case OpKind::Unsqueeze:
    return {with({{"axis", std::int64_t(-1)}}, {{2, 3}})};
  case OpKind::Transpose:
    return {with({{"axis0", 0_i}, {"axis1", std::int64_t(-1)}}, {{2, 3, 2}})};
  case OpKind::Permute:
    return {with({{"axes", Dims{2, 0, 1}}}, {{2, 3, 2}})};
  case OpKind::Expand:
    return {with({{"shape", Dims{2, -1, 4}}}, {{3, 1}})};
  case OpKind::Narrow:
    return {with({{"axis", 1_i}, {"start", 1_i}, {"length", 2_i}}, {{2, 4}})};
  case OpKind::Cat:
    return {with({{"axis", std::int64_t(-1)}}, {{2, 1}, {2, 3}, {2, 2}})};
  case OpKind::Contiguous:
    return {with({}, {{2, 3}})};
  case OpKind::Cast:
    return {with({{"dtype", DType::F64}}, {{2, 3}})};
  case OpKind::Detach:
  case OpKind::Constant:
  case OpKind::Fused:
    return {}; // nothing flows through these
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary) case OpKind::Id:
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  case OpKind::Id:
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  case OpKind::Id:
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)
#include "ferro/Ops.def"
    break;
  }
  return {};
}

static std::vector<Case> allCases() {
  std::vector<Case> cases;
  for (const graph::OpInfo &op : graph::opTable()) {
    if (op.family != graph::Family::Elementwise) {
      std::ranges::copy(structuredCases(op.kind), std::back_inserter(cases));
      continue;
    }
    // Equal shapes, and shapes of which each operand is repeated once.
    std::vector<Shape> equal(op.maxOperands, Shape{2, 3});
    cases.push_back({op.kind, {}, equal});
    if (op.maxOperands > 1) {
      std::vector<Shape> broadcast{{3}, {2, 1}, {1}};
      broadcast.resize(op.maxOperands);
      cases.push_back({op.kind, {}, broadcast});
    }
  }
  return cases;
}

/// Distinct elements of both signs away from 0, from integers and from each
/// other, so that no kink lies within a difference's reach.
static std::vector<double> elements(std::int64_t count, bool positive,
                                    std::mt19937 &random) {
  std::vector<double> grid;
  for (int i = 0; i < 40; ++i)
    grid.push_back(0.33 + 0.05 * i);
  std::shuffle(grid.begin(), grid.end(), random);
  grid.resize(static_cast<std::size_t>(count));
  for (double &value : grid)
    if (!positive && random() % 2)
      value = -value;
  return grid;
}

/// Some ops are only real for positive first operands.
static bool needsPositive(OpKind op, std::size_t operand) {
  return operand == 0 && (op == OpKind::Sqrt || op == OpKind::Rsqrt ||
                          op == OpKind::Log || op == OpKind::Pow);
}

static bool isTruth(OpKind op, std::size_t operand) {
  graph::DTypeRule rule = graph::info(op).dtypes;
  return rule == graph::DTypeRule::Logic ||
         (rule == graph::DTypeRule::Select && operand == 0);
}

static std::vector<double> valuesOf(const Handle &tensor) {
  return Tensor<double>(detail::castTo(tensor, DType::F64)).to_vector();
}

class Gradients : public testing::TestWithParam<Case> {
protected:
  std::vector<Handle> makeOperands() {
    std::mt19937 random(1234);
    std::vector<Handle> operands;
    // One pool for all, so that operands differ from each other too.
    std::int64_t total = 0;
    for (const Shape &shape : GetParam().shapes)
      total += numel(shape);
    std::vector<double> pool = elements(total, false, random);
    auto next = pool.begin();
    for (std::size_t i = 0; i < GetParam().shapes.size(); ++i) {
      const Shape &shape = GetParam().shapes[i];
      std::vector<double> values(next, next + numel(shape));
      next += numel(shape);
      for (double &value : values)
        if (needsPositive(GetParam().op, i))
          value = std::fabs(value);
      Tensor<double> operand = from_vector(values, shape);
      operands.push_back(isTruth(GetParam().op, i) ? Handle(gt(operand, 0))
                                                   : Handle(operand));
    }
    return operands;
  }

  Handle call(const std::vector<Handle> &operands) {
    return trace::apply(GetParam().op, GetParam().attributes, operands);
  }

  /// The sum of the result weighted by fixed, uneven numbers.
  static double weighted(const Handle &result) {
    double total = 0;
    std::vector<double> values = valuesOf(result);
    for (std::size_t i = 0; i < values.size(); ++i)
      total += values[i] * weight(i);
    return total;
  }
  static double weight(std::size_t i) {
    return 0.5 + std::sin(static_cast<double>(i) + 1);
  }
  static Handle weights(const Handle &result) {
    const Shape &shape = result.get()->shape;
    std::vector<double> values;
    for (std::int64_t i = 0; i < numel(shape); ++i)
      values.push_back(weight(static_cast<std::size_t>(i)));
    return from_vector(values, shape);
  }
};

static double &elementAt(const Handle &tensor, std::int64_t i) {
  return reinterpret_cast<double *>(tensor.get()->bytes())[i];
}

// [B64] [C01]
TEST_P(Gradients, MatchCentralDifferences) {
  std::vector<Handle> operands = makeOperands();
  for (const Handle &operand : operands)
    if (operand.get()->dtype == DType::F64)
      detail::setRequiresGrad(operand, true);
  Handle result = call(operands);
  if (result.get()->dtype == DType::Bool) {
    EXPECT_FALSE(result.get()->requiresGrad);
    return;
  }
  ASSERT_TRUE(result.get()->requiresGrad);
  detail::backward(result, weights(result), 1);

  constexpr double step = 1e-6;
  NoGrad scope;
  bool any = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    bool clampBound = GetParam().op == OpKind::Clamp && i > 0;
    if (operands[i].get()->dtype != DType::F64 || clampBound) {
      EXPECT_FALSE(detail::hasGrad(operands[i]));
      continue;
    }
    any = true;
    Handle gradient = detail::gradOf(operands[i]);
    ASSERT_EQ(gradient.get()->shape, operands[i].get()->shape);
    std::vector<double> found = valuesOf(gradient);
    for (std::int64_t j = 0; j < numel(operands[i].get()->shape); ++j) {
      double &element = elementAt(operands[i], j), saved = element;
      element = saved + step;
      double above = weighted(call(operands));
      element = saved - step;
      double below = weighted(call(operands));
      element = saved;
      double expected = (above - below) / (2 * step);
      EXPECT_NEAR(found[j], expected, 1e-7 * std::max(1.0, std::fabs(expected)))
          << "operand " << i << ", element " << j;
    }
  }
  EXPECT_TRUE(any);
}

// The same in f32 and the halves: gradients have their tensor's dtype and agree
// with those in f64.
TEST_P(Gradients, KeepTheDType) {
  for (DType dtype : {DType::F32, DType::F16, DType::BF16}) {
    double tolerance = dtype == DType::F32 ? 1e-5 : 0.1;
    std::vector<Handle> exact = makeOperands(), operands;
    for (Handle &operand : exact) {
      if (operand.get()->dtype != DType::F64) {
        operands.push_back(operand);
        continue;
      }
      // Both start from the rounded elements.
      operands.push_back(detail::castTo(operand, dtype));
      operand = detail::castTo(operands.back(), DType::F64);
      detail::setRequiresGrad(operands.back(), true);
      detail::setRequiresGrad(operand, true);
    }
    Handle result = call(operands), reference = call(exact);
    if (result.get()->dtype == DType::Bool)
      return;
    Handle g = weights(reference);
    detail::backward(reference, g, 1);
    detail::backward(result, detail::castTo(g, result.get()->dtype), 1);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (!detail::hasGrad(operands[i]))
        continue;
      Handle gradient = detail::gradOf(operands[i]);
      EXPECT_EQ(gradient.get()->dtype, dtype);
      std::vector<double> found = valuesOf(gradient),
                          expected = valuesOf(detail::gradOf(exact[i]));
      for (std::size_t j = 0; j < found.size(); ++j)
        EXPECT_NEAR(found[j], expected[j],
                    tolerance * std::max(1.0, std::fabs(expected[j])))
            << toString(dtype) << ", operand " << i;
    }
  }
}

static std::string caseName(const testing::TestParamInfo<Case> &info) {
  return std::string(graph::info(info.param.op).name) + "_" +
         std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(AllOps, Gradients, testing::ValuesIn(allCases()),
                         caseName);

// --- what differences cannot show

static std::vector<double> gradientOf(auto f, Tensor<double> x) {
  x.requires_grad_();
  sum(f(x)).backward();
  return x.grad().to_vector();
}

// [C04]
TEST(GradientCorners, AbsHasNoneAtZero) {
  EXPECT_EQ(
      gradientOf([](auto &x) { return abs(x); }, tensor<double>({-2, 0, 3})),
      (std::vector<double>{-1, 0, 1}));
}

// [C06]
TEST(GradientCorners, ClampMasksOutside) {
  EXPECT_EQ(gradientOf([](auto &x) { return clamp(x, -1, 1); },
                       tensor<double>({-2, -1, 0.5, 1, 7})),
            (std::vector<double>{0, 1, 1, 1, 0}));
}

// [C18]
TEST(GradientCorners, ProdWithZeros) {
  auto f = [](auto &x) { return prod(x); };
  EXPECT_EQ(gradientOf(f, tensor<double>({2, 0, 4})),
            (std::vector<double>{0, 8, 0}));
  EXPECT_EQ(gradientOf(f, tensor<double>({2, 0, 0})),
            (std::vector<double>{0, 0, 0}));
}

// [C20]
TEST(GradientCorners, TiesShareTheGradientOfExtrema) {
  EXPECT_EQ(
      gradientOf([](auto &x) { return amax(x); }, tensor<double>({1, 3, 3})),
      (std::vector<double>{0, 0.5, 0.5}));
  EXPECT_EQ(gradientOf([](auto &x) { return amin(x, {1}); },
                       tensor<double>({{1, 1}, {2, 3}})),
            (std::vector<double>{0.5, 0.5, 1, 0}));
  auto x = tensor<double>({2}).requires_grad_(),
       y = tensor<double>({2}).requires_grad_();
  maximum(x, y).backward();
  EXPECT_EQ(x.grad().item(), 0.5);
  EXPECT_EQ(y.grad().item(), 0.5);
}

// [C03]
TEST(GradientCorners, PowerOfZero) {
  EXPECT_EQ(
      gradientOf([](auto &x) { return pow(x, 0); }, tensor<double>({0, 2})),
      (std::vector<double>{0, 0}));
  EXPECT_EQ(
      gradientOf([](auto &x) { return pow(x, 2); }, tensor<double>({0, 3})),
      (std::vector<double>{0, 6}));
}

// [B64] [C07]
TEST(GradientCorners, ReluHasNoneAtZero) {
  EXPECT_EQ(
      gradientOf([](auto &x) { return relu(x); }, tensor<double>({-1, 0, 2})),
      (std::vector<double>{0, 0, 1}));
}

// [C32]
TEST(GradientCorners, SplitAndChunkAreInverseToCat) {
  EXPECT_EQ(gradientOf(
                [](auto &x) {
                  auto parts = split(x, 2);
                  return cat({parts[1] * 10, parts[0]});
                },
                tensor<double>({1, 2, 3})),
            (std::vector<double>{1, 1, 10}));
  EXPECT_EQ(gradientOf([](auto &x) { return chunk(x, 2)[1] * 5; },
                       tensor<double>({1, 2, 3, 4})),
            (std::vector<double>{0, 0, 5, 5}));
}

TEST(GradientCorners, CatOfManyTensors) {
  auto x = tensor<double>({1, 2}).requires_grad_();
  std::vector<Tensor<double>> parts(40, x);
  sum(cat(parts)).backward();
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{40, 40}));
}

TEST(GradientCorners, PromotionIsUndone) {
  auto x = tensor<float>({1, 2}).requires_grad_();
  auto y = tensor<double>({3, 4});
  sum(x * y).backward();
  EXPECT_EQ(x.grad().to_vector(), (std::vector<float>{3, 4}));
  auto w = tensor<float>({2, 5}).requires_grad_();
  sum(w * tensor<int>({3, 4})).backward();
  EXPECT_EQ(w.grad().to_vector(), (std::vector<float>{3, 4}));
}
