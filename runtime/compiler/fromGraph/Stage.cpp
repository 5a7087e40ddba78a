#include "compiler/fromGraph/Stage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::fromGraph {

using graph::Graph;
using graph::Node;
using graph::ValueId;

MemRefType viewType(Type element, ArrayRef<std::int64_t> shape,
                    ArrayRef<std::int64_t> strides, std::int64_t offset) {
  SmallVector<std::int64_t> rowMajor(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;)
    rowMajor[i - 1] = rowMajor[i] * shape[i];
  SmallVector<std::int64_t> actual(strides);
  bool isRowMajor = offset == 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1)
      actual[i] = rowMajor[i]; // never walked
    isRowMajor &= actual[i] == rowMajor[i];
  }
  if (isRowMajor)
    return MemRefType::get(shape, element);
  return MemRefType::get(
      shape, element,
      StridedLayoutAttr::get(element.getContext(), offset, actual));
}

MemRefType viewType(Type element, const Domain &domain,
                    const DomainView &view) {
  SmallVector<std::int64_t> shape;
  for (std::size_t i = 0; i < domain.rank(); ++i)
    shape.push_back(view.has[i] ? domain.extents[i] : 1);
  return viewType(element, shape, view.strides);
}

StageBuilder::StageBuilder(ModuleOp module, StringRef name, StringRef kernel,
                           ArrayRef<std::int64_t> counts,
                           ArrayRef<std::int64_t> buffers, TypeRange views)
    : builder(module.getBodyRegion()), loc(module.getLoc()) {
  builder.setInsertionPointToEnd(module.getBody());
  SmallVector<std::int64_t> grid;
  for (std::int64_t count : counts)
    if (count != 1)
      grid.push_back(count);
  if (grid.empty())
    grid.push_back(1);
  entry = EntryOp::create(builder, loc, name, grid, buffers, views);
  if (name != kernel)
    entry.setKernel(kernel);
  builder.setInsertionPoint(entry.block().getTerminator());
  StageBuilder::addBlockIndices(counts, grid.size());
}

void StageBuilder::addBlockIndices(ArrayRef<std::int64_t> counts,
                                   std::size_t gridRank) {
  SmallVector<Type> types(gridRank, builder.getIndexType());
  BlockIdOp ids;
  std::size_t next = 0;
  for (std::int64_t count : counts) {
    if (count == 1) {
      block.push_back(arith::ConstantIndexOp::create(builder, loc, 0));
      continue;
    }
    if (!ids)
      ids = BlockIdOp::create(builder, loc, types);
    block.push_back(ids.getResult(next++));
  }
}

Value StageBuilder::zero() {
  return arith::ConstantIndexOp::create(builder, loc, 0);
}

SmallVector<Value> StageBuilder::indices(const std::vector<bool> &has) {
  SmallVector<Value> result;
  for (std::size_t i = 0; i < has.size(); ++i)
    result.push_back(has[i] ? block[i] : zero());
  return result;
}

Value StageBuilder::load(Value view, ArrayRef<Value> at,
                         ArrayRef<std::int64_t> shape) {
  Type element = cast<MemRefType>(view.getType()).getElementType();
  return LoadOp::create(builder, loc, RankedTensorType::get(shape, element),
                        view, at);
}
void StageBuilder::store(Value tile, Value view, ArrayRef<Value> at) {
  StoreOp::create(builder, loc, tile, view, at);
}

SmallVector<std::int64_t> blockCounts(const Domain &domain,
                                      ArrayRef<std::int64_t> tile) {
  SmallVector<std::int64_t> counts;
  for (std::size_t i = 0; i < tile.size(); ++i)
    counts.push_back((domain.extents[i] + tile[i] - 1) / tile[i]);
  return counts;
}

SmallVector<std::int64_t> countUp(std::size_t count) {
  return llvm::to_vector(
      llvm::seq<std::int64_t>(0, static_cast<std::int64_t>(count)));
}

SmallVector<std::int64_t> tileOf(const DomainView &view,
                                 ArrayRef<std::int64_t> tile) {
  SmallVector<std::int64_t> shape;
  for (std::size_t i = 0; i < tile.size(); ++i)
    shape.push_back(view.has[i] ? tile[i] : 1);
  return shape;
}

DType Kernel::bufferDType(std::size_t buffer) const {
  std::size_t inputs = region.inputs.size();
  ValueId value =
      buffer < inputs ? region.inputs[buffer] : region.outputs[buffer - inputs];
  return region.type(value).dtype;
}
MemRefType Kernel::bufferType(std::size_t buffer) const {
  Builder builder(module.getContext());
  return viewType(storedElement(builder, bufferDType(buffer)), domain,
                  domain.views[buffer]);
}
SmallVector<Type> Kernel::bufferTypes() const {
  SmallVector<Type> types;
  for (std::size_t i = 0; i < domain.views.size(); ++i)
    types.push_back(bufferType(i));
  return types;
}

void loadInputs(const Kernel &kernel, StageBuilder &stage,
                RegionEmitter &emitter, const std::vector<bool> &needed) {
  TileBuilder tiles = stage.tiles();
  for (std::size_t i = 0; i < kernel.region.inputs.size(); ++i) {
    ValueId input = kernel.region.inputs[i];
    if (!needed[input.index] || emitter.values.count(input))
      continue;
    const DomainView &view = kernel.domain.views[i];
    Value stored =
        stage.load(stage.entry.block().getArgument(i), stage.indices(view.has),
                   tileOf(view, emitter.tile));
    emitter.values[input] = toComputed(tiles, stored, kernel.bufferDType(i));
  }
}

void storeOutputs(const Kernel &kernel, StageBuilder &stage,
                  RegionEmitter &emitter) {
  TileBuilder tiles = stage.tiles();
  std::size_t inputs = kernel.region.inputs.size();
  for (std::size_t i = 0; i < kernel.region.outputs.size(); ++i) {
    if (kernel.original &&
        numel(kernel.original->type(kernel.original->outputs[i]).shape) == 0)
      continue;
    const DomainView &view = kernel.domain.views[inputs + i];
    Value value = broadcastTo(tiles, emitter.get(kernel.region.outputs[i]),
                              tileOf(view, emitter.tile));
    stage.store(toStored(tiles, value, kernel.bufferDType(inputs + i)),
                stage.entry.block().getArgument(inputs + i),
                stage.indices(view.has));
  }
}

std::vector<bool> neededFor(const Graph &region, ArrayRef<ValueId> values) {
  std::vector<bool> needed(region.values.size());
  for (ValueId value : values)
    needed[value.index] = true;
  for (auto node = region.nodes.rbegin(); node != region.nodes.rend(); ++node)
    for (ValueId result : node->results)
      if (needed[result.index])
        for (ValueId operand : node->operands)
          needed[operand.index] = true;
  return needed;
}

} // namespace ferro::fromGraph
