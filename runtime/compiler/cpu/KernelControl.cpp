// Loops and branches that carry tiles: each has memory for them.
#include "compiler/cpu/KernelLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

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

void KernelLowering::forLoop(scf::ForOp op) {
  SmallVector<Value> numbers, inits, buffers;
  for (Value init : op.getInitArgs())
    if (isTile(init))
      inits.push_back(init);
    else
      numbers.push_back(scalar(init));
  for (Value init : inits)
    buffers.push_back(allocate(tileType(init)));
  fillAll(inits, buffers);
  auto loop = scf::ForOp::create(builder, loc, scalar(op.getLowerBound()),
                                 scalar(op.getUpperBound()),
                                 scalar(op.getStep()), numbers);
  loop.setUnsignedCmp(op.getUnsignedCmp());
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  unsigned tile = 0, number = 0;
  for (Value argument : op.getRegionIterArgs())
    if (isTile(argument))
      memory[argument] = buffers[tile++];
    else
      scalars.map(argument, loop.getRegionIterArg(number++));
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *body = loop.getBody();
    if (!body->empty())
      body->back().erase();
    builder.setInsertionPointToEnd(body);
    double before = std::exchange(cost, 0);
    block(*op.getBody());
    SmallVector<Value> nextNumbers, nextTiles;
    for (Value value : op.getBody()->getTerminator()->getOperands())
      if (isTile(value))
        nextTiles.push_back(value);
      else
        nextNumbers.push_back(scalar(value));
    loc = op.getLoc();
    fillAll(nextTiles, buffers);
    scf::YieldOp::create(builder, loc, nextNumbers);
    cost = before + 16 * cost; // a guess
  }
  tile = number = 0;
  for (Value result : op.getResults())
    if (isTile(result))
      memory[result] = buffers[tile++];
    else
      scalars.map(result, loop.getResult(number++));
}

void KernelLowering::whileLoop(scf::WhileOp op) {
  SmallVector<Value> numbers, inits, buffers;
  SmallVector<Type> types;
  for (Value init : op.getInits())
    if (isTile(init)) {
      inits.push_back(init);
    } else {
      numbers.push_back(scalar(init));
      types.push_back(init.getType());
    }
  for (Value init : inits)
    buffers.push_back(allocate(tileType(init)));
  fillAll(inits, buffers);
  auto loop = scf::WhileOp::create(builder, loc, types, numbers);
  SmallVector<Location> places(types.size(), loc);
  auto enter = [&](Region &region, Block &from) {
    Block *body = builder.createBlock(&region, {}, types, places);
    unsigned tile = 0, number = 0;
    for (Value argument : from.getArguments())
      if (isTile(argument))
        memory[argument] = buffers[tile++];
      else
        scalars.map(argument, body->getArgument(number++));
  };
  auto leave = [&](ValueRange values) {
    SmallVector<Value> nextNumbers, nextTiles;
    for (Value value : values)
      if (isTile(value))
        nextTiles.push_back(value);
      else
        nextNumbers.push_back(scalar(value));
    fillAll(nextTiles, buffers);
    return nextNumbers;
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    double before = std::exchange(cost, 0);
    enter(loop.getBefore(), *op.getBeforeBody());
    block(*op.getBeforeBody());
    Value condition = scalar(op.getConditionOp().getCondition());
    scf::ConditionOp::create(builder, loc, condition,
                             leave(op.getConditionOp().getArgs()));
    enter(loop.getAfter(), *op.getAfterBody());
    block(*op.getAfterBody());
    scf::YieldOp::create(builder, loc, leave(op.getYieldOp().getOperands()));
    cost = before + 16 * cost;
  }
  unsigned tile = 0, number = 0;
  for (Value result : op.getResults())
    if (isTile(result))
      memory[result] = buffers[tile++];
    else
      scalars.map(result, loop.getResult(number++));
}

void KernelLowering::branch(scf::IfOp op) {
  SmallVector<Type> types;
  SmallVector<Value> buffers;
  for (Value result : op.getResults())
    if (isTile(result))
      buffers.push_back(allocate(tileType(result)));
    else
      types.push_back(result.getType());
  auto made = scf::IfOp::create(builder, loc, types, scalar(op.getCondition()),
                                !op.getElseRegion().empty());
  auto fillRegion = [&](Block *to, Block *from) {
    OpBuilder::InsertionGuard guard(builder);
    if (!to->empty())
      to->back().erase();
    builder.setInsertionPointToEnd(to);
    block(*from);
    SmallVector<Value> numbers, tiles;
    for (Value value : from->getTerminator()->getOperands())
      if (isTile(value))
        tiles.push_back(value);
      else
        numbers.push_back(scalar(value));
    loc = op.getLoc();
    fillAll(tiles, buffers);
    scf::YieldOp::create(builder, loc, numbers);
  };
  fillRegion(made.thenBlock(), op.thenBlock());
  if (!op.getElseRegion().empty())
    fillRegion(made.elseBlock(), op.elseBlock());
  unsigned tile = 0, number = 0;
  for (Value result : op.getResults())
    if (isTile(result))
      memory[result] = buffers[tile++];
    else
      scalars.map(result, made.getResult(number++));
}

} // namespace ferro::cpu
