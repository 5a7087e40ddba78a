// tile-to-loops; Phases.h says how an entry is cut into loops.
#include "compiler/cpu/EntryLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

// A reduction adds up blocks of this many vectors of a row, or elements of a
// column: rounding errors grow with what one lane adds up.
static constexpr std::int64_t rowBlock = 128;
// What a block of blocks has of them.
static constexpr std::int64_t blocksTogether = 8;
static constexpr std::int64_t columnBlock = 64;
// Results of at least this size bypass the caches.
static constexpr std::int64_t streamedBytes = 8 << 20;
// Rows are asked for this many bytes before they are read: the hardware does
// not look past a page.
static constexpr std::int64_t aheadBytes = 4096;
// Beside the running row, those ahead must leave room in a first-level cache.
static constexpr std::int64_t mostAheadBytes = 16 * 1024;

static Value constant(OpBuilder &builder, Location loc, std::int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

static std::optional<std::int64_t> constantOf(Value value) {
  auto op = value.getDefiningOp<arith::ConstantIndexOp>();
  return op ? std::optional(op.value()) : std::nullopt;
}
static bool isConstant(Value value, std::int64_t expected) {
  return constantOf(value) == expected;
}

func::FuncOp EntryLowering::openFunction(StringRef name, std::int64_t blocks,
                                         Type workspace) {
  SmallVector<Type> inputs(entry.block().getArgumentTypes());
  SmallVector<std::int64_t> buffers(entry.getBuffers());
  if (workspace) {
    inputs.push_back(workspace);
    buffers.push_back(-1);
  }
  inputs.append(2, builder.getIndexType());
  builder.setInsertionPoint(entry);
  auto function = func::FuncOp::create(builder, loc, name,
                                       builder.getFunctionType(inputs, {}));
  function.setPrivate();
  function->setAttr(kernelAttr, builder.getStringAttr(entry.kernelName()));
  function->setAttr(blocksAttr, builder.getI64IntegerAttr(blocks));
  function->setAttr(buffersAttr, builder.getDenseI64ArrayAttr(buffers));
  Block *body = function.addEntryBlock();
  for (auto [from, to] :
       llvm::zip(entry.block().getArguments(), body->getArguments()))
    views.map(from, to);
  builder.setInsertionPointToEnd(body);
  zeroIndex = constant(builder, loc, 0);
  origins.clear();
  unsigned count = body->getNumArguments();
  auto loopOverBlocks = scf::ForOp::create(
      builder, loc, body->getArgument(count - 2), body->getArgument(count - 1),
      constant(builder, loc, 1));
  func::ReturnOp::create(builder, loc);
  builder.setInsertionPointToStart(loopOverBlocks.getBody());
  block = loopOverBlocks.getInductionVar();
  return function;
}

void EntryLowering::run() {
  func::FuncOp function = openFunction(entry.getSymName(), entry.numBlocks());
  lowerBlock(block);
  function->setAttr(costAttr,
                    builder.getF64FloatAttr(phases.cost(target.lanes())));
  entry.erase();
}

void EntryLowering::lowerBlock(Value block) {
  for (Operation &op : entry.block().without_terminator()) {
    if (auto ids = dyn_cast<BlockIdOp>(op))
      mapBlockIds(ids, block, views);
    else if (isa<arith::ConstantOp>(op))
      builder.clone(op, views);
    else
      phases.add(&op);
  }
  phases.keepExpensiveValues();
  planPrefetches();
  for (Phase &phase : phases.phases)
    for (Value tile : phase.kept)
      allocate(tile);
  for (Phase &phase : phases.phases)
    lowerPhase(phase);
}

void EntryLowering::mapBlockIds(BlockIdOp ids, Value block, IRMapping &to) {
  ArrayRef<std::int64_t> grid = entry.getGrid();
  Value rest = block;
  for (std::size_t i = grid.size(); i-- > 1;) {
    Value extent = constant(builder, loc, grid[i]);
    to.map(ids.getResult(i),
           Value(arith::RemUIOp::create(builder, loc, rest, extent)));
    rest = arith::DivUIOp::create(builder, loc, rest, extent);
  }
  to.map(ids.getResult(0), rest);
}

// The rows of the running block that its first phase fetches from memory.
static SmallVector<LoadOp> rowsOf(const Phase &phase, Block &body) {
  SmallVector<LoadOp> rows;
  for (auto load : body.getOps<LoadOp>()) {
    MemRefType view = load.getView().getType();
    bool moves = llvm::any_of(load.getIndices(), [](Value index) {
      return index.getDefiningOp<BlockIdOp>() != nullptr;
    });
    if (moves && shapeOf(load.getResult()) == ArrayRef(phase.shape) &&
        view.isLastDimUnitStride())
      rows.push_back(load);
  }
  return rows;
}

// A block that walks its rows more than once reads them from memory in the
// first phase, and computes from the cache in the others: the second phase asks
// for the rows that follow, so that memory and arithmetic work side by side.
void EntryLowering::planPrefetches() {
  if (phases.phases.size() < 2 || entry.numBlocks() == 1)
    return;
  const Phase &first = phases.phases[0], &second = phases.phases[1];
  std::int64_t length = first.shape.empty() ? 1 : first.shape.back();
  std::int64_t elements = 1;
  for (std::int64_t extent : first.shape)
    elements *= extent;
  if (second.shape != first.shape || elements != length)
    return;
  SmallVector<LoadOp> rows = rowsOf(first, entry.block());
  std::int64_t blocks = 0, bytes = 0;
  for (LoadOp row : rows) {
    std::int64_t rowBytes =
        length *
        std::max(row.getView().getType().getElementTypeBitWidth() / 8, 1u);
    bytes += rowBytes;
    blocks = std::max(blocks, aheadBytes / rowBytes);
  }
  blocks = std::max<std::int64_t>(blocks, 1);
  if (rows.empty() || bytes * blocks > mostAheadBytes)
    return;
  Value later = arith::AddIOp::create(builder, loc, block,
                                      constant(builder, loc, blocks));
  Value last = constant(builder, loc, entry.numBlocks() - 1);
  mapBlockIds(*entry.block().getOps<BlockIdOp>().begin(),
              arith::MinSIOp::create(builder, loc, later, last), ahead);
  rowsAhead = std::move(rows);
  prefetching = &second;
}

void EntryLowering::prefetchRows(ArrayRef<Value> index) {
  for (LoadOp row : rowsAhead) {
    SmallVector<Value> block;
    for (Value id : row.getIndices())
      block.push_back(ahead.contains(id) ? ahead.lookup(id)
                                         : views.lookupOrDefault(id));
    memref::PrefetchOp::create(builder, loc, views.lookup(row.getView()),
                               address(block, tileType(row.getResult()), index),
                               /*isWrite=*/false,
                               /*localityHint=*/3, /*isDataCache=*/true);
  }
}

Type EntryLowering::scratchElement(Value tile) {
  Type element = tileType(tile).getElementType();
  return element.isInteger(1) ? Type(IntegerType::get(tile.getContext(), 8))
                              : element;
}

Value EntryLowering::allocate(Value tile) {
  auto type = MemRefType::get(shapeOf(tile), scratchElement(tile));
  return scratch[tile] = memref::AllocaOp::create(
             builder, loc, type, builder.getI64IntegerAttr(64));
}

void EntryLowering::keep(Value tile, ArrayRef<Value> index) {
  Value element = get(tile, index);
  if (element.getType().isInteger(1))
    element = scalars().convert(element, builder.getI8Type(), true, false);
  memref::StoreOp::create(builder, loc, element, scratch[tile], index);
}

Value EntryLowering::get(Value tile, ArrayRef<Value> index) {
  std::pair<void *, std::vector<void *>> key{tile.getAsOpaquePointer(), {}};
  bool scalar = isScalar(tile) && !product; // else it may be the product
  if (!scalar)
    for (Value i : index)
      key.second.push_back(i.getAsOpaquePointer());
  auto found = elements.find(key);
  if (found != elements.end())
    return found->second;
  OpBuilder::InsertionGuard guard(builder);
  if (scalar && loop)
    builder.setInsertionPoint(loop);
  Value element = make(tile, index);
  elements[key] = element;
  if (!scalar)
    phaseKeys.push_back(key);
  return element;
}

void EntryLowering::forgetElements() {
  elements.clear();
  phaseKeys.clear();
  origins.clear();
}

Value EntryLowering::make(Value tile, ArrayRef<Value> index) {
  if (tile == product)
    return productElement;
  auto kept = scratch.find(tile);
  bool isMadeHere = running && llvm::is_contained(running->kept, tile);
  if (kept != scratch.end() && !isMadeHere)
    return reload(kept->second, tile, index);
  Operation *op = tile.getDefiningOp();
  if (auto load = dyn_cast<LoadOp>(op))
    return memref::LoadOp::create(
        builder, loc, views.lookup(load.getView()),
        address(mapped(load.getIndices()), tileType(tile), index));
  if (auto constantOp = dyn_cast<ConstantOp>(op))
    return makeConstant(constantOp);
  if (auto broadcast = dyn_cast<BroadcastOp>(op))
    return get(broadcast.getSource(),
               narrowed(index, shapeOf(broadcast.getSource())));
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return get(reshape.getSource(), reshaped(index, reshape));
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand, index));
  return scalars().apply(op, operands);
}

