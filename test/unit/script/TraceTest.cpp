// What tracing captures, and that the captured graphs compute what the body
// computes eagerly.
#include "ferro/ferro.h"

#include "graph/Text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <regex>

using namespace ferro;

namespace {

template <typename T = float>
Tensor<T> randomTensor(Shape shape, unsigned seed, double low = 0.25,
                       double high = 2) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> values(low, high);
  std::vector<T> elements(static_cast<std::size_t>(numel(shape)));
  for (T &element : elements)
    element = static_cast<T>(static_cast<float>(values(generator)));
  return from_vector(elements, shape);
}

template <typename T>
void expectClose(const Tensor<T> &actual, const Tensor<T> &expected,
                 double tolerance) {
  ASSERT_EQ(toString(actual.shape()), toString(expected.shape()));
  std::vector<T> a = actual.to_vector(), b = expected.to_vector();
  for (std::size_t i = 0; i < a.size(); ++i) {
    double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    EXPECT_NEAR(x, y, tolerance * (1 + std::abs(y))) << "element " << i;
  }
}

/// Traces \p body, runs the code and compares it with the eager run.
template <typename T, typename Body>
TracedModule<T> check(const char *name, Body body, const Tensor<T> &x,
                      const Tensor<T> &y, double tolerance = 2e-5) {
  SCOPED_TRACE(name);
  TracedModule<T> module = traced(name, body, x, y);
  expectClose<T>(module, body(x, y), tolerance);
  return module;
}

using F = Tensor<float>;

} // namespace

// [B01] [B02]
TEST(Trace, UnevenDiamondsKeepTheirOrder) {
  auto module = check<float>(
      "diamond",
      [](F x, F y) {
        auto left = x + y;
        auto right = exp(sqrt(left * y)); // three ops longer than the other arm
        return left * right + left;
      },
      randomTensor({5, 7}, 1), randomTensor({5, 7}, 2));
  graph::Graph graph = graph::parse(module.graph());
  EXPECT_EQ(graph.nodes.size(), 6u);
}

// [B03]
TEST(Trace, InputsKeepTheDeclaredOrder) {
  auto module = check<float>(
      "swapped", [](F x, F y) { return y - x; }, randomTensor({3}, 3),
      randomTensor({3}, 4));
  graph::Graph graph = graph::parse(module.graph());
  ASSERT_EQ(graph.inputs.size(), 2u);
  EXPECT_EQ(graph.nodes[0].operands[0], graph.inputs[1]);
  EXPECT_EQ(graph.nodes[0].operands[1], graph.inputs[0]);
}

// [B05] [B06] [B07]
TEST(Trace, EveryOpTracesAndComputesWhatItComputesEagerly) {
  auto x = randomTensor({6, 6}, 5), y = randomTensor({6, 6}, 6);
  const std::map<const char *, std::function<F(F, F)>> bodies{
      {"add", [](F x, F y) { return x + y; }},
      {"sub", [](F x, F y) { return x - y; }},
      {"mul", [](F x, F y) { return x * y; }},
      {"div", [](F x, F y) { return x / y; }},
      {"neg", [](F x, F) { return -x; }},
      {"pow", [](F x, F) { return pow(x, 1.5); }},
      {"sqrt", [](F x, F) { return sqrt(x); }},
      {"abs", [](F x, F y) { return abs(x - y); }},
      {"exp", [](F x, F) { return exp(x); }},
      {"log", [](F x, F) { return log(x); }},
      {"sin", [](F x, F) { return sin(x); }},
      {"cos", [](F x, F) { return cos(x); }},
      {"clamp", [](F x, F) { return clamp(x, 0.5, 1.0); }},
      {"sum", [](F x, F) { return sum(x); }},
      {"sum_dim", [](F x, F) { return sum_dim(x, 0, true); }},
      {"mean", [](F x, F) { return mean(x); }},
      {"mean_dim", [](F x, F) { return mean_dim(x, -1, false); }},
      {"prod", [](F x, F) { return prod(x); }},
      {"amax", [](F x, F) { return amax(x); }},
      {"amin", [](F x, F) { return amin(x); }},
      {"mm", [](F x, F y) { return mm(x, y); }},
      {"mm_bt", [](F x, F y) { return mm_bt(x, y); }},
      {"mv", [](F x, F y) { return mv(x, reshape(narrow(y, 0, 2, 1), {6})); }},
      {"dot", [](F x, F y) { return dot(flatten(x), flatten(y)); }},
      {"bmm", [](F x, F y) { return bmm(unsqueeze(x, 0), unsqueeze(y, 0)); }},
      {"matmul", [](F x, F y) { return matmul(x, y); }},
      {"linear", [](F x, F y) { return linear(x, y); }},
      {"relu", [](F x, F y) { return relu(x - y); }},
      {"sigmoid", [](F x, F y) { return sigmoid(x - y); }},
      {"tanh", [](F x, F y) { return tanh(x - y); }},
      {"gelu", [](F x, F y) { return gelu(x - y); }},
      {"silu", [](F x, F y) { return silu(x - y); }},
      {"softmax", [](F x, F) { return softmax(x, 0); }},
      {"log_softmax", [](F x, F) { return log_softmax(x, -1); }},
      {"reshape", [](F x, F) { return reshape(x, {4, -1}); }},
      {"flatten", [](F x, F) { return flatten(x); }},
      {"transpose", [](F x, F y) { return transpose_2d(x) + y; }},
      {"permute", [](F x, F) { return permute(unsqueeze(x, 0), {2, 0, 1}); }},
      {"expand", [](F x, F) { return expand(unsqueeze(x, 0), {3, 6, 6}); }},
      {"squeeze", [](F x, F) { return squeeze(unsqueeze(x, 1), 1); }},
      {"cat", [](F x, F y) { return cat<float>({x, y, x}, 1); }},
      {"narrow", [](F x, F) { return narrow(x, 1, 2, 3); }},
      {"where", [](F x, F y) { return where(lt(x, y), x, y * 2.0f); }},
      {"masked_fill", [](F x, F y) { return masked_fill(x, gt(x, y), 7); }},
  };
  for (const auto &[name, body] : bodies)
    check<float>(name, body, x, y);
}

