// Element-wise ops against values worked out elsewhere (Python's math module,
// or by hand), never against themselves.
#include "../Expect.h"

#include "graph/OpInfo.h"
#include "tensor/Record.h"
#include "trace/Dispatch.h"

#include "ferro/Creation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

using namespace ferro;
using graph::OpKind;

static const double notANumber = std::numeric_limits<double>::quiet_NaN();
static const double inf = std::numeric_limits<double>::infinity();

struct Known {
  const char *op;
  std::vector<double> operands;
  double result;
};

static const Known knownValues[] = {
    {"add", {1.5, -4}, -2.5},
    {"sub", {1.5, -4}, 5.5},
    {"mul", {1.5, -4}, -6},
    {"div", {1.5, -4}, -0.375},
    {"div", {1, 0}, inf},
    {"pow", {1.7, 2.5}, 3.7680989902071307},
    {"pow", {-2, 3}, -8},
    {"pow", {0, 0}, 1},
    {"maximum", {2, 3}, 3},
    {"maximum", {-2, notANumber}, notANumber},
    {"minimum", {2, 3}, 2},
    {"minimum", {notANumber, 3}, notANumber},
    {"neg", {2.5}, -2.5},
    {"abs", {-2.5}, 2.5},
    {"abs", {0}, 0},
    {"sign", {-0.1}, -1},
    {"sign", {7}, 1},
    {"sign", {0}, 0},
    {"sign", {notANumber}, notANumber},
    {"square", {-1.5}, 2.25},
    {"reciprocal", {-4}, -0.25},
    {"sqrt", {2}, 1.4142135623730951},
    {"sqrt", {-1}, notANumber},
    {"rsqrt", {2}, 0.7071067811865476},
    {"exp", {1}, 2.718281828459045},
    {"exp", {-2.5}, 0.0820849986238988},
    {"log", {2}, 0.6931471805599453},
    {"log", {0}, -inf},
    {"sin", {1}, 0.8414709848078965},
    {"sin", {-2}, -0.9092974268256817},
    {"cos", {1}, 0.5403023058681398},
    {"cos", {-2}, -0.4161468365471424},
    {"erf", {0.5}, 0.5204998778130465},
    {"erf", {-1}, -0.8427007929497149},
    {"floor", {-1.5}, -2},
    {"floor", {1.5}, 1},
    {"ceil", {-1.5}, -1},
    {"ceil", {1.5}, 2},
    {"relu", {-3}, 0},
    {"relu", {2.5}, 2.5},
    {"relu", {notANumber}, notANumber},
    {"sigmoid", {0.5}, 0.6224593312018546},
    {"sigmoid", {-3}, 0.04742587317756678},
    {"sigmoid", {-1000}, 0},
    {"tanh", {0.5}, 0.46211715726000974},
    {"tanh", {-2}, -0.9640275800758169},
    {"gelu", {0.5}, 0.34573123063700656},
    {"gelu", {-1.5}, -0.10021080190328713},
    {"gelu_tanh", {0.5}, 0.34571400982514394},
    {"gelu_tanh", {-1.5}, -0.10042842301976707},
    {"gelu_sigmoid", {0.5}, 0.35038843660638014},
    {"gelu_sigmoid", {-1.5}, -0.10833780155292341},
    {"silu", {0.5}, 0.3112296656009273},
    {"silu", {-2}, -0.2384058440442351},
    {"clamp", {-3, -1, 2}, -1},
    {"clamp", {0.5, -1, 2}, 0.5},
    {"clamp", {7, -1, 2}, 2},
    {"eq", {2, 2}, 1},
    {"eq", {notANumber, notANumber}, 0},
    {"ne", {2, 2}, 0},
    {"ne", {notANumber, 1}, 1},
    {"lt", {1, 2}, 1},
    {"lt", {2, 2}, 0},
    {"le", {2, 2}, 1},
    {"le", {3, 2}, 0},
    {"gt", {3, 2}, 1},
    {"gt", {2, 2}, 0},
    {"ge", {2, 2}, 1},
    {"ge", {1, 2}, 0},
    {"logical_and", {1, 1}, 1},
    {"logical_and", {1, 0}, 0},
    {"logical_or", {0, 1}, 1},
    {"logical_or", {0, 0}, 0},
    {"logical_not", {0}, 1},
    {"logical_not", {1}, 0},
    {"where", {1, 5, 7}, 5},
    {"where", {0, 5, 7}, 7},
};

/// The op's result for scalars of one dtype (or bool where the op wants it).
static double compute(const Known &known, DType dtype) {
  OpKind op = *graph::findOp(known.op);
  graph::DTypeRule rule = graph::info(op).dtypes;
  std::vector<detail::Handle> operands;
  for (std::size_t i = 0; i < known.operands.size(); ++i) {
    bool truth = rule == graph::DTypeRule::Logic ||
                 (rule == graph::DTypeRule::Select && i == 0);
    operands.push_back(detail::makeFull(truth ? DType::Bool : dtype, {},
                                        known.operands[i], Device{}));
  }
  detail::Handle result =
      detail::castTo(trace::apply(op, {}, operands), DType::F64);
  return Tensor<double>(result).item();
}

static void expectKnown(DType dtype, double tolerance) {
  for (const Known &known : knownValues) {
    double actual = compute(known, dtype);
    if (std::isnan(known.result)) {
      EXPECT_TRUE(std::isnan(actual)) << known.op << " gave " << actual;
    } else if (std::isinf(known.result)) {
      EXPECT_EQ(actual, known.result) << known.op;
    } else {
      EXPECT_NEAR(actual, known.result,
                  tolerance * std::max(1.0, std::fabs(known.result)))
          << known.op << " of " << known.operands[0];
    }
  }
}