Value EntryLowering::reload(Value memory, Value tile, ArrayRef<Value> index) {
  Value element = memref::LoadOp::create(builder, loc, memory, index);
  if (tileType(tile).getElementType().isInteger(1))
    element = scalars().convert(element, builder.getI1Type(), false, false);
  return element;
}

Value EntryLowering::makeConstant(ConstantOp op) {
  auto splat = cast<SplatElementsAttr>(op.getValue());
  return arith::ConstantOp::create(builder, loc,
                                   splat.getSplatValue<TypedAttr>());
}

// An index where extents of 1 are walked in place.
Index EntryLowering::narrowed(ArrayRef<Value> index,
                              ArrayRef<std::int64_t> shape) {
  Index result(index);
  for (auto [i, extent] : llvm::enumerate(shape))
    if (extent == 1 && !isConstant(result[i], 0))
      result[i] = zero();
  return result;
}

// Only axes of extent 1 come and go (checked before lowering).
Index EntryLowering::reshaped(ArrayRef<Value> index, ReshapeOp reshape) {
  Index inner, result;
  for (auto [i, extent] : llvm::enumerate(shapeOf(reshape.getResult())))
    if (extent != 1)
      inner.push_back(index[i]);
  auto next = inner.begin();
  for (std::int64_t extent : shapeOf(reshape.getSource()))
    result.push_back(extent == 1 ? zero() : *next++);
  return result;
}

