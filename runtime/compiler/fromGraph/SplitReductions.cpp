#include "compiler/fromGraph/Kernels.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::fromGraph {

using graph::Family;
using graph::Graph;
using graph::Node;
using graph::ValueId;

// Partial results of one reduction: a row-major workspace view over the kept
// axes and, in place of the split axis, its chunks.
static MemRefType partialType(const Domain &partials,
                              const std::vector<bool> &reduced,
                              std::size_t axis, Type element,
                              std::uint64_t &workspace) {
  SmallVector<std::int64_t> shape, strides;
  std::int64_t count = 1;
  for (std::size_t i = 0; i < partials.rank(); ++i)
    shape.push_back(i == axis || !reduced[i] ? partials.extents[i] : 1);
  for (std::size_t i = shape.size(); i-- > 0; count *= shape[i])
    strides.insert(strides.begin(), count);
  std::uint64_t bytes = std::max(element.getIntOrFloatBitWidth() / 8, 1u);
  std::uint64_t start = (workspace + 63) / 64 * 64;
  workspace = start + static_cast<std::uint64_t>(count) * bytes;
  return viewType(element, shape, strides,
                  static_cast<std::int64_t>(start / bytes));
}

std::uint64_t emitTwoStages(const Kernel &kernel,
                            ArrayRef<const Node *> reductions,
                            const SplitSchedule &split) {
  std::vector<bool> reduced = reducedAxes(kernel.domain, *reductions.front());
  Domain partials = kernel.domain;
  partials.extents[split.axis] =
      (kernel.domain.extents[split.axis] + split.chunk - 1) / split.chunk;

  // The accumulators' types follow from the dtypes alone.
  std::uint64_t workspace = 0;
  SmallVector<MemRefType> views;
  Builder types(kernel.module.getContext());
  for (const Node *node : reductions)
    views.push_back(partialType(
        partials, reduced, split.axis,
        computedElement(types, accumulatorDType(kernel.region, *node)),
        workspace));

  SmallVector<Type> arguments = kernel.bufferTypes();
  SmallVector<std::int64_t> buffers = countUp(arguments.size());
  std::size_t firstPartial = arguments.size();
  for (MemRefType view : views) {
    arguments.push_back(view);
    buffers.push_back(-1);
  }
  std::vector<bool> partialHas(kernel.domain.rank());
  for (std::size_t i = 0; i < partialHas.size(); ++i)
    partialHas[i] = !reduced[i] || i == split.axis;

  { // one block per chunk
    StageBuilder stage(kernel.module, (kernel.symbol + ".partial").str(),
                       kernel.symbol, blockCounts(kernel.domain, split.tile),
                       buffers, arguments);
    RegionEmitter emitter(kernel.region, kernel.domain, stage.tiles(),
                          split.tile);
    SmallVector<ValueId> sources;
    for (const Node *node : reductions)
      sources.push_back(node->operands[0]);
    loadInputs(kernel, stage, emitter, neededFor(kernel.region, sources));
    for (auto [i, node] : llvm::enumerate(reductions))
      stage.store(emitter.accumulate(*node),
                  stage.entry.block().getArgument(firstPartial + i),
                  stage.indices(partialHas));
  }
  // The chunks' results, then what follows the reductions.
  SmallVector<std::int64_t> tile(split.tile);
  for (std::size_t i = 0; i < tile.size(); ++i)
    if (reduced[i])
      tile[i] = 1;
  Domain kept = kernel.domain;
  for (std::size_t i = 0; i < kept.rank(); ++i)
    if (reduced[i])
      kept.extents[i] = 1;
  StageBuilder stage(kernel.module, kernel.symbol, kernel.symbol,
                     blockCounts(kept, tile), buffers, arguments);
  RegionEmitter emitter(kernel.region, kernel.domain, stage.tiles(), tile);
  std::vector<bool> alongChunks(kernel.domain.rank());
  alongChunks[split.axis] = true;
  SmallVector<std::int64_t> partialTile(tile);
  partialTile[split.axis] = partials.extents[split.axis];
  for (auto [i, node] : llvm::enumerate(reductions)) {
    Value chunks = stage.load(stage.entry.block().getArgument(firstPartial + i),
                              stage.indices(partialHas), partialTile);
    emitter.accumulated[node->results[0]] =
        emitter.reduce(chunks, RegionEmitter::kindOf(*node), alongChunks);
  }
  // Nothing behind a reduction's own operand is loaded again.
  Graph after = kernel.region;
  for (Node &node : after.nodes)
    if (graph::info(node.op).family == Family::Reduction)
      node.operands.clear();
  loadInputs(kernel, stage, emitter, neededFor(after, kernel.region.outputs));
  storeOutputs(kernel, stage, emitter);
  return workspace;
}

} // namespace ferro::fromGraph
