// tile-to-loops.
//
// The sinks of an entry are its stores and reductions. A value's level is the
// number of reductions on the longest way to it; the sinks of one level and one
// shape share a loop nest, a phase. Inside a phase every element is computed
// from its operands on demand, so chains of element-wise ops never touch
// memory. A phase that needs an expensive value of an earlier phase of the same
// shape finds it in scratch.
#include "compiler/cpu/Elements.h"
#include "compiler/cpu/Matmul.h"
#include "compiler/cpu/Passes.h"
#include "compiler/cpu/Vectorize.h"
#include "compiler/tile/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <map>
#include <set>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

using Index = SmallVector<Value>;

// Scratch for one value of a tile is given up beyond this size: then it is
// computed again.
static constexpr std::int64_t largestScratch = 512 * 1024;
// Where recomputing an element begins to cost more than keeping it.
static constexpr double expensive = 8;
// A reduction adds up blocks of this many elements of a row, or of a column.
static constexpr std::int64_t rowBlock = 2048;
static constexpr std::int64_t columnBlock = 64;
// Results of at least this size bypass the caches.
static constexpr std::int64_t streamedBytes = 8 << 20;

static ArrayRef<std::int64_t> shapeOf(Value tile) {
  return tileType(tile).getShape();
}
static bool isScalar(Value tile) {
  return tileType(tile).getNumElements() == 1;
}

// A rough price of one element of one op, in additions.
static double priceOf(Operation *op) {
  return TypeSwitch<Operation *, double>(op)
      .Case<ExpOp>([](auto) { return 10; })
      .Case<LogOp, TanhOp, ErfOp, SinOp, CosOp>([](auto) { return 20; })
      .Case<PowOp>([](auto) { return 50; })
      .Case<DivFOp, SqrtOp>([](auto) { return 4; })
      .Case<DivIOp>([](auto) { return 10; })
      .Case<LoadOp>([](auto) { return 1; })
      .Case<ConstantOp, BroadcastOp, ReshapeOp>([](auto) { return 0; })
      .Default([](auto) { return 1; });
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

struct Phase {
  int level;
  SmallVector<std::int64_t> shape;
  SmallVector<Operation *> sinks;
  SmallVector<Value> kept; // values to leave in scratch
};

// What an entry computes, and in which order.
struct Analysis {
  DenseMap<Value, int> levels;    // of every tile
  DenseMap<Value, double> prices; // of one element, recomputed from memory
  SmallVector<Phase> phases;

  int level(Value tile) const { return levels.lookup(tile); }

  void add(Operation *op) {
    int level = 0;
    double price = priceOf(op);
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType())) {
        level = std::max(level, levels.lookup(operand));
        if (!isScalar(operand))
          price += prices.lookup(operand);
      }
    if (isa<StoreOp>(op))
      return addSink(op, level, shapeOf(op->getOperand(0)));
    if (auto reduce = dyn_cast<ReduceOp>(op)) {
      addSink(op, level, shapeOf(reduce.getSource()));
      ++level;
      price = 1;
    }
    for (Value result : op->getResults())
      if (isa<RankedTensorType>(result.getType())) {
        levels[result] = level;
        prices[result] = price;
      }
  }

  void addSink(Operation *op, int level, ArrayRef<std::int64_t> shape) {
    for (Phase &phase : phases)
      if (phase.level == level && phase.shape == shape) {
        phase.sinks.push_back(op);
        return;
      }
    auto after = llvm::find_if(
        phases, [&](const Phase &phase) { return phase.level > level; });
    phases.insert(after, {level, SmallVector<std::int64_t>(shape), {op}, {}});
  }
};

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