// tile index * extent + index, along each axis of a view.
Index EntryLowering::address(ArrayRef<Value> block, RankedTensorType tile,
                             ArrayRef<Value> index) {
  Index result;
  std::size_t leading = block.size() - tile.getRank();
  for (std::size_t i = 0; i < block.size(); ++i) {
    Value at = block[i];
    if (i < leading) {
      result.push_back(at);
      continue;
    }
    Value first = scaled(at, tile.getDimSize(i - leading));
    Value inner = index[i - leading];
    if (isConstant(first, 0))
      result.push_back(inner);
    else if (isConstant(inner, 0))
      result.push_back(first);
    else
      result.push_back(arith::AddIOp::create(builder, loc, first, inner));
  }
  return result;
}

SmallVector<Value> EntryLowering::mapped(ValueRange block) {
  return llvm::map_to_vector(
      block, [&](Value index) { return views.lookupOrDefault(index); });
}

// Tile origins are computed once a block, before its loops.
Value EntryLowering::scaled(Value at, std::int64_t extent) {
  if (extent == 1 || isConstant(at, 0))
    return at;
  Value &slot = origins[{at.getAsOpaquePointer(), extent}];
  if (!slot) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(at);
    slot =
        arith::MulIOp::create(builder, loc, at, constant(builder, loc, extent));
  }
  return slot;
}