// [C02] [C03] [C04]
TEST(Elementwise, GivesKnownValuesInF64) { expectKnown(DType::F64, 1e-14); }
// [C05] [C07] [C08]
TEST(Elementwise, GivesKnownValuesInF32) { expectKnown(DType::F32, 2.5e-7); }
// [C57]
TEST(Elementwise, GivesKnownValuesInHalves) {
  expectKnown(DType::F16, 2e-3);
  expectKnown(DType::BF16, 1.6e-2);
}

TEST(Elementwise, EveryRowHasAKnownValue) {
  std::set<std::string_view> known;
  for (const Known &value : knownValues)
    known.insert(value.op);
  for (const graph::OpInfo &op : graph::opTable())
    EXPECT_TRUE(op.family != graph::Family::Elementwise ||
                known.contains(op.name))
        << op.name << " has no known value";
}

// [C01]
TEST(Elementwise, ArithmeticOfTensorsAndNumbers) {
  auto x = tensor<float>({1, 2, 3}), y = tensor<float>({4, 0.5, -2});
  EXPECT_EQ(add(x, y).to_vector(), (std::vector<float>{5, 2.5, 1}));
  EXPECT_EQ(sub(x, y).to_vector(), (std::vector<float>{-3, 1.5, 5}));
  EXPECT_EQ(mul(x, y).to_vector(), (std::vector<float>{4, 1, -6}));
  EXPECT_EQ(div(x, y).to_vector(), (std::vector<float>{0.25, 4, -1.5}));
  EXPECT_EQ((x + y).to_vector(), add(x, y).to_vector());
  EXPECT_EQ((x - 1).to_vector(), (std::vector<float>{0, 1, 2}));
  EXPECT_EQ((6 / x).to_vector(), (std::vector<float>{6, 3, 2}));
  EXPECT_EQ((2 * x).to_vector(), (std::vector<float>{2, 4, 6}));
  EXPECT_EQ((1 - x).to_vector(), (std::vector<float>{0, -1, -2}));
  EXPECT_EQ((x * x / x + 0.5 - -x).to_vector(),
            (std::vector<float>{2.5, 4.5, 6.5}));
}

// [C03]
TEST(Elementwise, PowerTakesANumber) {
  EXPECT_EQ(pow(tensor<float>({1, 2, 3}), 2).to_vector(),
            (std::vector<float>{1, 4, 9}));
  EXPECT_EQ(pow(tensor<double>({4, 9}), 0.5).to_vector(),
            (std::vector<double>{2, 3}));
}

// [C06]
TEST(Elementwise, ClampTakesNumbers) {
  EXPECT_EQ(clamp(tensor<float>({-2, 0.5, 9}), -1, 1).to_vector(),
            (std::vector<float>{-1, 0.5, 1}));
}

// [C09]
TEST(Elementwise, GeluTakesItsApproximation) {
  auto x = tensor<double>({0.5});
  EXPECT_NEAR(gelu(x).item(), 0.34573123063700656, 1e-15);
  EXPECT_NEAR(gelu(x, Approximation::None).item(), 0.34573123063700656, 1e-15);
  EXPECT_NEAR(gelu(x, Approximation::Tanh).item(), 0.34571400982514394, 1e-15);
  EXPECT_NEAR(gelu(x, Approximation::Sigmoid).item(), 0.35038843660638014,
              1e-15);
}

// [C10]
TEST(Elementwise, SiluIsXTimesSigmoid) {
  EXPECT_NEAR(silu(tensor<double>({0.5})).item(), 0.3112296656009273, 1e-15);
}

// [C35]
TEST(Elementwise, WhereAndMaskedFillChoose) {
  auto mask = tensor<bool>({true, false, true});
  auto x = tensor<float>({1, 2, 3});
  EXPECT_EQ(where(mask, x, -1).to_vector(), (std::vector<float>{1, -1, 3}));
  EXPECT_EQ(where(mask, 0, x).to_vector(), (std::vector<float>{0, 2, 0}));
  EXPECT_EQ(where(mask, x, x * 10).to_vector(), (std::vector<float>{1, 20, 3}));
  auto filled = masked_fill(x, mask, -INFINITY);
  EXPECT_EQ(filled.to_vector(), (std::vector<float>{-INFINITY, 2, -INFINITY}));
  auto rows = masked_fill(zeros<float>({2, 3}), mask, 7); // the mask broadcasts
  EXPECT_EQ(rows.to_vector(), (std::vector<float>{7, 0, 7, 7, 0, 7}));
}

TEST(Elementwise, IntegersWrapAndRefuseToDivideByZero) {
  auto x = tensor<std::int8_t>({100, -128});
  EXPECT_EQ((x + x).to_vector(), (std::vector<std::int8_t>{-56, 0}));
  EXPECT_EQ((x / -1).to_vector(), (std::vector<std::int8_t>{-100, -128}));
  EXPECT_EQ((tensor<int>({-7, 7}) / 2).to_vector(), (std::vector<int>{-3, 3}));
  EXPECT_FERRO_ERROR(tensor<int>({5}) / 0, Code::DivisionByZero,
                     "div: found 5 / 0; the divisor of an integer must not be "
                     "0");
}

TEST(Elementwise, CastsRoundTruncateAndSaturate) {
  auto x = tensor<float>({-1.75, 2.5, 300, NAN});
  EXPECT_EQ(cast<int>(x).to_vector(), (std::vector<int>{-1, 2, 300, 0}));
  EXPECT_EQ(x.to<std::uint8_t>().to_vector(),
            (std::vector<std::uint8_t>{0, 2, 255, 0}));
  EXPECT_EQ(tensor<float>({1.0009765f}).to<bf16>().to<float>().item(), 1);
  EXPECT_TRUE(cast<float>(x).shares_storage(x));
}
