#include "passes/Passes.h"

#include "RandomGraph.h"

#include "exec/Interpreter.h"
#include "graph/Text.h"
#include "passes/FuseGroups.h"
#include "passes/Pipeline.h"
#include "passes/Rewrite.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

using namespace ferro;
using namespace ferro::graph;

static std::ptrdiff_t count(const Graph &graph, OpKind op) {
  return std::count_if(graph.nodes.begin(), graph.nodes.end(),
                       [&](const Node &node) { return node.op == op; });
}

static std::vector<float> floats(const Literal &literal) {
  std::vector<float> values(literal.bytes.size() / sizeof(float));
  std::memcpy(values.data(), literal.bytes.data(), literal.bytes.size());
  return values;
}

static Literal literalOf(const std::vector<float> &values, Shape shape) {
  Literal literal{DType::F32, shape,
                  std::vector<std::byte>(values.size() * sizeof(float))};
  std::memcpy(literal.bytes.data(), values.data(), literal.bytes.size());
  return literal;
}

// --- the pipeline

static const char *const foldable = R"(graph @g(%x: f32[4]) {
  %0 = constant {value = f32[](2)}
  %1 = square %0
  %2 = mul %x, %1
  %3 = exp %2
  %4 = exp %2
  %5 = add %3, %4
  return %5
})";

// [B34] [B35]
TEST(Pipeline, EveryOptionIsOnAndCanBeTurnedOff) {
  Graph all = parse(foldable);
  passes::optimize(all);
  ASSERT_EQ(all.nodes.size(), 1u);
  EXPECT_EQ(count(*all.nodes[0].region, OpKind::Square), 0) << "folded";
  EXPECT_EQ(count(*all.nodes[0].region, OpKind::Exp), 1) << "merged";

  passes::PassOptions noFolding;
  noFolding.foldConstants = false;
  Graph unfolded = parse(foldable);
  passes::optimize(unfolded, noFolding);
  EXPECT_NE(print(unfolded).find("square"), std::string::npos);

  passes::PassOptions noSimplify;
  noSimplify.simplify = false;
  Graph twice = parse(foldable);
  passes::optimize(twice, noSimplify);
  EXPECT_EQ(count(*twice.nodes[0].region, OpKind::Exp), 2);

  passes::PassOptions noFusion;
  noFusion.fuseGroups = false;
  Graph apart = parse(foldable);
  passes::optimize(apart, noFusion);
  EXPECT_EQ(count(apart, OpKind::Fused), 3) << print(apart);
}

// [B36]
TEST(Pipeline, RunsTheUsersRewrites) {
  // exp(x) -> 1 + x, which no pass of ours would do.
  auto linearise = [](Graph &graph) {
    passes::rewrite(graph,
                    [](passes::Rewriter &rewriter,
                       const Node &node) -> std::optional<ValueId> {
                      if (node.op != OpKind::Exp)
                        return std::nullopt;
                      ValueId one =
                          rewriter.add(OpKind::Constant, {},
                                       {{"value", literalOf({1}, {})}});
                      return rewriter.add(OpKind::Add, {one, node.operands[0]});
                    });
  };
  Graph graph = parse("graph @g(%x: f32[2]) { %0 = exp %x  return %0 }");
  passes::PassOptions options;
  options.custom = {linearise};
  passes::optimize(graph, options);
  EXPECT_EQ(floats(exec::interpret(graph,
                                   std::vector{literalOf({2, -0.5f}, {2})})[0]),
            (std::vector<float>{3, 0.5f}));
}

TEST(Pipeline, RefusesARuleThatChangesAType) {
  Graph graph =
      parse("graph @g(%x: f32[2], %y: f32[3]) { %0 = exp %x  return %0 }");
  EXPECT_THROW(passes::rewrite(graph,
                               [](passes::Rewriter &rewriter, const Node &) {
                                 return std::optional(
                                     rewriter.graph().inputs[1]);
                               }),
               Error);
}

TEST(Pipeline, RunsPassesByName) {
  Graph graph = parse("graph @g(%x: f32[2]) { %0 = exp %x  return %x }");
  passes::runPass(graph, "eliminate-dead-ops");
  EXPECT_TRUE(graph.nodes.empty());
  EXPECT_THROW(passes::runPass(graph, "plan-memory"), Error)
      << "an analysis changes nothing";
  try {
    passes::runPass(graph, "make-faster");
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(std::string(error.what()),
              "passes: there is no pass 'make-faster'");
  }
}

// --- folding and identities