// How many elements of the phase's tile lie inside the views, along an axis.
Value EntryLowering::bound(const Phase &phase, std::size_t axis) {
  std::int64_t extent = phase.shape[axis];
  Value result = constant(builder, loc, extent);
  std::set<void *> seen;
  for (Operation *sink : phase.sinks) {
    if (auto store = dyn_cast<StoreOp>(sink))
      result = clipped(result, store.getIndices(), store.getView(),
                       store.getTile(), axis, extent);
    if (Value cut = clipOf(sink->getOperand(0), axis, extent, result, seen))
      result = cut;
  }
  return result;
}

Value EntryLowering::clipped(Value bound, ValueRange block, Value view,
                             Value tile, std::size_t axis,
                             std::int64_t extent) {
  std::size_t at = axis + (block.size() - tileType(tile).getRank());
  std::int64_t size = cast<MemRefType>(view.getType()).getDimSize(at);
  if (shapeOf(tile)[axis] != extent || size % extent == 0 ||
      !isConstant(bound, extent))
    return bound; // unclipped, or clipped already
  Value origin = scaled(views.lookupOrDefault(block[at]), extent);
  Value left =
      arith::SubIOp::create(builder, loc, constant(builder, loc, size), origin);
  return arith::MinSIOp::create(builder, loc, bound, left);
}

Value EntryLowering::clipOf(Value tile, std::size_t axis, std::int64_t extent,
                            Value bound, std::set<void *> &seen) {
  if (!seen.insert(tile.getAsOpaquePointer()).second ||
      std::size_t(tileType(tile).getRank()) <= axis ||
      shapeOf(tile)[axis] != extent)
    return bound;
  Operation *op = tile.getDefiningOp();
  if (auto load = dyn_cast<LoadOp>(op))
    return clipped(bound, load.getIndices(), load.getView(), tile, axis,
                   extent);
  if (isa<ConstantOp, ReshapeOp>(op))
    return bound;
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()))
      bound = clipOf(operand, axis, extent, bound, seen);
  return bound;
}

void EntryLowering::lowerPhase(const Phase &phase) {
  running = &phase;
  std::vector<bool> reduced(phase.shape.size());
  SmallVector<ReduceOp> reductions;
  for (Operation *sink : phase.sinks)
    if (auto reduce = dyn_cast<ReduceOp>(sink)) {
      reductions.push_back(reduce);
      for (std::int64_t axis : reduce.getAxes())
        reduced[axis] = true;
    }
  for (ReduceOp reduce : reductions)
    if (!isScalar(reduce.getResult()))
      allocate(reduce.getResult());
  SmallVector<std::size_t> outer, inner; // kept axes, then reduced ones
  for (std::size_t i = 0; i < phase.shape.size(); ++i)
    if (phase.shape[i] != 1)
      (reduced[i] ? inner : outer).push_back(i);
  SmallVector<Value> bounds;
  for (std::size_t i = 0; i < phase.shape.size(); ++i)
    bounds.push_back(phase.shape[i] == 1 ? Value() : bound(phase, i));
  Index index(phase.shape.size(), zero());
  loop = nullptr;
  walkKept(phase, reductions, outer, inner, bounds, index);
  loop = nullptr;
  for (auto &key : phaseKeys)
    elements.erase(key);
  phaseKeys.clear();
}

scf::ForOp EntryLowering::openLoop(Value bound, ValueRange carried,
                                   bool vector) {
  auto made = scf::ForOp::create(builder, loc, zero(), bound,
                                 constant(builder, loc, 1), carried);
  if (vector)
    made->setAttr(vectorAttr, builder.getUnitAttr());
  if (!loop)
    loop = made;
  return made;
}

