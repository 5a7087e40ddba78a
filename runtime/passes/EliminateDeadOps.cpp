#include "passes/Passes.h"
#include "passes/Rewrite.h"

#include <algorithm>
#include <ranges>

using namespace ferro::graph;

// Walks backwards, so one sweep also removes the chains that only fed dead ops.
void ferro::passes::eliminateDeadOps(Graph &graph) {
  std::vector<bool> live(graph.values.size());
  for (ValueId output : graph.outputs)
    live[output.index] = true;
  auto isLive = [&](const Node &node) {
    return std::any_of(node.results.begin(), node.results.end(),
                       [&](ValueId result) { return live[result.index]; });
  };
  for (const Node &node : std::views::reverse(graph.nodes))
    if (isLive(node))
      for (ValueId operand : node.operands)
        live[operand.index] = true;
  std::erase_if(graph.nodes, [&](const Node &node) { return !isLive(node); });
  renumber(graph);
}
