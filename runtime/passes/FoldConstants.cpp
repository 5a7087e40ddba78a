#include "exec/Interpreter.h"
#include "passes/Passes.h"
#include "passes/Rewrite.h"

#include "ferro/Error.h"

using namespace ferro;
using namespace ferro::graph;

static std::size_t bytesOf(const Type &type) {
  return static_cast<std::size_t>(numel(type.shape)) * byteSize(type.dtype);
}

/// The one node as a graph of its own, for the interpreter.
static Graph alone(const Node &node, const std::vector<Literal> &operands) {
  Graph graph;
  std::vector<ValueId> inputs;
  for (const Literal &operand : operands)
    inputs.push_back(graph.addInput({operand.dtype, operand.shape, {}}));
  graph.outputs = {graph.addNode(node.op, inputs, node.attributes)};
  return graph;
}

static std::optional<Literal> evaluate(const passes::Rewriter &rewriter,
                                       const Node &node) {
  std::vector<Literal> operands;
  for (ValueId operand : node.operands) {
    const Literal *literal = rewriter.constant(operand);
    if (!literal || literal->bytes.size() > passes::foldedBytes)
      return std::nullopt;
    operands.push_back(*literal);
  }
  Graph graph = alone(node, operands);
  if (bytesOf(graph.type(graph.outputs[0])) > passes::foldedBytes)
    return std::nullopt;
  try {
    return std::move(exec::interpret(graph, operands)[0]);
  } catch (const Error &) {
    return std::nullopt;
  }
}

void ferro::passes::foldConstants(Graph &graph) {
  rewrite(graph,
          [](Rewriter &rewriter, const Node &node) -> std::optional<ValueId> {
            // An expanded constant costs nothing; its elements written out
            // would.
            bool grows = node.op == OpKind::Expand;
            if (node.operands.empty() || node.op == OpKind::Fused || grows)
              return std::nullopt;
            std::optional<Literal> value = evaluate(rewriter, node);
            return value ? std::optional(
                               rewriter.add(OpKind::Constant, {},
                                            {{"value", std::move(*value)}}))
                         : std::nullopt;
          });
}
