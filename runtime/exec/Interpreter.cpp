#include "exec/Interpreter.h"

#include "exec/Reference.h"
#include "support/Check.h"

#include "ferro/Error.h"

#include <string>

namespace ferro::exec {

using graph::Graph;
using graph::Literal;
using graph::Node;
using graph::OpKind;
using graph::Type;

static StridedView viewOf(const Literal &literal) {
  // Kernels only read their inputs.
  return rowMajor(const_cast<std::byte *>(literal.bytes.data()), literal.dtype,
                  literal.shape);
}

static std::string describe(DType dtype, const Shape &shape) {
  return std::string(toString(dtype)) + toString(shape);
}

static void checkInputs(const Graph &graph, std::span<const Literal> inputs) {
  if (inputs.size() != graph.inputs.size())
    throw Error(Code::SignatureMismatch, graph.name,
                "found " + std::to_string(inputs.size()) +
                    " inputs; the graph has " +
                    std::to_string(graph.inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Type &type = graph.type(graph.inputs[i]);
    if (inputs[i].dtype != type.dtype || !(inputs[i].shape == type.shape))
      throw Error(Code::SignatureMismatch, graph.name,
                  "input " + std::to_string(i) + " is " +
                      describe(inputs[i].dtype, inputs[i].shape) +
                      "; the graph takes " + describe(type.dtype, type.shape));
  }
}

static std::vector<Literal> runNode(const Graph &graph, const Node &node,
                                    const std::vector<Literal> &values) {
  if (node.op == OpKind::Fused) {
    FERRO_CHECK(node.region, "a group has a region");
    std::vector<Literal> operands;
    for (graph::ValueId operand : node.operands)
      operands.push_back(values[operand.index]);
    return interpret(*node.region, operands);
  }
  std::vector<StridedView> operands;
  for (graph::ValueId operand : node.operands)
    operands.push_back(viewOf(values[operand.index]));
  const Type &type = graph.type(node.results[0]);
  Literal result{type.dtype, type.shape, {}};
  result.bytes.resize(static_cast<std::size_t>(numel(type.shape)) *
                      byteSize(type.dtype));
  run(node.op, node.attributes, operands, viewOf(result));
  std::vector<Literal> results;
  results.push_back(std::move(result));
  return results;
}

std::vector<Literal> interpret(const Graph &graph,
                               std::span<const Literal> inputs) {
  checkInputs(graph, inputs);
  std::vector<Literal> values(graph.values.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values[graph.inputs[i].index] = inputs[i];
  for (const Node &node : graph.nodes) {
    std::vector<Literal> results = runNode(graph, node, values);
    FERRO_CHECK(results.size() == node.results.size(),
                "a region has as many outputs as its node results");
    for (std::size_t i = 0; i < results.size(); ++i)
      values[node.results[i].index] = std::move(results[i]);
  }
  std::vector<Literal> outputs;
  for (graph::ValueId output : graph.outputs)
    outputs.push_back(values[output.index]);
  return outputs;
}

} // namespace ferro::exec
