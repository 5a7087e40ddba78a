// Element-wise kernels against the reference: every op, dtype and layout.
#include "Kernels.h"

#include "ferro/Error.h"
#include "graph/Text.h"

#include <gtest/gtest.h>

using namespace ferro;
using namespace ferro::test;
using graph::Graph;
using graph::OpKind;
using graph::ValueId;

static std::vector<OpKind> elementwiseOps() {
  std::vector<OpKind> ops;
  for (const graph::OpInfo &op : graph::opTable())
    if (op.family == graph::Family::Elementwise)
      ops.push_back(op.kind);
  return ops;
}

static constexpr DType allDTypes[] = {
#define FERRO_DTYPE(Id, name, CppType, kind, bits) DType::Id,
#include "ferro/DTypes.def"
};

// An op over operands of one dtype; none if the op does not take it.
static std::optional<Graph> singleOp(OpKind op, DType dtype, Shape shape) {
  Graph graph;
  graph.name = "single";
  const graph::OpInfo &row = graph::info(op);
  std::vector<ValueId> operands;
  for (int i = 0; i < row.minOperands; ++i) {
    bool condition = row.dtypes == graph::DTypeRule::Logic ||
                     (row.dtypes == graph::DTypeRule::Select && i == 0);
    operands.push_back(
        graph.addInput({condition ? DType::Bool : dtype, shape, {}},
                       std::string(1, static_cast<char>('a' + i))));
  }
  try {
    graph.outputs.push_back(graph.addNode(op, operands));
  } catch (const Error &) {
    return std::nullopt;
  }
  return graph;
}

class EveryOp : public testing::TestWithParam<OpKind> {};

// [C01] [C05] [C07]
TEST_P(EveryOp, MatchesTheReferenceForEveryDType) {
  int dtypes = 0;
  for (DType dtype : allDTypes)
    if (auto graph = singleOp(GetParam(), dtype, {37})) {
      ++dtypes;
      EXPECT_EQ(checkRegion(*graph, 8), "") << toString(dtype);
    }
  EXPECT_GT(dtypes, 0);
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, testing::ValuesIn(elementwiseOps()),
                         [](const auto &param) {
                           return std::string(graph::info(param.param).name);
                         });

// Every pair of dtypes, with values that saturate, wrap and round.
TEST(Cast, MatchesTheReferenceBetweenAllDTypes) {
  for (DType from : allDTypes)
    for (DType to : allDTypes) {
      Graph graph;
      graph.name = "convert";
      ValueId x = graph.addInput({from, {53}, {}}, "x");
      ValueId scale = graph.addInput({from, {53}, {}}, "scale");
      if (from != DType::Bool)
        x = graph.addNode(OpKind::Mul, {x, scale});
      graph.outputs.push_back(
          graph.addNode(OpKind::Cast, {x}, {{"dtype", to}}));
      EXPECT_EQ(checkRegion(graph, 0), "")
          << toString(from) << " to " << toString(to);
    }
}

static graph::Literal doubles(std::vector<double> values) {
  graph::Literal literal{
      DType::F64, {static_cast<std::int64_t>(values.size())}, {}};
  const auto *bytes = reinterpret_cast<const std::byte *>(values.data());
  literal.bytes.assign(bytes, bytes + values.size() * sizeof(double));
  return literal;
}

TEST(Cast, SaturatesAndRoundsTheRareValues) {
  std::vector<double> rare{0.0,
                           -0.0,
                           0.5,
                           -0.5,
                           1e300,
                           -1e300,
                           3e9,
                           -3e9,
                           255.5,
                           256,
                           -1,
                           65504,
                           65519.99,
                           65520,
                           1e-8,
                           5e-8,
                           NAN,
                           INFINITY,
                           1e-40,
                           -INFINITY,
                           2147483647,
                           -2147483648.0,
                           9.3e18,
                           -9.3e18,
                           127.9,
                           -128.9,
                           1.00048828125,
                           1.000488281250000001,
                           1.0004882812500002,
                           1.00390625,
                           1.0039062500000002};
  for (DType to : allDTypes) {
    Graph graph;
    graph.name = "rare";
    ValueId x = graph.addInput(
        {DType::F64, {static_cast<std::int64_t>(rare.size())}, {}}, "x");
    graph.outputs.push_back(graph.addNode(OpKind::Cast, {x}, {{"dtype", to}}));
    std::vector<graph::Literal> inputs{doubles(rare)};
    EXPECT_EQ(difference(CompiledRegion(graph).run(inputs)[0],
                         exec::interpret(graph, inputs)[0], 0),
              "")
        << toString(to);
  }
}

