#include "passes/Passes.h"
#include "passes/Rewrite.h"

#include <algorithm>
#include <map>
#include <utility>

using namespace ferro;
using namespace ferro::graph;

// Not maximum and minimum: of two zeros they give the second.
static bool isCommutative(OpKind op) {
  return op == OpKind::Add || op == OpKind::Mul || op == OpKind::Equal ||
         op == OpKind::NotEqual || op == OpKind::LogicalAnd ||
         op == OpKind::LogicalOr;
}

void ferro::passes::mergeDuplicates(Graph &graph) {
  std::map<std::pair<OpKind, std::vector<ValueId>>, std::vector<ValueId>> made;
  rewrite(graph,
          [&](Rewriter &rewriter, const Node &node) -> std::optional<ValueId> {
            if (node.op == OpKind::Fused)
              return std::nullopt;
            std::vector<ValueId> operands = node.operands;
            if (isCommutative(node.op))
              std::sort(operands.begin(), operands.end());
            std::vector<ValueId> &candidates = made[{node.op, operands}];
            for (ValueId candidate : candidates)
              if (rewriter.producer(candidate)->attributes == node.attributes)
                return candidate;
            candidates.push_back(
                rewriter.add(node.op, node.operands, node.attributes));
            return candidates.back();
          });
}
