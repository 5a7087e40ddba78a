// What fuse-groups makes of random graphs, the compiler takes.
#include "../passes/RandomGraph.h"
#include "Kernels.h"

#include "graph/Text.h"
#include "passes/Pipeline.h"

#include <gtest/gtest.h>

using namespace ferro;
using namespace ferro::test;
using graph::Graph;
using graph::OpKind;

// Where a small error of an operand can become a large one of the result.
static bool isUnsteady(const Graph &region) {
  for (const graph::Node &node : region.nodes)
    switch (node.op) {
    case OpKind::Equal:
    case OpKind::NotEqual:
    case OpKind::Less:
    case OpKind::LessEqual:
    case OpKind::Greater:
    case OpKind::GreaterEqual:
    case OpKind::Sign:
    case OpKind::Floor:
    case OpKind::Ceil:
    case OpKind::Cast:
    case OpKind::Div:
    case OpKind::Reciprocal:
    case OpKind::Log:
    case OpKind::Exp:
    case OpKind::Pow:
    case OpKind::Sin:
    case OpKind::Cos:
    case OpKind::Rsqrt:
    case OpKind::Sqrt:
    case OpKind::Prod:
      return true;
    default:
      break;
    }
  return false;
}

TEST(Groups, OfRandomGraphsCompileAndMatchTheReference) {
  int groups = 0, compared = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    ferro::testing::Random random(seed);
    Graph graph = ferro::testing::randomGraph(random, 25);
    passes::optimize(graph);
    for (const graph::Node &node : graph.nodes) {
      if (node.op != OpKind::Fused)
        continue;
      ++groups;
      const Graph &region = *node.region;
      if (node.region->nodes.size() > 1 && isUnsteady(region)) {
        CompilerAnswer answer = compileRegion(region);
        ASSERT_EQ(answer.status, FERRO_OK) << answer.message << "\n"
                                           << graph::print(region);
        continue;
      }
      ++compared;
      ASSERT_EQ(checkRegion(region, 256, 64, seed), "") << "seed " << seed;
    }
  }
  EXPECT_GT(groups, 200);
  EXPECT_GT(compared, 100);
}