// [B14]
TEST(Elementwise, BroadcastsLikeNumPy) {
  const char *shapes[][2] = {{"[5, 7]", "[7]"},
                             {"[5, 7]", "[5, 1]"},
                             {"[5, 7]", "[1, 1]"},
                             {"[5, 1]", "[1, 7]"},
                             {"[3, 5, 7]", "[5, 1]"},
                             {"[3, 1, 7]", "[5, 1]"},
                             {"[3, 5, 7]", "[]"},
                             {"[1]", "[40]"},
                             {"[2, 3, 4, 5]", "[3, 1, 5]"},
                             {"[6, 1, 4, 1]", "[3, 1, 5]"},
                             {"[130, 70]", "[130, 1]"}};
  for (auto [a, b] : shapes)
    for (std::string dtype : {"f32", "i32"}) {
      std::string head =
          "graph @g(%a: " + dtype + a + ", %b: " + dtype + b + ")";
      Graph probe;
      ValueId x = probe.addInput(
          graph::parse(head + " -> () {\n  return\n}\n").type({0}), "a");
      ValueId y = probe.addInput(
          graph::parse(head + " -> () {\n  return\n}\n").type({1}), "b");
      probe.name = "g";
      ValueId sum = probe.addNode(OpKind::Add, {x, y});
      probe.outputs = {probe.addNode(OpKind::Mul, {sum, y}), sum};
      EXPECT_EQ(checkRegion(probe, 0), "") << a << " with " << b;
    }
}

// The reference lowered a group as a chain of steps with one operand each.
// [B44]
TEST(Elementwise, AGroupIsMoreThanAChain) {
  Graph graph;
  graph.name = "dag";
  ValueId x = graph.addInput({DType::F32, {33}, {}}, "x");
  ValueId y = graph.addInput({DType::F32, {33}, {}}, "y");
  ValueId square = graph.addNode(OpKind::Mul, {x, x});
  ValueId difference = graph.addNode(OpKind::Sub, {y, square});
  graph.outputs = {graph.addNode(OpKind::Mul, {difference, square}),
                   difference};
  EXPECT_EQ(checkRegion(graph, 0), "");
}

TEST(Elementwise, HandlesEverySizeAroundAVector) {
  for (std::int64_t size : {1, 2, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 255,
                            8191, 8192, 8193, 20000})
    EXPECT_EQ(checkRegion(*singleOp(OpKind::Silu, DType::F32, {size}), 4), "")
        << size;
}

TEST(Elementwise, ReadsStridedOperands) {
  for (const char *type :
       {"f32[5, 7]{1, 5}", "f32[5, 7]{14, 2}", "f32[5, 7]{0, 1}",
        "f32[5, 7]{1, 0}", "f32[5, 7]{20, 1}", "f32[64, 48]{1, 64}",
        "f32[3, 5, 7]{7, 21, 1}"}) {
    Graph graph;
    graph.name = "strided";
    Graph parsed = graph::parse(std::string("graph @g(%a: ") + type +
                                ") -> () {\n  return\n}\n");
    ValueId a = graph.addInput(parsed.type({0}), "a");
    ValueId b = graph.addInput({DType::F32, parsed.type({0}).shape, {}}, "b");
    graph.outputs = {graph.addNode(OpKind::Sub, {a, b})};
    EXPECT_EQ(checkRegion(graph, 0), "") << type;
  }
}

TEST(Elementwise, ComputesEmptyAndRankZeroTensors) {
  EXPECT_EQ(checkRegion(*singleOp(OpKind::Add, DType::F32, {0})), "");
  EXPECT_EQ(checkRegion(*singleOp(OpKind::Add, DType::F32, {3, 0, 2})), "");
  EXPECT_EQ(checkRegion(*singleOp(OpKind::Add, DType::F32, {})), "");
}

// Integer division by zero is an error eagerly and 0 in kernels.
TEST(Elementwise, DividesIntegersByZeroToZero) {
  Graph graph = *singleOp(OpKind::Div, DType::I32, {4});
  auto integers = [](std::vector<std::int32_t> values) {
    graph::Literal literal{DType::I32, {4}, {}};
    const auto *bytes = reinterpret_cast<const std::byte *>(values.data());
    literal.bytes.assign(bytes, bytes + 16);
    return literal;
  };
  auto found = CompiledRegion(graph).run(
      {integers({7, -7, INT32_MIN, 0}), integers({0, 2, -1, 0})});
  EXPECT_EQ(difference(found[0], integers({0, -3, INT32_MIN, 0}), 0), "");
}

TEST(Elementwise, GivesTheSameBitsForAnyRanges) {
  Graph graph = *singleOp(OpKind::Gelu, DType::F32, {300, 1000});
  std::mt19937 random(7);
  auto inputs = randomInputs(graph, random);
  CompiledRegion compiled(graph);
  auto expected = compiled.run(inputs);
  for (Ranges ranges : {Ranges::OneByOne, Ranges::Backwards, Ranges::Threads})
    EXPECT_EQ(compiled.run(inputs, ranges), expected);
}