void EntryLowering::walkKept(const Phase &phase,
                             MutableArrayRef<ReduceOp> reductions,
                             ArrayRef<std::size_t> outer,
                             ArrayRef<std::size_t> inner,
                             ArrayRef<Value> bounds, Index &index) {
  if (outer.empty())
    return reductions.empty()
               ? runSinks(phase, index)
               : runReductions(phase, reductions, inner, bounds, index);
  std::size_t axis = outer.front();
  bool isLast =
      axis + 1 == phase.shape.size() || (outer.size() == 1 && inner.empty());
  scf::ForOp made = openLoop(bounds[axis], {}, isLast);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(made.getBody());
  index[axis] = made.getInductionVar();
  walkKept(phase, reductions, outer.drop_front(), inner, bounds, index);
  index[axis] = zero();
}

// Everything is computed before anything is stored.
void EntryLowering::runSinks(const Phase &phase, Index &index) {
  if (&phase == prefetching)
    prefetchRows(index);
  for (Operation *sink : phase.sinks)
    get(sink->getOperand(0), index);
  for (Value tile : phase.kept)
    get(tile, index);
  for (Value tile : phase.kept)
    keep(tile, index);
  for (Operation *sink : phase.sinks)
    if (auto store = dyn_cast<StoreOp>(sink))
      storeElement(store, index);
}

void EntryLowering::storeElement(StoreOp store, Index &index) {
  auto view = cast<MemRefType>(store.getView().getType());
  auto op = memref::StoreOp::create(
      builder, loc, get(store.getTile(), index), views.lookup(store.getView()),
      address(mapped(store.getIndices()), tileType(store.getTile()), index));
  if (view.getNumElements() * view.getElementTypeBitWidth() / 8 >=
      streamedBytes)
    op->setAttr(streamAttr, builder.getUnitAttr());
}

void EntryLowering::runReductions(const Phase &phase,
                                  MutableArrayRef<ReduceOp> reductions,
                                  ArrayRef<std::size_t> inner,
                                  ArrayRef<Value> bounds, Index &index) {
  SmallVector<Value> totals = neutrals(reductions);
  totals = walkReduced(phase, reductions, inner, bounds, index, totals);
  for (auto [reduce, total] : llvm::zip_equal(reductions, totals)) {
    if (!isScalar(reduce.getResult())) {
      memref::StoreOp::create(builder, loc, total, scratch[reduce.getResult()],
                              narrowed(index, shapeOf(reduce.getResult())));
      continue;
    }
    elements[{Value(reduce.getResult()).getAsOpaquePointer(), {}}] = total;
  }
}

// Whether the next reduced axis is the one with neighbours in memory.
static bool isInnermost(const Phase &phase, ArrayRef<std::size_t> inner) {
  return inner.front() + 1 == phase.shape.size() ||
         (inner.size() == 1 && phase.shape.back() == 1);
}

SmallVector<Value>
EntryLowering::walkReduced(const Phase &phase,
                           MutableArrayRef<ReduceOp> reductions,
                           ArrayRef<std::size_t> inner, ArrayRef<Value> bounds,
                           Index &index, SmallVector<Value> totals) {
  if (inner.empty()) {
    runSinks(phase, index);
    SmallVector<Value> next;
    for (auto [reduce, total] : llvm::zip_equal(reductions, totals))
      next.push_back(scalars().combine(reduce.getKind(), total,
                                       get(reduce.getSource(), index)));
    return next;
  }
  std::size_t axis = inner.front();
  std::int64_t block =
      isInnermost(phase, inner) ? rowBlock * target.lanes() : columnBlock;
  std::int64_t sizes[] = {block * blocksTogether, block};
  ArrayRef<std::int64_t> blocks(sizes);
  while (!blocks.empty() && phase.shape[axis] <= 2 * blocks.front())
    blocks = blocks.drop_front();
  return walkBlocks(phase, reductions, inner, bounds, index, totals, blocks);
}

