// Random graphs give the same results after every pass.
//
// A failure prints its seed; FERRO_SEED=<seed> runs that graph alone.
#include "PlanExecutor.h"
#include "RandomGraph.h"

#include "exec/Interpreter.h"
#include "graph/Serialize.h"
#include "graph/Text.h"
#include "graph/Verify.h"
#include "passes/GroupRules.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>

using namespace ferro;
using namespace ferro::graph;
using ferro::testing::Random;

using Outputs = std::vector<Literal>;

/// The results, or nothing if an integer is divided by zero.
static std::optional<Outputs> interpret(const Graph &graph,
                                        const Outputs &inputs) {
  try {
    return exec::interpret(graph, inputs);
  } catch (const Error &error) {
    if (error.code() != Code::DivisionByZero)
      throw;
    return std::nullopt;
  }
}

static ::testing::AssertionResult agree(const Outputs &expected,
                                        const Outputs &found) {
  if (expected.size() != found.size())
    return ::testing::AssertionFailure()
           << found.size() << " outputs instead of " << expected.size();
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!ferro::testing::sameElements(expected[i], found[i])) {
      Graph values;
      values.outputs = {values.addConstant(expected[i]),
                        values.addConstant(found[i])};
      return ::testing::AssertionFailure()
             << "output " << i << " differs: expected, found\n"
             << print(values);
    }
  return ::testing::AssertionSuccess();
}

static void checkRegionNode(const Graph &region, const Node &node) {
  const Type &type = region.type(node.results[0]);
  Family family = info(node.op).family;
  if (family == Family::View)
    EXPECT_TRUE(passes::isUnitView(region, node)) << "C1\n" << print(region);
  if (family == Family::Literal)
    EXPECT_EQ(numel(type.shape), 1) << "C3";
  if (family == Family::Normalisation) {
    auto rank = static_cast<std::int64_t>(type.shape.size());
    EXPECT_EQ((node.attributes.getInt("axis") + rank) % rank, rank - 1) << "C5";
  }
}

/// What FuseGroups.h says of kinds and regions.
static void checkRegion(const std::string &kind, const Graph &region) {
  int products = 0, copies = 0, reductions = 0;
  for (const Node &node : region.nodes) {
    Family family = info(node.op).family;
    products += family == Family::MatrixProduct;
    copies += node.op == OpKind::Cat || node.op == OpKind::Contiguous;
    reductions +=
        family == Family::Reduction || family == Family::Normalisation;
    checkRegionNode(region, node);
  }
  EXPECT_EQ(products, kind == "matmul");
  EXPECT_EQ(copies, kind == "movement");
  EXPECT_EQ(reductions > 0, kind == "reduction");
  for (std::uint32_t uses : region.useCounts())
    EXPECT_GT(uses, 0u) << "C4\n" << print(region);
  if (kind == "elementwise" || kind == "matmul")
    for (ValueId output : region.outputs)
      EXPECT_EQ(region.type(output).shape, region.type(region.outputs[0]).shape)
          << print(region);
}

static void checkGroups(const Graph &graph) {
  for (const Node &node : graph.nodes) {
    Family family = info(node.op).family;
    EXPECT_TRUE(family == Family::View || family == Family::Literal ||
                family == Family::Group)
        << info(node.op).name;
    if (node.op == OpKind::Fused)
      checkRegion(node.attributes.getString("kind"), *node.region);
  }
}

static void checkPlan(const Graph &graph, const Outputs &inputs,
                      const Outputs &expected) {
  for (bool reuse : {true, false}) {
    artifact::Plan plan = passes::planMemory(graph, reuse);
    EXPECT_TRUE(agree(expected, ferro::testing::execute(graph, plan, inputs)))
        << passes::toString(plan) << print(graph);
    if (reuse)
      EXPECT_LE(plan.arenaBytes, plan.naiveBytes);
    else
      EXPECT_EQ(plan.arenaBytes, plan.naiveBytes);
  }
}

static void checkInputs(const Graph &before, const Graph &after) {
  ASSERT_EQ(before.inputs.size(), after.inputs.size());
  for (std::size_t i = 0; i < before.inputs.size(); ++i) {
    EXPECT_EQ(before.type(before.inputs[i]), after.type(after.inputs[i]));
    EXPECT_EQ(before.values[before.inputs[i].index].name,
              after.values[after.inputs[i].index].name);
  }
}

struct Coverage {
  std::set<OpKind> ops;
  std::map<std::string, int> kinds; // of groups of several nodes
  int graphs = 0, joined = 0;
};

static void checkSeed(unsigned seed, Coverage &coverage) {
  SCOPED_TRACE("FERRO_SEED=" + std::to_string(seed));
  Random random(seed);
  Graph graph =
      ferro::testing::randomGraph(random, 3 + static_cast<int>(random() % 30));
  Outputs inputs = ferro::testing::randomInputs(random, graph);
  std::optional<Outputs> expected = interpret(graph, inputs);
  if (!expected)
    return;
  std::string text = print(graph);
  EXPECT_EQ(print(parse(text)), text);
  EXPECT_EQ(print(deserialize(serialize(graph))), text);

  for (const passes::PassInfo &pass : passes::passTable()) {
    if (!pass.run)
      continue;
    Graph alone = graph;
    passes::runPass(alone, pass.flag);
    checkInputs(graph, alone);
    EXPECT_TRUE(agree(*expected, exec::interpret(alone, inputs)))
        << pass.flag << "\n"
        << text << print(alone);
  }

  Graph optimised = graph, single = graph;
  passes::optimize(optimised);
  passes::optimize(single, {.fuseGroups = false});
  for (const Graph *each : {&optimised, &single}) {
    EXPECT_TRUE(agree(*expected, exec::interpret(*each, inputs)))
        << text << print(*each);
    checkInputs(graph, *each);
    checkGroups(*each);
    checkPlan(*each, inputs, *expected);
  }
  EXPECT_EQ(print(deserialize(serialize(optimised))),
            print(parse(print(optimised))));

  ++coverage.graphs;
  coverage.joined += single.nodes.size() > optimised.nodes.size();
  for (const Node &node : graph.nodes)
    coverage.ops.insert(node.op);
  for (const Node &node : optimised.nodes)
    if (node.op == OpKind::Fused && node.region->nodes.size() > 1)
      ++coverage.kinds[node.attributes.getString("kind")];
}

// Every pass, alone and in order, on graphs over every op: outputs keep their
// order, dtypes, shapes and bits; inputs keep their place; what comes out runs.
// [B29] [B37] [B54]
TEST(Passes, KeepTheResultsOfRandomGraphs) {
  Coverage coverage;
  if (const char *seed = std::getenv("FERRO_SEED"))
    return checkSeed(static_cast<unsigned>(std::atoi(seed)), coverage);
  // Some graphs in any case, so that a slow machine covers every op too.
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  auto isDone = [&](unsigned seed) {
    return seed > 400 && std::chrono::steady_clock::now() >= end;
  };
  for (unsigned seed = 1; !isDone(seed) && !HasFailure(); ++seed)
    checkSeed(seed, coverage);
  RecordProperty("graphs", coverage.graphs);
  EXPECT_GT(coverage.graphs, 100);
  EXPECT_GT(coverage.joined, coverage.graphs / 4);
  for (const OpInfo &op : opTable())
    EXPECT_EQ(coverage.ops.contains(op.kind), op.family != Family::Group)
        << op.name << " was never drawn";
  for (const char *kind : {"elementwise", "reduction", "matmul"})
    EXPECT_GT(coverage.kinds[kind], 0) << kind;
}