static Value constant(OpBuilder &builder, Location loc, std::int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

static bool isConstant(Value value, std::int64_t expected) {
  auto op = value.getDefiningOp<arith::ConstantIndexOp>();
  return op && op.value() == expected;
}

//===----------------------------------------------------------------------===//
// One entry
//===----------------------------------------------------------------------===//

struct EntryLowering {
  EntryOp entry;
  const CpuTarget &target;
  OpBuilder builder;
  Location loc;
  IRMapping views;
  Analysis analysis;
  DenseMap<Value, Value> scratch; // tile -> memref
  // Elements at hand, by tile and index; `phaseKeys` are dropped with a loop.
  using Key = std::pair<Value, std::vector<void *>>;
  std::map<std::pair<void *, std::vector<void *>>, Value> elements;
  std::vector<std::pair<void *, std::vector<void *>>> phaseKeys;
  Operation *loop = nullptr; // the outermost of the running phase

  EntryLowering(EntryOp entry, const CpuTarget &target)
      : entry(entry), target(target), builder(entry), loc(entry.getLoc()) {}

  ElementBuilder scalars() { return {builder, loc}; }

  // A function over the entry's views, then the workspace if there is one, then
  // the range of blocks; leaves the builder inside the loop over them.
  func::FuncOp openFunction(StringRef name, std::int64_t blocks,
                            Type workspace = nullptr) {
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
        builder, loc, body->getArgument(count - 2),
        body->getArgument(count - 1), constant(builder, loc, 1));
    func::ReturnOp::create(builder, loc);
    builder.setInsertionPointToStart(loopOverBlocks.getBody());
    block = loopOverBlocks.getInductionVar();
    return function;
  }
  Value block; // the running one

  void run() {
    func::FuncOp function = openFunction(entry.getSymName(), entry.numBlocks());
    lowerBlock(block);
    function->setAttr(costAttr, builder.getF64FloatAttr(estimateCost()));
    entry.erase();
  }

  void lowerBlock(Value block) {
    for (Operation &op : entry.block().without_terminator()) {
      if (auto ids = dyn_cast<BlockIdOp>(op))
        mapBlockIds(ids, block);
      else if (isa<arith::ConstantOp>(op))
        builder.clone(op, views);
      else
        analysis.add(&op);
    }
    keepExpensiveValues();
    for (Phase &phase : analysis.phases)
      lowerPhase(phase);
  }

  void mapBlockIds(BlockIdOp ids, Value block) {
    ArrayRef<std::int64_t> grid = entry.getGrid();
    Value rest = block;
    for (std::size_t i = grid.size(); i-- > 1;) {
      Value extent = constant(builder, loc, grid[i]);
      views.map(ids.getResult(i),
                Value(arith::RemUIOp::create(builder, loc, rest, extent)));
      rest = arith::DivUIOp::create(builder, loc, rest, extent);
    }
    views.map(ids.getResult(0), rest);
  }

  // A rough time of a block in ns, at a vector's speed and a few bytes a ns.
  double estimateCost() {
    double cost = 0;
    for (const Phase &phase : analysis.phases) {
      double elements = 1;
      for (std::int64_t extent : phase.shape)
        elements *= static_cast<double>(extent);
      double price = 0;
      for (Operation *sink : phase.sinks)
        price += 1 + analysis.prices.lookup(sink->getOperand(0));
      cost += elements * price * 0.4 / static_cast<double>(target.lanes());
    }
    return cost;
  }

  //===--- scratch

  void collectSlice(Value tile, const Phase &phase, std::set<void *> &seen,
                    const std::map<void *, const Phase *> &madeBy,
                    SmallVector<Value> &reused) {
    if (!seen.insert(tile.getAsOpaquePointer()).second || isScalar(tile))
      return;
    auto made = madeBy.find(tile.getAsOpaquePointer());
    std::int64_t bytes = tileType(tile).getNumElements() * 8;
    if (made != madeBy.end() &&
        made->second->shape == tileType(tile).getShape() &&
        made->second->level < phase.level &&
        analysis.prices.lookup(tile) >= expensive && bytes <= largestScratch) {
      reused.push_back(tile);
      return;
    }
    Operation *op = tile.getDefiningOp();
    if (isa<ReduceOp, LoadOp>(op))
      return;
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        collectSlice(operand, phase, seen, madeBy, reused);
  }

  void recordSlice(Value tile, const Phase &phase,
                   std::map<void *, const Phase *> &madeBy) {
    if (!madeBy.try_emplace(tile.getAsOpaquePointer(), &phase).second)
      return;
    Operation *op = tile.getDefiningOp();
    if (isa<ReduceOp, LoadOp>(op))
      return;
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        recordSlice(operand, phase, madeBy);
  }

  void keepExpensiveValues() {
    std::map<void *, const Phase *> madeBy;
    for (Phase &phase : analysis.phases) {
      std::set<void *> seen;
      SmallVector<Value> reused;
      for (Operation *sink : phase.sinks)
        collectSlice(sink->getOperand(0), phase, seen, madeBy, reused);
      for (Value tile : reused)
        for (Phase &earlier : analysis.phases)
          if (&earlier == madeBy[tile.getAsOpaquePointer()] &&
              !llvm::is_contained(earlier.kept, tile))
            earlier.kept.push_back(tile);
      for (Operation *sink : phase.sinks)
        recordSlice(sink->getOperand(0), phase, madeBy);
    }
    for (Phase &phase : analysis.phases)
      for (Value tile : phase.kept)
        allocate(tile);
  }

  static Type scratchElement(Value tile) {
    Type element = tileType(tile).getElementType();
    return element.isInteger(1) ? Type(IntegerType::get(tile.getContext(), 8))
                                : element;
  }

  Value allocate(Value tile) {
    auto type = MemRefType::get(shapeOf(tile), scratchElement(tile));
    return scratch[tile] = memref::AllocaOp::create(
               builder, loc, type, builder.getI64IntegerAttr(64));
  }

  void keep(Value tile, ArrayRef<Value> index) {
    Value element = get(tile, index);
    if (element.getType().isInteger(1))
      element = scalars().convert(element, builder.getI8Type(), true, false);
    memref::StoreOp::create(builder, loc, element, scratch[tile], index);
  }

  //===--- elements

  Value get(Value tile, ArrayRef<Value> index) {
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

  const Phase *running = nullptr;
  // The running element of a matrix product (ProductLowering).
  Value product, productElement;

  void forgetElements() {
    elements.clear();
    phaseKeys.clear();
    origins.clear();
  }

  Value make(Value tile, ArrayRef<Value> index) {
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
          address(load.getIndices(), tileType(tile), index));
    if (auto constantOp = dyn_cast<ConstantOp>(op))
      return makeConstant(constantOp, index);
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

  Value reload(Value memory, Value tile, ArrayRef<Value> index) {
    Value element = memref::LoadOp::create(builder, loc, memory, index);
    if (tileType(tile).getElementType().isInteger(1))
      element = scalars().convert(element, builder.getI1Type(), false, false);
    return element;
  }

  Value makeConstant(ConstantOp op, ArrayRef<Value>) {
    auto splat = cast<SplatElementsAttr>(op.getValue());
    return arith::ConstantOp::create(builder, loc,
                                     splat.getSplatValue<TypedAttr>());
  }

  // An index where extents of 1 are walked in place.
  Index narrowed(ArrayRef<Value> index, ArrayRef<std::int64_t> shape) {
    Index result(index);
    for (auto [i, extent] : llvm::enumerate(shape))
      if (extent == 1 && !isConstant(result[i], 0))
        result[i] = zero();
    return result;
  }

  Value zero() { return zeroIndex; }
  Value zeroIndex;

  // Only axes of extent 1 come and go (checked before lowering).
  Index reshaped(ArrayRef<Value> index, ReshapeOp reshape) {
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
  Index address(ValueRange block, RankedTensorType tile,
                ArrayRef<Value> index) {
    Index result;
    std::size_t leading = block.size() - tile.getRank();
    for (std::size_t i = 0; i < block.size(); ++i) {
      Value at = views.lookupOrDefault(block[i]);
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

  // Tile origins are computed once a block, before its loops.
  Value scaled(Value at, std::int64_t extent) {
    if (extent == 1 || isConstant(at, 0))
      return at;
    Value &slot = origins[{at.getAsOpaquePointer(), extent}];
    if (!slot) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointAfterValue(at);
      slot = arith::MulIOp::create(builder, loc, at,
                                   constant(builder, loc, extent));
    }
    return slot;
  }
  std::map<std::pair<void *, std::int64_t>, Value> origins;

  //===--- loops

  // How many elements of the phase's tile lie inside the views, along an axis.
  Value bound(const Phase &phase, std::size_t axis) {
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

  Value clipped(Value bound, ValueRange block, Value view, Value tile,
                std::size_t axis, std::int64_t extent) {
    std::size_t at = axis + (block.size() - tileType(tile).getRank());
    std::int64_t size = cast<MemRefType>(view.getType()).getDimSize(at);
    if (shapeOf(tile)[axis] != extent || size % extent == 0 ||
        !isConstant(bound, extent))
      return bound; // unclipped, or clipped already
    Value origin = scaled(views.lookupOrDefault(block[at]), extent);
    Value left = arith::SubIOp::create(builder, loc,
                                       constant(builder, loc, size), origin);
    return arith::MinSIOp::create(builder, loc, bound, left);
  }

  Value clipOf(Value tile, std::size_t axis, std::int64_t extent, Value bound,
               std::set<void *> &seen) {
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

  void lowerPhase(const Phase &phase) {
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

  scf::ForOp openLoop(Value bound, ValueRange carried, bool vector) {
    auto made = scf::ForOp::create(builder, loc, zero(), bound,
                                   constant(builder, loc, 1), carried);
    if (vector)
      made->setAttr(vectorAttr, builder.getUnitAttr());
    if (!loop)
      loop = made;
    return made;
  }

  void walkKept(const Phase &phase, MutableArrayRef<ReduceOp> reductions,
                ArrayRef<std::size_t> outer, ArrayRef<std::size_t> inner,
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
  void runSinks(const Phase &phase, Index &index) {
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

  void storeElement(StoreOp store, Index &index) {
    auto view = cast<MemRefType>(store.getView().getType());
    auto op = memref::StoreOp::create(
        builder, loc, get(store.getTile(), index),
        views.lookup(store.getView()),
        address(store.getIndices(), tileType(store.getTile()), index));
    if (view.getNumElements() * view.getElementTypeBitWidth() / 8 >=
        streamedBytes)
      op->setAttr(streamAttr, builder.getUnitAttr());
  }

  void runReductions(const Phase &phase, MutableArrayRef<ReduceOp> reductions,
                     ArrayRef<std::size_t> inner, ArrayRef<Value> bounds,
                     Index &index) {
    SmallVector<Value> totals = neutrals(reductions);
    totals = walkReduced(phase, reductions, inner, bounds, index, totals);
    for (auto [reduce, total] : llvm::zip_equal(reductions, totals)) {
      if (!isScalar(reduce.getResult())) {
        memref::StoreOp::create(builder, loc, total,
                                scratch[reduce.getResult()],
                                narrowed(index, shapeOf(reduce.getResult())));
        continue;
      }
      elements[{Value(reduce.getResult()).getAsOpaquePointer(), {}}] = total;
    }
  }

  SmallVector<Value> walkReduced(const Phase &phase,
                                 MutableArrayRef<ReduceOp> reductions,
                                 ArrayRef<std::size_t> inner,
                                 ArrayRef<Value> bounds, Index &index,
                                 SmallVector<Value> totals) {
    if (inner.empty()) {
      runSinks(phase, index);
      SmallVector<Value> next;
      for (auto [reduce, total] : llvm::zip_equal(reductions, totals))
        next.push_back(scalars().combine(reduce.getKind(), total,
                                         get(reduce.getSource(), index)));
      return next;
    }
    std::size_t axis = inner.front();
    bool isLast = axis + 1 == phase.shape.size() ||
                  (inner.size() == 1 && phase.shape.back() == 1);
    std::int64_t block = isLast ? rowBlock : columnBlock;
    if (phase.shape[axis] > 2 * block)
      return walkBlocks(phase, reductions, inner, bounds, index, totals, block);
    return walkAxis(phase, reductions, inner, bounds, index, totals, isLast);
  }

  // A long axis is combined block by block, so that rounding errors grow with
  // the number of blocks instead of elements.
  SmallVector<Value> walkBlocks(const Phase &phase,
                                MutableArrayRef<ReduceOp> reductions,
                                ArrayRef<std::size_t> inner,
                                ArrayRef<Value> bounds, Index &index,
                                SmallVector<Value> totals, std::int64_t block) {
    std::size_t axis = inner.front();
    Value size = constant(builder, loc, block);
    auto blocks =
        scf::ForOp::create(builder, loc, zero(), bounds[axis], size, totals);
    if (!loop)
      loop = blocks;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(blocks.getBody());
    SmallVector<Value> inside(bounds);
    inside[axis] = size;
    if (!isConstant(bounds[axis], phase.shape[axis]) ||
        phase.shape[axis] % block != 0) {
      Value left = arith::SubIOp::create(builder, loc, bounds[axis],
                                         blocks.getInductionVar());
      inside[axis] = arith::MinSIOp::create(builder, loc, size, left);
    }
    SmallVector<Value> own = neutrals(reductions);
    blockStart = blocks.getInductionVar();
    own = walkAxis(phase, reductions, inner, inside, index, own,
                   /*vector=*/axis + 1 == phase.shape.size() ||
                       (inner.size() == 1 && phase.shape.back() == 1));
    SmallVector<Value> next;
    for (auto [i, reduce] : llvm::enumerate(reductions))
      next.push_back(scalars().combine(reduce.getKind(),
                                       blocks.getRegionIterArgs()[i], own[i]));
    scf::YieldOp::create(builder, loc, next);
    return SmallVector<Value>(blocks.getResults());
  }
  Value blockStart; // where the axis that walkAxis opens begins

  SmallVector<Value> neutrals(MutableArrayRef<ReduceOp> reductions) {
    SmallVector<Value> result;
    for (ReduceOp reduce : reductions)
      result.push_back(scalars().neutral(
          reduce.getKind(), tileType(reduce.getResult()).getElementType()));
    return result;
  }

  SmallVector<Value> walkAxis(const Phase &phase,
                              MutableArrayRef<ReduceOp> reductions,
                              ArrayRef<std::size_t> inner,
                              ArrayRef<Value> bounds, Index &index,
                              SmallVector<Value> totals, bool vector) {
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
};

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

// An entry around one product: cpu/Matmul.h plans its blocks anew, the entry's
// ops behind the product become the epilogue of its row segments.
struct ProductLowering {
  EntryLowering &base;
  scf::ForOp loop;
  LoadOp lhs, rhs;
  bool lhsUnsigned = false, rhsUnsigned = false;
  SmallVector<StoreOp> stores;
  MatmulPlan plan;

  ProductLowering(EntryLowering &base, scf::ForOp loop)
      : base(base), loop(loop) {
    loop.walk([&](MmaOp mma) {
      lhs = loadBehind(mma.getLhs(), lhsUnsigned);
      rhs = loadBehind(mma.getRhs(), rhsUnsigned);
    });
    base.entry.walk([&](StoreOp store) { stores.push_back(store); });
    plan = planMatmul(describe(), base.target);
  }

  // Operands may be converted on their way.
  static LoadOp loadBehind(Value tile, bool &isUnsigned) {
    while (auto convert = tile.getDefiningOp<ConvertOp>()) {
      isUnsigned |= convert.getZeroExtend();
      tile = convert.getSource();
    }
    return tile.getDefiningOp<LoadOp>();
  }

  static MemRefType typeOf(LoadOp load) {
    return cast<MemRefType>(load.getView().getType());
  }

  // One of the last two axes runs along k.
  static MatmulOperand operand(MemRefType type, std::int64_t fromEndK) {
    SmallVector<std::int64_t> strides;
    std::int64_t offset;
    (void)type.getStridesAndOffset(strides, offset);
    std::int64_t rank = type.getRank();
    MatmulOperand result;
    result.element = type.getElementType();
    for (std::int64_t i = 0; i + 2 < rank; ++i)
      result.batchStrides.push_back(type.getDimSize(i) == 1 ? 0 : strides[i]);
    result.alongK = strides[rank - fromEndK];
    result.alongOther = strides[rank - (3 - fromEndK)];
    return result;
  }

  Matmul describe() {
    MemRefType left = typeOf(lhs), right = typeOf(rhs);
    auto result = cast<MemRefType>(stores.front().getView().getType());
    std::int64_t rank = left.getRank();
    Matmul product;
    product.batch.append(result.getShape().begin(),
                         result.getShape().end() - 2);
    product.m = left.getDimSize(rank - 2);
    product.k = left.getDimSize(rank - 1);
    product.n = right.getDimSize(rank - 1);
    product.lhs = operand(left, 1);
    product.rhs = operand(right, 2);
    product.lhs.isUnsigned = lhsUnsigned;
    product.rhs.isUnsigned = rhsUnsigned;
    product.compute = tileType(loop.getResult(0)).getElementType();
    return product;
  }

  void run() {
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage)
      emitStage(stage);
    base.entry.erase();
  }

  void emitStage(std::size_t stage) {
    bool isLast = stage + 1 == plan.stages.size();
    EntryOp entry = base.entry;
    std::string name = entry.getSymName().str() + (isLast ? "" : ".pack");
    std::int64_t blocks = plan.stages[stage].blocks,
                 grain = plan.stages[stage].grain;
    auto workspace =
        MemRefType::get({std::max<std::int64_t>(plan.workspaceBytes, 1)},
                        IntegerType::get(entry.getContext(), 8));
    func::FuncOp function = base.openFunction(name, blocks, workspace);
    OpBuilder &builder = base.builder;
    function->setAttr(grainAttr, builder.getI64IntegerAttr(grain));
    // As many blocks as a thread's grain are worth leaving the calling thread.
    function->setAttr(costAttr,
                      builder.getF64FloatAttr(serialNanoseconds /
                                              static_cast<double>(grain)));
    function->setAttr(workspaceAttr,
                      builder.getI64IntegerAttr(plan.workspaceBytes));
    for (Operation &op : entry.block().without_terminator())
      if (isa<arith::ConstantOp>(op))
        builder.clone(op, base.views);
    Value space = function.getArgument(entry.block().getNumArguments());
    MatmulMemory memory{pointer(base.views.lookup(lhs.getView())),
                        pointer(base.views.lookup(rhs.getView())),
                        pointer(space)};
    emitMatmulStage(builder, base.loc, plan, stage, base.block, memory,
                    [&](OpBuilder &at, Location, const MatmulSegment &segment) {
                      OpBuilder::InsertionGuard guard(builder);
                      builder.restoreInsertionPoint(at.saveInsertionPoint());
                      emitEpilogue(segment);
                      at.restoreInsertionPoint(builder.saveInsertionPoint());
                    });
  }

  Value pointer(Value view) {
    OpBuilder &builder = base.builder;
    Value address =
        memref::ExtractAlignedPointerAsIndexOp::create(builder, base.loc, view);
    Value bits = arith::IndexCastUIOp::create(builder, base.loc,
                                              builder.getI64Type(), address);
    return LLVM::IntToPtrOp::create(
        builder, base.loc, LLVM::LLVMPointerType::get(builder.getContext()),
        bits);
  }

  // The entry's block ids stand for the batch; rows and columns are walked.
  void mapBlock(const MatmulSegment &segment) {
    StoreOp store = stores.front();
    for (auto [axis, at] : llvm::enumerate(store.getIndices()))
      if (at.getDefiningOp<BlockIdOp>())
        base.views.map(at, axis < segment.batch.size() ? segment.batch[axis]
                                                       : base.zero());
  }

  void emitEpilogue(const MatmulSegment &segment) {
    OpBuilder &builder = base.builder;
    base.forgetElements();
    mapBlock(segment);
    Index index(segment.batch.size(), base.zero());
    index.push_back(segment.row);
    index.push_back(segment.column);
    auto lanes = dyn_cast<VectorType>(segment.elements.getType());
    if (!lanes)
      return storeAll(segment.elements, index);
    std::int64_t count = lanes.getNumElements();
    Value end = arith::AddIOp::create(builder, base.loc, segment.column,
                                      constant(builder, base.loc, count));
    auto scalar = scf::ForOp::create(builder, base.loc, segment.column, end,
                                     constant(builder, base.loc, 1));
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(scalar.getBody());
      base.loop = scalar;
      index.back() = scalar.getInductionVar();
      Value element =
          ub::PoisonOp::create(builder, base.loc, lanes.getElementType());
      storeAll(element, index);
      base.loop = nullptr;
      builder.setInsertionPoint(scalar);
      widenBody(builder, scalar, segment.column, count, segment.mask, element,
                segment.elements);
    }
    scalar.erase();
    base.forgetElements();
  }

  // Everything is computed before anything is stored.
  void storeAll(Value element, Index &index) {
    base.product = loop.getResult(0);
    base.productElement = element;
    for (StoreOp store : stores)
      base.get(store.getTile(), index);
    for (StoreOp store : stores)
      base.storeElement(store, index);
  }
};

void tileToLoops(ModuleOp module, const CpuTarget &target) {
  for (auto entry : llvm::to_vector(module.getOps<EntryOp>())) {
    EntryLowering lowering(entry, target);
    auto products = entry.block().getOps<scf::ForOp>();
    if (products.empty())
      lowering.run();
    else
      ProductLowering(lowering, *products.begin()).run();
  }
}

} // namespace ferro::cpu
