#include "compiler/cpu/Phases.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

// Scratch for one value of a tile is given up beyond this size: then it is
// computed again.
static constexpr std::int64_t largestScratch = 512 * 1024;
// Where recomputing an element begins to cost more than keeping it.
static constexpr double expensive = 8;

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

void Phases::add(Operation *op) {
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

void Phases::addSink(Operation *op, int level, ArrayRef<std::int64_t> shape) {
  for (Phase &phase : phases)
    if (phase.level == level && phase.shape == shape) {
      phase.sinks.push_back(op);
      return;
    }
  auto after = llvm::find_if(
      phases, [&](const Phase &phase) { return phase.level > level; });
  phases.insert(after, {level, SmallVector<std::int64_t>(shape), {op}, {}});
}

void Phases::collectSlice(Value tile, const Phase &phase,
                          std::set<void *> &seen,
                          const std::map<void *, const Phase *> &madeBy,
                          SmallVector<Value> &reused) {
  if (!seen.insert(tile.getAsOpaquePointer()).second || isScalar(tile))
    return;
  auto made = madeBy.find(tile.getAsOpaquePointer());
  std::int64_t bytes = tileType(tile).getNumElements() * 8;
  if (made != madeBy.end() &&
      made->second->shape == tileType(tile).getShape() &&
      made->second->level < phase.level && prices.lookup(tile) >= expensive &&
      bytes <= largestScratch) {
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

void Phases::recordSlice(Value tile, const Phase &phase,
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

void Phases::keepExpensiveValues() {
  std::map<void *, const Phase *> madeBy;
  for (Phase &phase : phases) {
    std::set<void *> seen;
    SmallVector<Value> reused;
    for (Operation *sink : phase.sinks)
      collectSlice(sink->getOperand(0), phase, seen, madeBy, reused);
    for (Value tile : reused)
      for (Phase &earlier : phases)
        if (&earlier == madeBy[tile.getAsOpaquePointer()] &&
            !llvm::is_contained(earlier.kept, tile))
          earlier.kept.push_back(tile);
    for (Operation *sink : phase.sinks)
      recordSlice(sink->getOperand(0), phase, madeBy);
  }
}

double Phases::cost(std::int64_t lanes) const {
  double cost = 0;
  for (const Phase &phase : phases) {
    double elements = 1;
    for (std::int64_t extent : phase.shape)
      elements *= static_cast<double>(extent);
    double price = 0;
    for (Operation *sink : phase.sinks)
      price += 1 + prices.lookup(sink->getOperand(0));
    cost += elements * price * 0.4 / static_cast<double>(lanes);
  }
  return cost;
}

} // namespace ferro::cpu
