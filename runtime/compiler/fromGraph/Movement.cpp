#include "compiler/fromGraph/Kernels.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::fromGraph {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::ValueId;

void emitCat(const Graph &region, const Node &node, StringRef symbol,
             ModuleOp module) {
  const graph::Type &result = region.type(node.results[0]);
  std::int64_t axis = node.attributes.getInt("axis");
  if (axis < 0)
    axis += static_cast<std::int64_t>(result.shape.size());
  Strides strides = contiguousStrides(result.shape);
  Builder types(module.getContext());
  std::int64_t offset = 0;
  for (auto [i, operand] : llvm::enumerate(node.operands)) {
    const graph::Type &from = region.type(operand);
    auto at = std::find(region.inputs.begin(), region.inputs.end(), operand);
    if (at == region.inputs.end())
      refuse(node, "found an operand made inside its group; cat copies the "
                   "group's inputs");
    std::int64_t start = offset;
    offset += from.shape[axis] * strides[axis];
    if (numel(from.shape) == 0)
      continue;
    Graph part;
    ValueId input = part.addInput(from);
    ValueId output = input;
    if (from.dtype != result.dtype)
      output = part.addNode(OpKind::Cast, {input}, {{"dtype", result.dtype}});
    part.outputs.push_back(output);
    Domain domain = inferDomain(part);
    domain.views[1] = {std::vector<bool>(domain.rank()),
                       std::vector<std::int64_t>(domain.rank())};
    for (std::size_t a = 0; a < from.shape.size(); ++a)
      if (int d = domain.axes[output.index][a]; d >= 0) {
        domain.views[1].has[d] = true;
        domain.views[1].strides[d] = strides[a];
      }
    collapse(part, domain);
    Kernel kernel{part, domain, symbol, module, nullptr};
    SmallVector<Type> views = kernel.bufferTypes();
    auto whole = cast<MemRefType>(views[1]);
    views[1] = viewType(whole.getElementType(), whole.getShape(),
                        domain.views[1].strides, start);
    SmallVector<std::int64_t> buffers{
        at - region.inputs.begin(),
        static_cast<std::int64_t>(region.inputs.size())};
    SmallVector<std::int64_t> tile = elementwiseTile(domain);
    StageBuilder stage(module, (symbol + ".part" + std::to_string(i)).str(),
                       symbol, blockCounts(domain, tile), buffers, views);
    RegionEmitter emitter(part, domain, stage.tiles(), tile);
    loadInputs(kernel, stage, emitter, neededFor(part, part.outputs));
    storeOutputs(kernel, stage, emitter);
  }
}

} // namespace ferro::fromGraph