// [B08] [B21]
TEST(Trace, AttributesSurvive) {
  auto x = randomTensor({4, 4}, 7, -2, 2);
  auto cubed = check<float>("cubed", [](F x, F) { return pow(x, 3.0); }, x, x);
  EXPECT_FLOAT_EQ(cubed.to_vector()[0], std::pow(x.to_vector()[0], 3.0f));
  for (Approximation kind :
       {Approximation::None, Approximation::Tanh, Approximation::Sigmoid})
    check<float>("gelus", [kind](F x, F) { return gelu(x, kind); }, x, x);
}

// [B09]
TEST(Trace, ValuesWithoutGradientsAreCaptured) {
  auto x = randomTensor({8}, 8), y = randomTensor({8}, 9);
  x.requires_grad_(true);
  auto module = check<float>(
      "detached",
      [](F x, F y) {
        NoGrad guard;
        return x.detach() * y + ones<float>({8});
      },
      x, y);
  EXPECT_FALSE(module.requires_grad());
  // As constants: the arity stays what was declared.
  EXPECT_EQ(graph::parse(module.graph()).inputs.size(), 2u);
}

// [B45] [B52]
TEST(Trace, ReferenceKernelsAndCompiledCodeAgree) {
  auto x = randomTensor({33, 65}, 10, -3, 3), y = randomTensor({65}, 11);
  auto body = [](F x, F y) { return softmax(gelu(x * y), -1) + y; };
  TracedModule<float> compiled = traced("agree", body, x, y);
  F reference = eager([&] { return traced("agree", body, x, y); });
  expectClose<float>(compiled, reference, 1e-5);
}

// [B48]
TEST(Trace, SeveralGroupsAreAllCompiled) {
  auto module = check<float>(
      "groups",
      [](F x, F y) {
        auto scores = softmax(mm_bt(x, y) * 0.25f, -1);
        return sum_dim(mm(scores, y), 0, false);
      },
      randomTensor({24, 16}, 12), randomTensor({24, 16}, 13));
  // Three kernels at least, and nothing that is neither a kernel nor a view.
  graph::Graph graph = graph::parse(module.kernels());
  std::size_t kernels = 0;
  for (const graph::Node &node : graph.nodes) {
    kernels += node.op == graph::OpKind::Fused;
    EXPECT_TRUE(node.op == graph::OpKind::Fused ||
                graph::info(node.op).family == graph::Family::View ||
                node.op == graph::OpKind::Constant);
  }
  EXPECT_GE(kernels, 3u);
}

// [B56] [B34]
TEST(Trace, CompileTakesOptions) {
  auto x = randomTensor({40}, 14), y = randomTensor({40}, 15);
  auto body = [](F x, F y) { return exp(x) * y + 1.0f; };
  auto fused = compile("options", {}, body, x, y);
  auto unfused = compile("options", {.fuseGroups = false}, body, x, y);
  auto kernelsOf = [](const std::string &text) {
    std::regex kernel("= fused");
    return std::distance(std::sregex_iterator(text.begin(), text.end(), kernel),
                         std::sregex_iterator());
  };
  EXPECT_EQ(kernelsOf(fused.kernels()), 1);
  EXPECT_EQ(kernelsOf(unfused.kernels()), 3);
  expectClose<float>(fused, unfused, 1e-6);
}

// [B74] [S08]
TEST(Trace, DTypesAreKept) {
  auto run = [](auto sample, double tolerance) {
    using T = decltype(sample);
    auto x = randomTensor<T>({9, 11}, 16), y = randomTensor<T>({9, 11}, 17);
    auto module = check<T>(
        "dtypes", [](Tensor<T> x, Tensor<T> y) { return x * y + x; }, x, y,
        tolerance);
    static_assert(std::is_same_v<decltype(module), TracedModule<T>>);
    graph::Graph graph = graph::parse(module.graph());
    EXPECT_EQ(graph.type(graph.outputs[0]).dtype, dtypeOf<T>);
  };
  run(f16(), 2e-3);
  run(bf16(), 2e-2);
  run(float(), 1e-6);
  run(double(), 1e-15);
  run(std::int32_t(), 0);
  run(std::int64_t(), 0);
  run(std::uint8_t(), 0);
}

// [B53]
TEST(Trace, TheNumberOfArgumentsIsChecked) {
  auto x = randomTensor({3}, 18);
  auto module = traced("arity", [](F x, F y) { return x + y; }, x, x);
  try {
    module(x);
    FAIL() << "one argument was accepted";
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), Code::SignatureMismatch);
  }
}

TEST(Trace, ATracedTensorMustNotOutliveItsTrace) {
  F escaped;
  auto x = randomTensor({3}, 19);
  traced(
      "escape",
      [&](F x) {
        escaped = x * 2.0f;
        return x;
      },
      x);
  EXPECT_THROW(escaped + x, Error);
  EXPECT_THROW(traced("later", [&](F x) { return x + escaped; }, x), Error);
}
