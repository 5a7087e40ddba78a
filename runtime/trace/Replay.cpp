#include "trace/Replay.h"

#include "support/Check.h"
#include "tensor/Record.h"
#include "tensor/Strided.h"
#include "trace/Autograd.h"
#include "trace/Dispatch.h"

#include <algorithm>
#include <cstring>
#include <utility>

using namespace ferro;
using namespace ferro::trace;
using detail::Handle;

static Handle tensorOf(const graph::Literal &literal) {
  Handle tensor = detail::makeTensor(literal.dtype, literal.shape);
  if (!literal.bytes.empty())
    std::memcpy(tensor.get()->bytes(), literal.bytes.data(),
                literal.bytes.size());
  return tensor;
}

std::vector<Handle> trace::replay(const graph::Graph &graph,
                                  std::span<const Handle> inputs) {
  FERRO_CHECK(inputs.size() == graph.inputs.size(),
              "a graph is replayed with all its inputs");
  std::vector<Handle> values(graph.values.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values[graph.inputs[i].index] = inputs[i];

  for (const graph::Node &node : graph.nodes) {
    if (node.op == graph::OpKind::Constant) {
      values[node.results[0].index] =
          tensorOf(node.attributes.getLiteral("value"));
      continue;
    }
    std::vector<Handle> operands;
    for (graph::ValueId operand : node.operands)
      operands.push_back(values[operand.index]);
    if (node.op != graph::OpKind::Fused) {
      values[node.results[0].index] = apply(node.op, node.attributes, operands);
      continue;
    }
    std::vector<Handle> results = replay(*node.region, operands);
    for (std::size_t i = 0; i < results.size(); ++i)
      values[node.results[i].index] = std::move(results[i]);
  }

  std::vector<Handle> outputs;
  for (graph::ValueId output : graph.outputs)
    outputs.push_back(values[output.index]);
  return outputs;
}

/// \p tensor without history, required to give a gradient if it may.
static Handle leafOf(const Handle &tensor) {
  Handle leaf = detail::makeAlias(*tensor.get());
  if (isFloat(leaf.get()->dtype))
    detail::setRequiresGrad(leaf, true);
  return leaf;
}

/// Which outputs a gradient flows to, by the rule of recordForBackward.
static std::vector<bool> requiringOutputs(const graph::Graph &graph,
                                          std::span<const Edge> inputs) {
  std::vector<bool> required(graph.values.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    required[graph.inputs[i].index] = inputs[i] != nullptr;
  for (const graph::Node &node : graph.nodes) {
    bool any = std::ranges::any_of(node.operands, [&](graph::ValueId operand) {
      return required[operand.index];
    });
    for (graph::ValueId result : node.results)
      required[result.index] = any && node.op != graph::OpKind::Detach &&
                               isFloat(graph.type(result).dtype);
  }
  std::vector<bool> outputs;
  for (graph::ValueId output : graph.outputs)
    outputs.push_back(required[output.index]);
  return outputs;
}

static std::shared_ptr<Node>
nodeOfCall(std::shared_ptr<const graph::Graph> graph,
           std::span<const Handle> inputs, std::vector<Edge> edges) {
  auto node = std::make_shared<Node>();
  node->name = graph->name;
  node->inputs = std::move(edges);
  std::vector<SavedTensor> saved(inputs.begin(), inputs.end());
  std::vector<bool> needed;
  for (const Edge &edge : node->inputs)
    needed.push_back(edge != nullptr);
  node->backward = [graph = std::move(graph), saved = std::move(saved),
                    needed =
                        std::move(needed)](std::span<const Handle> gradients) {
    EnableGrad scope;
    std::vector<Handle> leaves, wanted;
    for (std::size_t i = 0; i < saved.size(); ++i) {
      Handle tensor = saved[i].get(graph->name);
      leaves.push_back(needed[i] ? leafOf(tensor) : tensor);
      if (needed[i])
        wanted.push_back(leaves.back());
    }
    std::vector<Handle> found =
        gradientsOf(replay(*graph, leaves), gradients, wanted);
    std::vector<Handle> result(saved.size());
    for (std::size_t i = 0, next = 0; i < result.size(); ++i)
      if (needed[i])
        result[i] = found[next++];
    return result;
  };
  return node;
}

void trace::recordCall(std::shared_ptr<const graph::Graph> graph,
                       std::span<const Handle *const> inputs,
                       std::span<Handle> outputs) {
  if (!gradEnabled() || std::ranges::none_of(inputs, [](const Handle *tensor) {
        return tensor->get()->requiresGrad;
      }))
    return;
  std::vector<Handle> tensors;
  for (const Handle *tensor : inputs)
    tensors.push_back(*tensor);
  std::vector<Edge> edges = edgesTo(tensors);
  std::vector<bool> required = requiringOutputs(*graph, edges);
  attachNode(nodeOfCall(std::move(graph), tensors, std::move(edges)), outputs);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (!required[i])
      outputs[i] = detail::makeAlias(*outputs[i].get());
}