// The reference folded eight ops of equal length; here all of them, broadcast.
// [B29]
TEST(FoldConstants, FoldsEveryOpThatOneConstantDetermines) {
  for (const OpInfo &op : opTable()) {
    if (op.family != Family::Elementwise)
      continue;
    Graph graph;
    std::vector<ValueId> operands;
    bool isLogic = op.dtypes == DTypeRule::Logic;
    for (int i = 0; i < op.minOperands; ++i) {
      bool isBool = isLogic || (op.dtypes == DTypeRule::Select && i == 0);
      ferro::testing::Random random(static_cast<unsigned>(i) + 1);
      operands.push_back(graph.addConstant(ferro::testing::randomLiteral(
          random, isBool ? DType::Bool : DType::F32,
          i == 0 ? Shape{3, 1} : Shape{2})));
    }
    graph.outputs = {graph.addNode(op.kind, operands)};
    std::vector<Literal> expected = exec::interpret(graph, {});
    passes::foldConstants(graph);
    passes::eliminateDeadOps(graph);
    ASSERT_EQ(graph.nodes.size(), 1u) << op.name;
    EXPECT_TRUE(ferro::testing::sameElements(
        graph.nodes[0].attributes.getLiteral("value"), expected[0]))
        << op.name;
  }
}

// pow(x, 2) and pow(x, -1) may round in their own way: within two units in the
// last place.
// [B16]
TEST(Simplify, PowersStayClose) {
  Graph graph = parse(R"(graph @g(%x: f32[4096]) {
    %2 = constant {value = f32[](2)}
    %m = constant {value = f32[](-1)}
    %s = pow %x, %2
    %r = pow %x, %m
    return %s, %r
  })");
  std::vector<float> x(4096);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = std::ldexp(1 + static_cast<float>(i) / 4096,
                      static_cast<int>(i % 60) - 30) *
           (i % 2 ? 1 : -1);
  std::vector<Literal> inputs = {literalOf(x, {4096})};
  std::vector<Literal> expected = exec::interpret(graph, inputs);
  passes::simplify(graph);
  EXPECT_EQ(count(graph, OpKind::Pow), 0);
  std::vector<Literal> found = exec::interpret(graph, inputs);
  for (std::size_t output = 0; output < 2; ++output) {
    std::vector<float> a = floats(expected[output]), b = floats(found[output]);
    for (std::size_t i = 0; i < a.size(); ++i)
      ASSERT_LE(std::abs(std::bit_cast<std::int32_t>(a[i]) -
                         std::bit_cast<std::int32_t>(b[i])),
                2)
          << x[i];
  }
}

// --- fusion

// The reference matched attention by adjacency and dropped what it could not
// fuse; here every node of a region is one of the source, and none is missing.
// [B42]
TEST(FuseGroups, KeepsEveryNodeAndItsAttributes) {
  Graph graph =
      parse(R"(graph @g(%q: f32[2, 4, 8], %k: f32[2, 4, 8], %v: f32[2, 4, 8]) {
    %t = transpose %k {axis0 = 1, axis1 = 2}
    %s = bmm %q, %t
    %c = constant {value = f32[](0.125)}
    %m = mul %s, %c
    %p = softmax %m {axis = -1}
    %o = bmm %p, %v
    %r = cast %o {dtype = f16}
    return %r
  })");
  passes::fuseGroups(graph);
  std::vector<OpKind> ops;
  for (const Node &node : graph.nodes)
    if (node.region)
      for (const Node &inner : node.region->nodes)
        ops.push_back(inner.op);
  EXPECT_EQ(ops, (std::vector{OpKind::Bmm, OpKind::Constant, OpKind::Mul,
                              OpKind::Softmax, OpKind::Bmm, OpKind::Cast}));
  EXPECT_EQ(
      graph.nodes.back().region->nodes.back().attributes.getDType("dtype"),
      DType::F16);
}

TEST(FuseGroups, NeighboursThatReadTheSameShareAKernel) {
  Graph graph =
      parse("graph @g(%x: f32[8]) { %0 = sin %x  %1 = cos %x  return %0, %1 }");
  passes::fuseGroups(graph);
  EXPECT_EQ(graph.nodes.size(), 1u) << print(graph);
}

TEST(FuseGroups, LargeFullReductionsStayAloneSoThatThreadsCanShareThem) {
  auto groups = [](int extent) {
    Graph graph = parse("graph @g(%x: f32[" + std::to_string(extent) +
                        "]) { %0 = square %x %1 = sum %0 {axes = [], keepdim = "
                        "false} %2 = sqrt %1 return %2 }");
    passes::fuseGroups(graph);
    return graph.nodes.size();
  };
  EXPECT_EQ(groups(1024), 1u);
  EXPECT_EQ(groups(1 << 20), 2u);
}

