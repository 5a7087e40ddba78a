#include "passes/Rewrite.h"

#include "graph/Layout.h"
#include "support/Check.h"

#include <utility>

namespace ferro::passes {

using namespace graph;

const Node *Rewriter::producer(ValueId id) const {
  std::int32_t index = producers[id.index];
  return index < 0 ? nullptr : &target.nodes[static_cast<std::size_t>(index)];
}

const Literal *Rewriter::constant(ValueId id) const {
  const Node *node = producer(id);
  return node && node->op == OpKind::Constant
             ? &node->attributes.getLiteral("value")
             : nullptr;
}

Type Rewriter::storedType(ValueId id) const {
  Type stored = type(id);
  const Node *node = producer(id);
  if (!node || info(node->op).family != Family::View)
    return stored;
  if (auto layout = viewLayout(node->op, node->attributes,
                               storedType(node->operands[0]), stored.shape))
    stored.strides = storedStrides(stored.shape, layout->strides);
  return stored;
}

ValueId Rewriter::add(OpKind op, std::vector<ValueId> operands,
                      Attributes attributes) {
  ValueId result =
      target.addNode(op, std::move(operands), std::move(attributes));
  target.nodes.back().location = location;
  producers.push_back(static_cast<std::int32_t>(target.nodes.size() - 1));
  return result;
}

void Rewriter::append(Node node, std::vector<Type> types) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    target.values.push_back({std::move(types[i]), {}});
    node.results[i] = {static_cast<std::uint32_t>(target.values.size() - 1)};
    producers.push_back(static_cast<std::int32_t>(target.nodes.size()));
  }
  target.nodes.push_back(std::move(node));
}

void rewrite(Graph &graph, const Rule &rule) {
  Rewriter rewriter;
  rewriter.target.name = graph.name;
  std::vector<ValueId> renamed(graph.values.size());
  for (ValueId input : graph.inputs) {
    renamed[input.index] = rewriter.target.addInput(
        graph.type(input), graph.values[input.index].name);
    rewriter.producers.push_back(-1);
  }
  for (Node &node : graph.nodes) {
    for (ValueId &operand : node.operands)
      operand = renamed[operand.index];
    rewriter.location = node.location;
    std::vector<ValueId> results = node.results;
    if (std::optional<ValueId> replacement = rule(rewriter, node)) {
      FERRO_CHECK(results.size() == 1 &&
                      rewriter.type(*replacement).dtype ==
                          graph.type(results[0]).dtype &&
                      rewriter.type(*replacement).shape ==
                          graph.type(results[0]).shape,
                  "a rule keeps the type of what it replaces");
      renamed[results[0].index] = *replacement;
      continue;
    }
    std::vector<Type> types;
    for (ValueId result : results)
      types.push_back(graph.type(result));
    rewriter.append(std::move(node), std::move(types));
    for (std::size_t i = 0; i < results.size(); ++i)
      renamed[results[i].index] = rewriter.target.nodes.back().results[i];
  }
  for (ValueId output : graph.outputs)
    rewriter.target.outputs.push_back(renamed[output.index]);
  graph = std::move(rewriter.target);
}

void renumber(Graph &graph) {
  rewrite(graph, [](Rewriter &, const Node &) { return std::nullopt; });
}

} // namespace ferro::passes
