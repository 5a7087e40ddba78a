#include "compiler/fromGraph/GraphToTile.h"

#include "compiler/fromGraph/Kernels.h"

#include <cstring>
#include <limits>

using namespace mlir;

namespace ferro::fromGraph {

using graph::Family;
using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::ValueId;

static const Node *findProduct(const Graph &region) {
  for (const Node &node : region.nodes)
    if (graph::info(node.op).family == Family::MatrixProduct)
      return &node;
  return nullptr;
}

static SmallVector<const Node *> reductionsOf(const Graph &region) {
  SmallVector<const Node *> found;
  for (const Node &node : region.nodes)
    if (graph::info(node.op).family == Family::Reduction ||
        graph::info(node.op).family == Family::Normalisation)
      found.push_back(&node);
  return found;
}

static void emitSingleStage(const Kernel &kernel, ArrayRef<std::int64_t> tile) {
  StageBuilder stage(kernel.module, kernel.symbol, kernel.symbol,
                     blockCounts(kernel.domain, tile),
                     countUp(kernel.domain.views.size()), kernel.bufferTypes());
  RegionEmitter emitter(kernel.region, kernel.domain, stage.tiles(), tile);
  loadInputs(kernel, stage, emitter,
             neededFor(kernel.region, kernel.region.outputs));
  storeOutputs(kernel, stage, emitter);
}

// All reductions of a group combine the same axes.
static std::vector<bool> commonReducedAxes(const Domain &domain,
                                           ArrayRef<const Node *> reductions) {
  std::vector<bool> common(domain.rank());
  for (const Node *node : reductions) {
    std::vector<bool> axes = reducedAxes(domain, *node);
    if (node != reductions.front() && axes != common)
      refuse(*node, "found beside a reduction over other axes; the reductions "
                    "of a group combine "
                    "the same axes");
    common = axes;
  }
  return common;
}

// Partial results can be made if no reduction needs another's result and no
// output has a reduced axis.
static bool canSplit(const Graph &region, const Domain &domain,
                     ArrayRef<const Node *> reductions,
                     const std::vector<bool> &reduced) {
  for (const Node *node : reductions) {
    if (graph::info(node->op).family != Family::Reduction)
      return false;
    std::vector<bool> needed = neededFor(region, node->operands);
    for (const Node *other : reductions)
      if (needed[other->results[0].index])
        return false;
  }
  for (ValueId output : region.outputs) {
    std::vector<bool> present = domain.presence(output);
    for (std::size_t i = 0; i < reduced.size(); ++i)
      if (present[i] && reduced[i])
        return false;
  }
  return true;
}

static bool hasOnlyEmptyResults(const Graph &region) {
  return llvm::all_of(region.outputs, [&](ValueId output) {
    return numel(region.type(output).shape) == 0;
  });
}

static graph::Literal neutralLiteral(OpKind op, DType dtype) {
  graph::Literal literal{dtype, {}, std::vector<std::byte>(byteSize(dtype))};
  visit(dtype, [&](auto sample) {
    using T = decltype(sample);
    T value = T(op == OpKind::Prod ? 1 : 0);
    if constexpr (isFloat(dtypeOf<T>))
      if (op == OpKind::Mean)
        value = T(std::numeric_limits<float>::quiet_NaN());
    std::memcpy(literal.bytes.data(), &value, sizeof(T));
  });
  return literal;
}

// Reductions and products over no elements become their neutral value; nothing
// else reads an empty value. What nobody needs, empty or not, becomes a scalar.
static Graph withoutEmptyValues(const Graph &region) {
  Graph result = region;
  auto isEmpty = [&](ValueId value) {
    return numel(region.type(value).shape) == 0;
  };
  std::vector<bool> needed = neededFor(region, region.outputs);
  std::erase_if(result.nodes, [&](const Node &node) {
    ValueId value = node.results[0];
    return isEmpty(value) || !needed[value.index];
  });
  for (Node &node : result.nodes) {
    if (!llvm::any_of(node.operands, isEmpty))
      continue;
    if (node.op == OpKind::Linear &&
        node.operands.size() == 3) { // the bias alone
      node = Node{
          OpKind::Expand,     {{"shape", region.type(node.results[0]).shape}},
          {node.operands[2]}, node.results,
          node.location,      nullptr};
      continue;
    }
    node.attributes = {
        {"value", neutralLiteral(node.op, region.type(node.results[0]).dtype)}};
    node.op = OpKind::Constant;
    node.operands.clear();
  }
  for (std::size_t i = 0; i < result.values.size(); ++i)
    if (graph::Type &type = result.values[i].type;
        numel(type.shape) == 0 || !needed[i])
      type = {type.dtype, {}, {}};
  return result;
}

std::uint64_t graphToTile(const Node &group, StringRef symbol, ModuleOp module,
                          const Machine &machine) {
  if (hasOnlyEmptyResults(*group.region))
    return 0; // nothing to do
  for (const Node &node : group.region->nodes)
    if (node.op == OpKind::Cat) {
      if (group.region->nodes.size() != 1)
        refuse(node, "found inside a group; cat has a kernel of its own");
      emitCat(*group.region, node, symbol, module);
      return 0;
    }
  Graph region = withoutEmptyValues(*group.region);
  if (const Node *product = findProduct(region)) {
    emitProductKernel(region, *product, symbol, module, machine);
    return 0;
  }
  Kernel kernel{region, inferDomain(region), symbol, module,
                group.region.get()};
  collapse(region, kernel.domain);
  SmallVector<const Node *> reductions = reductionsOf(region);
  if (reductions.empty()) {
    emitSingleStage(kernel, elementwiseTile(kernel.domain));
    return 0;
  }
  std::vector<bool> reduced = commonReducedAxes(kernel.domain, reductions);
  if (canSplit(region, kernel.domain, reductions, reduced))
    if (auto split = splitSchedule(kernel.domain, reduced, machine.lanes))
      return emitTwoStages(kernel, reductions, *split);
  emitSingleStage(kernel, reductionTile(kernel.domain, reduced, machine.lanes));
  return 0;
}

} // namespace ferro::fromGraph
