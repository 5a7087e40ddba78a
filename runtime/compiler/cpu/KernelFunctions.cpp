// Functions of numbers, inlined for an element. In them numbers and tiles
// without axes are the same.
#include "compiler/cpu/KernelLowering.h"

#include "ferro/Error.h"

#include "mlir/Dialect/UB/IR/UBOps.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

// An element-wise op on numbers.
Value KernelLowering::applied(Operation *op, ValueRange operands) {
  if (isa<ub::PoisonOp>(op))
    return elements().number(tileType(op->getResult(0)).getElementType(), 0);
  if (Value number = elements().apply(op, operands))
    return number;
  std::string place;
  llvm::raw_string_ostream(place) << op->getLoc();
  throw Error(Code::UnsupportedOp, "native code",
              op->getName().getStringRef().str() +
                  " does not work element by element, at " + place);
}

Value KernelLowering::numberOf(Value value, const IRMapping &numbers) {
  if (numbers.contains(value))
    return numbers.lookup(value);
  return isTile(value)
             ? element(value, Index(tileType(value).getRank(), constant(0)))
             : scalar(value);
}

SmallVector<Value> KernelLowering::numbersOf(ValueRange values,
                                             const IRMapping &numbers) {
  return llvm::map_to_vector(
      values, [&](Value value) { return numberOf(value, numbers); });
}

Value KernelLowering::inlined(Region &region, ArrayRef<Value> arguments) {
  IRMapping numbers;
  numbers.map(region.front().getArguments(), arguments);
  inlineBlock(region.front(), numbers);
  return numberOf(region.front().getTerminator()->getOperand(0), numbers);
}

void KernelLowering::inlineBlock(Block &block, IRMapping &numbers) {
  for (Operation &op : block.without_terminator())
    inlineOperation(&op, numbers);
}

void KernelLowering::inlineOperation(Operation *op, IRMapping &numbers) {
  if (op->getNumRegions() != 0)
    return inlineControl(op, numbers);
  if (isa<ScalarToTileOp, TileToScalarOp, ReshapeOp, BroadcastOp>(op))
    return numbers.map(op->getResult(0), numberOf(op->getOperand(0), numbers));
  if (auto number = dyn_cast<ConstantOp>(op))
    return numbers.map(op->getResult(0), constantElement(number, {}));
  SmallVector<Value> operands = numbersOf(op->getOperands(), numbers);
  if (op->getNumResults() == 1 && isTile(op->getResult(0)))
    return numbers.map(op->getResult(0), applied(op, operands));
  IRMapping given;
  given.map(op->getOperands(), operands);
  numbers.map(op->getResults(), builder.clone(*op, given)->getResults());
}

// Loops and branches of the function, which carry numbers only.
void KernelLowering::inlineControl(Operation *op, IRMapping &numbers) {
  auto typesOf = [&](ValueRange values) {
    return llvm::map_to_vector(values, [&](Value value) {
      return isTile(value) ? registerType(tileType(value).getElementType())
                           : value.getType();
    });
  };
  auto fill = [&](Block *to, Block &from) {
    OpBuilder::InsertionGuard guard(builder);
    if (!to->empty())
      to->back().erase();
    builder.setInsertionPointToEnd(to);
    auto outside = atHand; // what is computed inside is not seen outside
    inlineBlock(from, numbers);
    SmallVector<Value> yields =
        numbersOf(from.getTerminator()->getOperands(), numbers);
    atHand = std::move(outside);
    scf::YieldOp::create(builder, loc, yields);
  };
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    auto made = scf::IfOp::create(builder, loc, typesOf(op->getResults()),
                                  numberOf(branch.getCondition(), numbers),
                                  /*withElseRegion=*/true);
    fill(made.thenBlock(), *branch.thenBlock());
    fill(made.elseBlock(), *branch.elseBlock());
    return numbers.map(op->getResults(), made.getResults());
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    auto made = scf::ForOp::create(builder, loc,
                                   numberOf(loop.getLowerBound(), numbers),
                                   numberOf(loop.getUpperBound(), numbers),
                                   numberOf(loop.getStep(), numbers),
                                   numbersOf(loop.getInitArgs(), numbers));
    made.setUnsignedCmp(loop.getUnsignedCmp());
    numbers.map(loop.getBody()->getArguments(), made.getBody()->getArguments());
    fill(made.getBody(), *loop.getBody());
    return numbers.map(op->getResults(), made.getResults());
  }
  auto loop = dyn_cast<scf::WhileOp>(op);
  if (!loop)
    throw Error(Code::UnsupportedOp, "native code",
                op->getName().getStringRef().str() +
                    " does not stand in a function of numbers");
  SmallVector<Value> inits = numbersOf(loop.getInits(), numbers);
  auto made =
      scf::WhileOp::create(builder, loc, typesOf(loop.getResults()), inits);
  auto enter = [&](Region &to, Block &from, auto leave) {
    OpBuilder::InsertionGuard guard(builder);
    SmallVector<Type> types = typesOf(from.getArguments());
    Block *body = builder.createBlock(&to, {}, types,
                                      SmallVector<Location>(types.size(), loc));
    numbers.map(from.getArguments(), body->getArguments());
    auto outside = atHand;
    inlineBlock(from, numbers);
    leave();
    atHand = std::move(outside);
  };
  enter(made.getBefore(), *loop.getBeforeBody(), [&] {
    scf::ConditionOp end = loop.getConditionOp();
    scf::ConditionOp::create(builder, loc,
                             numberOf(end.getCondition(), numbers),
                             numbersOf(end.getArgs(), numbers));
  });
  enter(made.getAfter(), *loop.getAfterBody(), [&] {
    scf::YieldOp::create(builder, loc,
                         numbersOf(loop.getYieldOp().getOperands(), numbers));
  });
  numbers.map(op->getResults(), made.getResults());
}

} // namespace ferro::cpu