TEST(FuseGroups, AValueIsWalkedInOneWayOnly) {
  // The same column as rows and as columns of the result: (C2) keeps it apart.
  Graph graph = parse(R"(graph @g(%x: f32[4, 1]) {
    %0 = relu %x
    %1 = reshape %0 {shape = [1, 4]}
    %2 = add %0, %1
    return %2
  })");
  passes::fuseGroups(graph);
  EXPECT_EQ(count(graph, OpKind::Fused), 2) << print(graph);
}

TEST(FuseGroups, LongChainsFuseInPieces) {
  std::string text = "graph @g(%x0: f32[16]) {\n";
  for (int i = 0; i < 1000; ++i)
    text +=
        "%x" + std::to_string(i + 1) + " = sin %x" + std::to_string(i) + "\n";
  Graph graph = parse(text + "return %x1000 }");
  passes::fuseGroups(graph);
  EXPECT_GE(graph.nodes.size(), 1000u / 128);
  EXPECT_LE(graph.nodes.size(), 20u);
}

TEST(FuseGroups, FusingAgainChangesNothing) {
  Graph graph = parse(foldable);
  passes::fuseGroups(graph);
  std::string once = print(graph);
  passes::fuseGroups(graph);
  EXPECT_EQ(print(graph), once);
}

TEST(FuseGroups, RegionsRememberWhereTheUserWroteThem) {
  Graph graph =
      parse("graph @g(%x: f32[8]) { %0 = sin %x  %1 = exp %0  return %1 }");
  graph.nodes[0].location = {"model.cpp", 3};
  graph.nodes[1].location = {"model.cpp", 4};
  passes::optimize(graph);
  EXPECT_EQ(graph.nodes[0].location.line, 3u);
  EXPECT_EQ(graph.nodes[0].region->nodes[1].location.line, 4u);
}

// --- memory

// [B54]
TEST(PlanMemory, ReusesWhatNobodyReadsAnyMore) {
  std::string text = "graph @g(%x: f32[64, 64]) {\n%y0 = mm %x, %x\n";
  for (int i = 0; i < 9; ++i)
    text += "%y" + std::to_string(i + 1) + " = mm %y" + std::to_string(i) +
            ", %x\n";
  Graph graph = parse(text + "return %y9 }");
  passes::optimize(graph);
  artifact::Plan plan = passes::planMemory(graph);
  EXPECT_EQ(plan.naiveBytes, 9u * 64 * 64 * 4);
  EXPECT_EQ(plan.arenaBytes, 2u * 64 * 64 * 4);
  EXPECT_EQ(passes::planMemory(graph, /*reuse=*/false).arenaBytes,
            plan.naiveBytes);
}

TEST(PlanMemory, OffsetsAreAlignedAndOperandsNeverOverlapResults) {
  ferro::testing::Random random(11);
  int arenaBuffers = 0;
  for (int round = 0; round < 200; ++round) {
    Graph graph = ferro::testing::randomGraph(random, 40);
    passes::optimize(graph);
    artifact::Plan plan = passes::planMemory(graph);
    std::size_t next = 0;
    for (const Node &node : graph.nodes) {
      if (node.op != OpKind::Fused)
        continue;
      const artifact::Step &step = plan.steps[next++];
      for (std::size_t i = 0; i < node.results.size(); ++i) {
        const artifact::Slot &result = step.buffers[node.operands.size() + i];
        ASSERT_EQ(result.byteOffset % 64, 0u);
        auto bytes = static_cast<std::uint64_t>(
                         numel(graph.type(node.results[i]).shape)) *
                     byteSize(graph.type(node.results[i]).dtype);
        for (std::size_t o = 0; o < node.operands.size(); ++o) {
          const artifact::Slot &operand = step.buffers[o];
          bool isEmpty =
              bytes == 0 || numel(graph.type(node.operands[o]).shape) == 0;
          if (result.place != artifact::Place::Arena ||
              operand.place != artifact::Place::Arena || isEmpty)
            continue;
          ++arenaBuffers;
          EXPECT_FALSE(operand.byteOffset >= result.byteOffset &&
                       operand.byteOffset < result.byteOffset + bytes)
              << print(graph) << passes::toString(plan);
        }
      }
    }
  }
  EXPECT_GT(arenaBuffers, 100);
}