// A long axis is combined block by block, and the blocks of a very long one in
// groups, so that rounding errors grow with the number of blocks instead of
// elements. The sizes are those of blocks of blocks, down to single ones.
SmallVector<Value> EntryLowering::walkBlocks(
    const Phase &phase, MutableArrayRef<ReduceOp> reductions,
    ArrayRef<std::size_t> inner, ArrayRef<Value> bounds, Index &index,
    SmallVector<Value> totals, ArrayRef<std::int64_t> sizes) {
  if (sizes.empty())
    return walkAxis(phase, reductions, inner, bounds, index, totals,
                    isInnermost(phase, inner));
  std::size_t axis = inner.front();
  Value size = constant(builder, loc, sizes.front());
  auto blocks =
      scf::ForOp::create(builder, loc, zero(), bounds[axis], size, totals);
  if (!loop)
    loop = blocks;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(blocks.getBody());
  SmallVector<Value> inside(bounds);
  inside[axis] = size;
  auto extent = constantOf(bounds[axis]);
  if (!extent || *extent % sizes.front() != 0) {
    Value left = arith::SubIOp::create(builder, loc, bounds[axis],
                                       blocks.getInductionVar());
    inside[axis] = arith::MinSIOp::create(builder, loc, size, left);
  }
  Value start = blocks.getInductionVar();
  if (blockStart)
    start = arith::AddIOp::create(builder, loc, blockStart, start);
  blockStart = start;
  SmallVector<Value> own = walkBlocks(phase, reductions, inner, inside, index,
                                      neutrals(reductions), sizes.drop_front());
  SmallVector<Value> next;
  for (auto [i, reduce] : llvm::enumerate(reductions))
    next.push_back(scalars().combine(reduce.getKind(),
                                     blocks.getRegionIterArgs()[i], own[i]));
  scf::YieldOp::create(builder, loc, next);
  return SmallVector<Value>(blocks.getResults());
}

SmallVector<Value>
EntryLowering::neutrals(MutableArrayRef<ReduceOp> reductions) {
  SmallVector<Value> result;
  for (ReduceOp reduce : reductions)
    result.push_back(scalars().neutral(
        reduce.getKind(), tileType(reduce.getResult()).getElementType()));
  return result;
}

SmallVector<Value> EntryLowering::walkAxis(const Phase &phase,
                                           MutableArrayRef<ReduceOp> reductions,
                                           ArrayRef<std::size_t> inner,
                                           ArrayRef<Value> bounds, Index &index,
                                           SmallVector<Value> totals,
                                           bool vector) {
  std::size_t axis = inner.front();
  Value start = std::exchange(blockStart, Value());
  scf::ForOp made = openLoop(bounds[axis], totals, vector);
  SmallVector<std::int64_t> kinds;
  for (ReduceOp reduce : reductions)
    kinds.push_back(static_cast<std::int64_t>(reduce.getKind()));
  made->setAttr(kindsAttr, builder.getDenseI64ArrayAttr(kinds));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(made.getBody());
  index[axis] = made.getInductionVar();
  if (start)
    index[axis] = arith::AddIOp::create(builder, loc, start, index[axis]);
  SmallVector<Value> carried(made.getRegionIterArgs());
  SmallVector<Value> next = walkReduced(phase, reductions, inner.drop_front(),
                                        bounds, index, carried);
  scf::YieldOp::create(builder, loc, next);
  index[axis] = zero();
  return SmallVector<Value>(made.getResults());
}

void tileToLoops(ModuleOp module, const CpuTarget &target) {
  for (auto entry : llvm::to_vector(module.getOps<EntryOp>())) {
    EntryLowering lowering(entry, target);
    auto products = entry.block().getOps<scf::ForOp>();
    if (products.empty())
      lowering.run();
    else
      lowerProduct(lowering, *products.begin());
  }
}

} // namespace ferro::cpu
