// An artifact's parts against each other: after this, running the plan stays
// inside its buffers.
#include "artifact/Artifact.h"

#include "ferro/Error.h"

#include <algorithm>

namespace ferro::artifact {

using graph::Graph;
using graph::Literal;
using graph::Node;
using graph::Type;

static void require(bool condition, const std::string &otherwise) {
  if (!condition)
    throw Error(Code::SerializationError, "artifact", otherwise);
}

/// The bytes that a value touches around its first element.
struct Range {
  __int128 begin = 0;
  __int128 end = 0;
};

// Keeps the sums below far from the limits of 128 bits.
static constexpr std::int64_t largest = std::int64_t(1) << 48;

static Range rangeOf(const Type &type) {
  Strides strides =
      type.strides.empty() ? contiguousStrides(type.shape) : type.strides;
  require(strides.size() == type.shape.size(), "strides " + toString(strides) +
                                                   " do not fit shape " +
                                                   toString(type.shape));
  for (std::size_t i = 0; i < strides.size(); ++i)
    require(type.shape[i] >= 0 && type.shape[i] <= largest &&
                strides[i] >= -largest && strides[i] <= largest,
            "shape " + toString(type.shape) + " or strides " +
                toString(strides) + " are out of range");
  Range range{0, 1};
  for (std::size_t i = 0; i < strides.size(); ++i) {
    if (type.shape[i] == 0)
      return {};
    __int128 reach = static_cast<__int128>(type.shape[i] - 1) * strides[i];
    (reach < 0 ? range.begin : range.end) += reach;
  }
  __int128 size = static_cast<__int128>(byteSize(type.dtype));
  return {range.begin * size, range.end * size};
}

static Range wholeOf(const Artifact &artifact, const Slot &slot) {
  const Plan &plan = artifact.plan;
  auto check = [&](std::size_t size) {
    require(slot.index < size, "a slot's index is out of range");
  };
  switch (slot.place) {
  case Place::Input:
    check(artifact.manifest.inputs.size());
    return rangeOf(artifact.manifest.inputs[slot.index].type);
  case Place::Output:
    check(plan.outputBytes.size());
    return {0, plan.outputBytes[slot.index]};
  case Place::Constant:
    check(plan.constants.size());
    return {0, static_cast<__int128>(plan.constants[slot.index].bytes.size())};
  case Place::Arena:
    return {0, plan.arenaBytes};
  }
  __builtin_unreachable();
}

static void verifySlot(const Artifact &artifact, const Slot &slot,
                       const Type &type) {
  Range whole = wholeOf(artifact, slot), part = rangeOf(type);
  if (part.begin == part.end)
    return;
  __int128 at = slot.byteOffset;
  require(at + part.begin >= whole.begin && at + part.end <= whole.end,
          "a slot reaches out of its buffer");
}

static void verifyLiteral(const Literal &literal) {
  Range range = rangeOf({literal.dtype, literal.shape, {}});
  require(static_cast<__int128>(literal.bytes.size()) == range.end,
          "a literal of shape " + toString(literal.shape) + " has " +
              std::to_string(literal.bytes.size()) + " bytes");
}

static void verifyInputs(const Artifact &artifact) {
  const Graph &graph = artifact.graph;
  require(artifact.manifest.inputs.size() == graph.inputs.size(),
          "the manifest lists other inputs than the graph");
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const Input &input = artifact.manifest.inputs[i];
    require(input.type == graph.type(graph.inputs[i]),
            "input " + std::to_string(i) + " has another type in the graph");
    if (!input.frozen)
      continue;
    require(input.hidden && input.frozen->dtype == input.type.dtype &&
                input.frozen->shape == input.type.shape,
            "the frozen value of input " + std::to_string(i) +
                " does not fit it");
    verifyLiteral(*input.frozen);
  }
}

// Digits, letters and underscores: what a C compiler would call a name.
static bool isSymbol(const std::string &name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '_';
  });
}

static void verifyStep(const Artifact &artifact, const Step &step,
                       std::span<const Node *const> groups) {
  require(step.kernel < groups.size(), "a step's kernel is out of range");
  const Node &group = *groups[step.kernel];
  std::size_t numOperands = group.operands.size();
  require(step.buffers.size() == numOperands + group.results.size(),
          "a step has another number of buffers than its kernel");
  for (std::size_t i = 0; i < step.buffers.size(); ++i) {
    bool isOperand = i < numOperands;
    // An operand may be a view: its strides stand in the region.
    verifySlot(artifact, step.buffers[i],
               isOperand ? group.region->type(group.region->inputs[i])
                         : artifact.graph.type(group.results[i - numOperands]));
    require(isOperand || step.buffers[i].place == Place::Output ||
                step.buffers[i].place == Place::Arena,
            "a step writes to an input or a constant");
  }
}

static std::vector<const Node *> groupsOf(const Graph &graph) {
  std::vector<const Node *> groups;
  for (const Node &node : graph.nodes)
    if (node.op == graph::OpKind::Fused) {
      require(node.region && node.region->inputs.size() == node.operands.size(),
              "a group does not fit its region");
      groups.push_back(&node);
    }
  return groups;
}

static void verifyOutputs(const Artifact &artifact) {
  const Graph &graph = artifact.graph;
  const std::vector<OutputView> &outputs = artifact.plan.outputs;
  require(outputs.size() == graph.outputs.size(),
          "the plan has another number of outputs than the graph");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Type &type = graph.type(graph.outputs[i]);
    require(outputs[i].type.dtype == type.dtype &&
                outputs[i].type.shape == type.shape,
            "output " + std::to_string(i) + " has another type in the graph");
    require(outputs[i].slot.place != Place::Arena,
            "output " + std::to_string(i) + " lies in the arena");
    verifySlot(artifact, outputs[i].slot, outputs[i].type);
  }
}

/// The captured graph takes and returns what the optimised one does; the passes
/// may return an input, with its strides, where a copy was captured.
static void verifyCaptured(const Graph &captured, const Graph &graph) {
  auto sameInput = [&](graph::ValueId a, graph::ValueId b) {
    return captured.type(a) == graph.type(b);
  };
  auto sameOutput = [&](graph::ValueId a, graph::ValueId b) {
    return captured.type(a).dtype == graph.type(b).dtype &&
           captured.type(a).shape == graph.type(b).shape;
  };
  require(std::ranges::equal(captured.inputs, graph.inputs, sameInput),
          "the captured graph has other inputs than the optimised one");
  require(std::ranges::equal(captured.outputs, graph.outputs, sameOutput),
          "the captured graph has other outputs than the optimised one");
}

void verify(const Artifact &artifact) {
  verifyInputs(artifact);
  if (artifact.captured)
    verifyCaptured(*artifact.captured, artifact.graph);
  for (const Literal &literal : artifact.plan.constants)
    verifyLiteral(literal);
  std::vector<const Node *> groups = groupsOf(artifact.graph);
  if (artifact.manifest.isTileKernel)
    require(artifact.graph.nodes.empty() && artifact.kernels.size() == 1,
            "a tile kernel stands alone");
  else
    require(artifact.kernels.size() == groups.size(),
            "there is not one kernel for each group");
  for (const Kernel &kernel : artifact.kernels)
    require(isSymbol(kernel.symbol),
            "kernel name \"" + kernel.symbol + "\" is no symbol");
  for (const Step &step : artifact.plan.steps)
    verifyStep(artifact, step, groups);
  verifyOutputs(artifact);
}

} // namespace ferro::artifact
