// Loops and branches that carry tiles: each has memory for them.
#include "compiler/cpu/KernelLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

// How often a loop turns, as far as costs go.
static constexpr double guessedTurns = 16;

// Whether computing `tile` reads `buffer` element by element, in place at most.
bool KernelLowering::readsElsewhere(Value tile, Value buffer,
                                    bool isInPlace) const {
  auto kept = memory.find(tile);
  if (kept != memory.end())
    return kept->second == buffer && !isInPlace;
  Operation *op = tile.getDefiningOp();
  if (!op)
    return false;
  bool inPlace = isInPlace && op->hasTrait<OpTrait::Elementwise>();
  for (Value operand : op->getOperands())
    if (isTile(operand) && readsElsewhere(operand, buffer, inPlace))
      return true;
  return false;
}
bool KernelLowering::reads(Value tile, Value buffer) const {
  return readsElsewhere(tile, buffer, false);
}

// Gives each buffer the value of its tile, as if all at once.
void KernelLowering::fillAll(ArrayRef<Value> tiles, ArrayRef<Value> buffers) {
  // What would be overwritten before it is read goes through other memory.
  SmallVector<Value> through(tiles.size());
  for (auto [i, tile] : llvm::enumerate(tiles)) {
    bool clashes = readsElsewhere(tile, buffers[i], true);
    for (std::size_t j = 0; j < tiles.size(); ++j)
      clashes |= j != i && reads(tile, buffers[j]);
    if (clashes) {
      through[i] = allocate(tileType(tile));
      fill(tile, through[i]);
    }
  }
  for (auto [i, tile] : llvm::enumerate(tiles)) {
    if (!through[i]) {
      fill(tile, buffers[i]);
      continue;
    }
    nest(tileType(tile).getShape(), [&](ArrayRef<Value> index) {
      Type element = tileType(tile).getElementType();
      store(load(through[i], element, index), buffers[i], index);
    });
  }
}

// What a region is given or gives: numbers as values, tiles apart.
KernelLowering::Carried KernelLowering::carried(ValueRange values) {
  Carried result;
  for (Value value : values) {
    if (isTile(value)) {
      result.tiles.push_back(value);
      continue;
    }
    result.numbers.push_back(scalar(value));
    result.types.push_back(value.getType());
  }
  return result;
}

SmallVector<Value> KernelLowering::allocateAll(ArrayRef<Value> tiles) {
  return llvm::map_to_vector(
      tiles, [&](Value tile) { return allocate(tileType(tile)); });
}

// The names that a region or what follows it has for them.
void KernelLowering::bind(ValueRange names, ValueRange numbers,
                          ArrayRef<Value> buffers) {
  unsigned number = 0, tile = 0;
  for (Value name : names)
    if (isTile(name))
      memory[name] = buffers[tile++];
    else
      scalars.map(name, numbers[number++]);
}

// The numbers that a block ends with; its tiles go to the buffers.
SmallVector<Value> KernelLowering::leave(ValueRange values,
                                         ArrayRef<Value> buffers) {
  Carried next = carried(values);
  fillAll(next.tiles, buffers);
  return next.numbers;
}

void KernelLowering::forLoop(scf::ForOp op) {
  Carried inits = carried(op.getInitArgs());
  SmallVector<Value> buffers = allocateAll(inits.tiles);
  fillAll(inits.tiles, buffers);
  auto loop = scf::ForOp::create(builder, loc, scalar(op.getLowerBound()),
                                 scalar(op.getUpperBound()),
                                 scalar(op.getStep()), inits.numbers);
  loop.setUnsignedCmp(op.getUnsignedCmp());
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  bind(op.getRegionIterArgs(), loop.getRegionIterArgs(), buffers);
  double before = std::exchange(cost, 0);
  {
    OpBuilder::InsertionGuard guard(builder);
    if (!loop.getBody()->empty())
      loop.getBody()->back().erase();
    builder.setInsertionPointToEnd(loop.getBody());
    block(*op.getBody());
    loc = op.getLoc();
    scf::YieldOp::create(
        builder, loc,
        leave(op.getBody()->getTerminator()->getOperands(), buffers));
  }
  cost = before + guessedTurns * cost;
  bind(op.getResults(), loop.getResults(), buffers);
}

void KernelLowering::whileLoop(scf::WhileOp op) {
  Carried inits = carried(op.getInits());
  SmallVector<Value> buffers = allocateAll(inits.tiles);
  fillAll(inits.tiles, buffers);
  auto loop = scf::WhileOp::create(builder, loc, inits.types, inits.numbers);
  SmallVector<Location> places(inits.types.size(), loc);
  auto enter = [&](Region &region, Block &from) {
    Block *body = builder.createBlock(&region, {}, inits.types, places);
    bind(from.getArguments(), body->getArguments(), buffers);
    block(from);
    loc = op.getLoc();
  };
  double before = std::exchange(cost, 0);
  {
    OpBuilder::InsertionGuard guard(builder);
    enter(loop.getBefore(), *op.getBeforeBody());
    scf::ConditionOp end = op.getConditionOp();
    Value condition = scalar(end.getCondition());
    scf::ConditionOp::create(builder, loc, condition,
                             leave(end.getArgs(), buffers));
    enter(loop.getAfter(), *op.getAfterBody());
    scf::YieldOp::create(builder, loc,
                         leave(op.getYieldOp().getOperands(), buffers));
  }
  cost = before + guessedTurns * cost;
  bind(op.getResults(), loop.getResults(), buffers);
}

void KernelLowering::branch(scf::IfOp op) {
  SmallVector<Type> types;
  SmallVector<Value> tiles;
  for (Value result : op.getResults())
    if (isTile(result))
      tiles.push_back(result);
    else
      types.push_back(result.getType());
  SmallVector<Value> buffers = allocateAll(tiles);
  auto made = scf::IfOp::create(builder, loc, types, scalar(op.getCondition()),
                                !op.getElseRegion().empty());
  auto fillRegion = [&](Block *to, Block *from) {
    OpBuilder::InsertionGuard guard(builder);
    if (!to->empty())
      to->back().erase();
    builder.setInsertionPointToEnd(to);
    block(*from);
    loc = op.getLoc();
    scf::YieldOp::create(builder, loc,
                         leave(from->getTerminator()->getOperands(), buffers));
  };
  fillRegion(made.thenBlock(), op.thenBlock());
  if (!op.getElseRegion().empty())
    fillRegion(made.elseBlock(), op.elseBlock());
  bind(op.getResults(), made.getResults(), buffers);
}

} // namespace ferro::cpu
