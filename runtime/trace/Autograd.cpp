#include "trace/Autograd.h"

#include "support/Check.h"
#include "trace/Gradients.h"

#include "ferro/Error.h"

namespace ferro {

static thread_local detail::GradMode mode;

bool grad_enabled() { return mode.enabled; }
bool inference_mode_enabled() { return mode.inference; }
detail::GradMode detail::exchangeGradMode(GradMode next) {
  return std::exchange(mode, next);
}

} // namespace ferro

namespace ferro::trace {

bool bodyDisablesGrad() { return !mode.enabled && !mode.callers; }

using detail::GradientState;
using detail::Handle;
using detail::Record;

// Edges that nobody else holds give their nodes' edges to the same list, so
// that a chain of any length ends in a loop.
Node::~Node() {
  std::vector<Edge> doomed = std::move(inputs);
  while (!doomed.empty()) {
    Edge edge = std::move(doomed.back());
    doomed.pop_back();
    if (!edge || edge.use_count() > 1 || !edge->node ||
        edge->node.use_count() > 1)
      continue;
    for (Edge &next : edge->node->inputs)
      doomed.push_back(std::move(next));
    edge->node->inputs.clear();
  }
}

SavedTensor::SavedTensor(const Handle &from)
    : tensor(detail::makeAlias(*from.get())) {
  if (tensor.get()->storage)
    version = tensor.get()->storage->version.load();
}

Handle SavedTensor::get(const std::string &node) const {
  const Record &record = *tensor.get();
  std::uint64_t now = record.storage ? record.storage->version.load() : 0;
  if (now != version)
    throw Error(Code::SavedTensorModified, node,
                "found a tensor of shape " + toString(record.shape) + ", " +
                    std::to_string(now - version) +
                    " in-place writes after it was saved; backward needs the "
                    "elements as they were, so use the form without _ or "
                    "clone it before");
  return tensor;
}

std::vector<Edge> edgesTo(std::span<const Handle> tensors) {
  std::vector<Edge> edges;
  for (const Handle &tensor : tensors) {
    const Record &record = *tensor.get();
    edges.push_back(record.requiresGrad ? record.gradient : nullptr);
  }
  return edges;
}

void attachNode(std::shared_ptr<Node> node, std::span<const Handle> outputs) {
  node->numOutputs = outputs.size();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Record &record = *outputs[i].get();
    auto state = std::make_shared<GradientState>();
    state->dtype = record.dtype;
    state->device = record.device;
    state->shape = record.shape;
    state->node = node;
    state->output = static_cast<std::uint32_t>(i);
    record.gradient = std::move(state);
    record.requiresGrad = true;
  }
}

// A concatenation may have more operands than a mask has bits; it needs no
// values, so all of its operands count as wanted and none as saved.
static constexpr std::size_t maxMasked = 32;

static bool contains(std::uint32_t mask, std::size_t operand) {
  return operand < maxMasked && (mask >> operand & 1);
}

static std::uint32_t wantedBy(const std::vector<Edge> &edges) {
  if (edges.size() > maxMasked)
    return ~0u;
  std::uint32_t wanted = 0;
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (edges[i])
      wanted |= 1u << i;
  return wanted;
}

namespace {

/// A call of a table op with what its backward needs.
struct TableCall {
  RecordedCall call;
  std::vector<SavedTensor> operands;
  SavedTensor result;
  SavedValues saved;
  std::uint32_t wanted;

  std::vector<Handle> backward(const Handle &gradient) const {
    RecordedCall values = call;
    std::string name(graph::info(call.op).name);
    values.operands.resize(operands.size());
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (contains(saved.operands, i))
        values.operands[i] = operands[i].get(name);
    if (saved.result)
      values.result = result.get(name);
    return gradientsOfCall(values, gradient, wanted);
  }
};

} // namespace

void recordForBackward(graph::OpKind op, const graph::Attributes &attributes,
                       std::span<const Handle> inputs, const Handle &result) {
  if (!grad_enabled() || op == graph::OpKind::Detach ||
      !isFloat(result.get()->dtype))
    return;
  std::vector<Edge> edges = edgesTo(inputs);
  bool any = false;
  for (const Edge &edge : edges)
    any |= edge != nullptr;
  if (!any)
    return;

  auto recorded = std::make_shared<TableCall>();
  recorded->call.op = op;
  recorded->call.attributes = attributes;
  recorded->wanted = wantedBy(edges);
  recorded->saved = savedValues(op, inputs.size(), recorded->wanted);
  recorded->operands.resize(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Record &input = *inputs[i].get();
    recorded->call.types.push_back({input.dtype, input.shape, {}});
    if (contains(recorded->saved.operands, i))
      recorded->operands[i] = SavedTensor(inputs[i]);
  }
  if (recorded->saved.result)
    recorded->result = SavedTensor(result);

  auto node = std::make_shared<Node>();
  node->name = graph::info(op).name;
  node->attributes = attributes;
  node->inputs = std::move(edges);
  node->backward = [recorded](std::span<const Handle> gradients) {
    return recorded->backward(gradients[0]);
  };
  attachNode(std::move(node), {&result, 1});
}

} // namespace ferro::trace
