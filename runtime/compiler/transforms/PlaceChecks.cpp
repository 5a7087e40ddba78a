#include "compiler/transforms/PlaceChecks.h"

#include "compiler/tile/Tile.h"
#include "compiler/transforms/Intervals.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <algorithm>

using namespace mlir;
using namespace ferro::tile;
using ferro::transforms::CheckPlaces;
using ferro::transforms::intervalOf;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static std::optional<std::int64_t> known(Value value) {
  llvm::APInt number;
  if (!matchPattern(value, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getBitWidth() == 1 ? std::int64_t(number.getZExtValue())
                                   : number.getSExtValue();
}

// The number without its changes of type that keep it.
static Value peeled(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<arith::IndexCastOp, arith::ExtSIOp>(op))
      break;
    Type from = op->getOperand(0).getType(), to = value.getType();
    bool narrows = !from.isIndex() && !to.isIndex() &&
                   from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth();
    bool isTruncation = from.isIndex() && to.getIntOrFloatBitWidth() < 64;
    // Block ids and extents of a grid fit 32 bits.
    if (narrows || (isTruncation && !isa_and_nonnull<BlockIdOp, NumBlocksOp>(
                                        op->getOperand(0).getDefiningOp())))
      break;
    value = op->getOperand(0);
  }
  return value;
}

// Ops that may run where they were not asked for.
static bool mayRunAnywhere(Operation *op) {
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
          arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op)) {
    auto divisor = known(op->getOperand(1));
    return divisor && *divisor != 0 && *divisor != -1;
  }
  return isa<arith::ArithDialect>(op->getDialect()) || isa<memref::DimOp>(op);
}

namespace {

/// What a number on the way to an index must not leave where it is least and
/// greatest, so that it rises between them.
struct Limits {
  Value low, high;
  std::int64_t least, most;
};

/// `low` and `high` lie below `bound`, and everything between them; unsigned,
/// unless the sign counts. Or a condition holds. Or an excuse does: a loop
/// around has no turn.
struct Obligation {
  Value low, high, bound;
  bool isSigned = false;
  Value condition;
  SmallVector<Limits> ranges;
  SmallVector<Value> excuses;
  SmallVector<Value> values;

  bool isBound() const { return bound != nullptr; }
};

/// Where a check goes: what is known there, and what becomes of numbers that
/// rise on the way out. The least and the greatest are 64 bits wide, so that
/// they are what the numbers are that may not wrap.
struct Move {
  explicit Move(llvm::function_ref<bool(Value)> isKnown) : isKnown(isKnown) {}

  llvm::function_ref<bool(Value)> isKnown;
  SmallVector<Value> rising;
  IRMapping low, high; // what rises, where it is least and greatest
  IRMapping fixed;     // what does not
  DenseMap<Value, std::pair<Value, Value>> ends;
};

struct Counts {
  std::int64_t proven = 0, atLaunch = 0, hoisted = 0, inPlace = 0;
};

class Placer {
public:
  Placer(KernelOp kernel, CheckPlaces places)
      : kernel(kernel), places(places), builder(kernel) {}
  /// What is never right, as an error of the compiler; empty if nothing is.
  std::string run();

private:
  void open();
  void close();
  std::string violation(CheckOp op);
  std::string denied();
  bool isSame(Value a, Value b, int depth = 8) const;
  bool isDivisible(Value condition) const;
  bool isProven(const Obligation &check) const;
  bool isAlreadyMade(CheckOp op, const Obligation &check) const;

  using IsKnown = llvm::function_ref<bool(Value)>;
  bool isKnownFrom(Value value, IsKnown isKnown) const;
  bool rises(Value value, Value with, IsKnown isKnown) const;
  Value rebuilt(Value value, IsKnown isKnown, IRMapping &map);
  Value word(Value value);
  std::pair<Value, Value> endsOf(Value value, Move &move,
                                 SmallVectorImpl<Limits> &ranges);
  bool rebuildAll(Obligation &check, Move &move);

  bool leaveLoop(Obligation &check, scf::ForOp loop);
  bool leaveBlock(Obligation &check);
  CheckOp make(CheckOp from, const Obligation &check);
  void place(CheckOp op);

  KernelOp kernel;
  CheckPlaces places;
  OpBuilder builder;
  Location loc = builder.getUnknownLoc();
  BlockIdOp ids;
  NumBlocksOp grid;
  Operation *start = nullptr; // launch checks stand before it
  DominanceInfo dominance;
  SmallVector<std::pair<Value, Value>> equal; // checked for all that follows
  SmallVector<std::pair<CheckOp, Obligation>> made;
  Counts counts;
};

} // namespace

static Obligation obligationOf(CheckOp op) {
  Obligation check;
  check.values.assign(op.getValues().begin(), op.getValues().end());
  auto compare = op.getCondition().getDefiningOp<arith::CmpIOp>();
  bool isBelow = compare && !compare.getLhs().getType().isInteger(1) &&
                 (compare.getPredicate() == arith::CmpIPredicate::ult ||
                  compare.getPredicate() == arith::CmpIPredicate::slt);
  if (isBelow) {
    check.isSigned = compare.getPredicate() == arith::CmpIPredicate::slt;
    check.low = check.high = compare.getLhs();
    check.bound = compare.getRhs();
  } else {
    check.condition = op.getCondition();
  }
  return check;
}

//===----------------------------------------------------------------------===//
// Proofs
//===----------------------------------------------------------------------===//

bool Placer::isSame(Value a, Value b, int depth) const {
  a = peeled(a);
  b = peeled(b);
  if (a == b)
    return true;
  if (auto x = known(a), y = known(b); x && y)
    return *x == *y;
  if (depth == 0)
    return false;
  for (auto [x, y] : equal)
    if ((a == x && b == y) || (a == y && b == x))
      return true;
  Operation *x = a.getDefiningOp(), *y = b.getDefiningOp();
  if (!x || !y || x->getName() != y->getName() || x->getNumResults() != 1 ||
      x->getAttrDictionary() != y->getAttrDictionary() || !mayRunAnywhere(x) ||
      x->getNumOperands() != y->getNumOperands())
    return false;
  return llvm::all_of(
      llvm::zip_equal(x->getOperands(), y->getOperands()), [&](auto pair) {
        return isSame(std::get<0>(pair), std::get<1>(pair), depth - 1);
      });
}

// Whatever the numbers are among which they lie, the check holds.
static bool holdsWithin(const Obligation &check) {
  auto low = intervalOf(check.low), high = intervalOf(check.high),
       bound = intervalOf(check.bound);
  return low && high && bound && (check.isSigned || low->low >= 0) &&
         (check.isSigned || high->low >= 0) &&
         std::max(low->high, high->high) < bound->low;
}

// Whether the facts of the launch say `dim(tensor, axis) % divisor == 0`.
bool Placer::isDivisible(Value condition) const {
  auto compare = condition.getDefiningOp<arith::CmpIOp>();
  auto facts = kernel->getAttrOfType<ArrayAttr>("facts");
  if (!facts || !compare ||
      compare.getPredicate() != arith::CmpIPredicate::eq ||
      known(compare.getRhs()) != 0)
    return false;
  auto rest = compare.getLhs().getDefiningOp<arith::RemUIOp>();
  auto divisor = rest ? known(rest.getRhs()) : std::nullopt;
  auto extent = rest ? peeled(rest.getLhs()).getDefiningOp<memref::DimOp>()
                     : memref::DimOp();
  auto tensor =
      extent ? dyn_cast<BlockArgument>(extent.getSource()) : BlockArgument();
  auto axis = extent ? extent.getConstantIndex() : std::nullopt;
  if (!divisor || *divisor <= 0 || !tensor || !axis ||
      tensor.getOwner()->getParentOp() != KernelOp(kernel).getOperation())
    return false;
  auto said = cast<DictionaryAttr>(facts[tensor.getArgNumber()])
                  .getAs<DenseI64ArrayAttr>("extents");
  return said && said[*axis] % *divisor == 0;
}

// A loop's counter lies below its end.
bool Placer::isProven(const Obligation &check) const {
  if (auto truth = check.condition ? known(check.condition) : std::nullopt)
    return *truth == 1;
  if (check.condition && isDivisible(check.condition))
    return true;
  if (!check.isBound())
    return false;
  if (holdsWithin(check))
    return true;
  auto counter = dyn_cast<BlockArgument>(peeled(check.high));
  auto loop = counter ? dyn_cast<scf::ForOp>(counter.getOwner()->getParentOp())
                      : scf::ForOp();
  if (!loop || counter != loop.getInductionVar() || loop.getUnsignedCmp())
    return false;
  auto first = known(loop.getLowerBound());
  return (check.isSigned || (first && *first >= 0)) &&
         isSame(loop.getUpperBound(), check.bound);
}

bool Placer::isAlreadyMade(CheckOp op, const Obligation &check) const {
  return llvm::any_of(made, [&](const auto &other) {
    CheckOp at = other.first;
    const Obligation &earlier = other.second;
    if (!earlier.excuses.empty() || earlier.isBound() != check.isBound() ||
        earlier.isSigned != check.isSigned ||
        !dominance.properlyDominates(at.getOperation(), op.getOperation()))
      return false;
    if (!check.isBound())
      return isSame(earlier.condition, check.condition);
    return isSame(earlier.low, check.low) && isSame(earlier.high, check.high) &&
           isSame(earlier.bound, check.bound);
  });
}

//===----------------------------------------------------------------------===//
// Moves
//===----------------------------------------------------------------------===//

// Whether a value can be computed where what \p isKnown says is known.
bool Placer::isKnownFrom(Value value, IsKnown isKnown) const {
  if (isKnown(value))
    return true;
  Operation *op = value.getDefiningOp();
  return op && op->getNumRegions() == 0 && mayRunAnywhere(op) &&
         llvm::all_of(op->getOperands(),
                      [&](Value each) { return isKnownFrom(each, isKnown); });
}

// Whether a value rises with \p with, and depends on nothing else that is not
// known.
bool Placer::rises(Value value, Value with, IsKnown isKnown) const {
  if (value == with || isKnownFrom(value, isKnown))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  auto operand = [&](unsigned i) { return op->getOperand(i); };
  if (isa<arith::IndexCastOp, arith::ExtSIOp>(op))
    return rises(operand(0), with, isKnown);
  if (isa<arith::AddIOp>(op))
    return rises(operand(0), with, isKnown) && rises(operand(1), with, isKnown);
  if (isa<arith::SubIOp>(op))
    return rises(operand(0), with, isKnown) && isKnownFrom(operand(1), isKnown);
  if (isa<arith::MulIOp>(op)) {
    auto factor = known(operand(1));
    return factor && *factor >= 0 && rises(operand(0), with, isKnown);
  }
  return false;
}

// Computes a value at the builder's place.
Value Placer::rebuilt(Value value, IsKnown isKnown, IRMapping &map) {
  if (map.contains(value))
    return map.lookup(value);
  if (isKnown(value))
    return value;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    map.map(operand, rebuilt(operand, isKnown, map));
  builder.clone(*op, map);
  return map.lookup(value);
}

// As a number of 64 bits.
Value Placer::word(Value value) {
  Type i64 = builder.getI64Type();
  if (value.getType().isIndex())
    return builder.createOrFold<arith::IndexCastOp>(loc, i64, value);
  if (value.getType() != i64)
    return builder.createOrFold<arith::ExtSIOp>(loc, i64, value);
  return value;
}

// Adds a range, unless it is known to be kept.
static void stayWithin(const Limits &range, SmallVectorImpl<Limits> &ranges) {
  auto low = known(range.low), high = known(range.high);
  if (!low || !high || *low < range.least || *high > range.most)
    ranges.push_back(range);
}

// The least and the greatest that a value becomes. What it is computed from
// must keep to its type, or what lies between would be something else.
std::pair<Value, Value> Placer::endsOf(Value value, Move &move,
                                       SmallVectorImpl<Limits> &ranges) {
  if (auto found = move.ends.find(value); found != move.ends.end())
    return found->second;
  std::pair<Value, Value> ends;
  Operation *op = value.getDefiningOp();
  if (move.low.contains(value)) {
    ends = {word(move.low.lookup(value)), word(move.high.lookup(value))};
  } else if (isKnownFrom(value, move.isKnown)) {
    Value fixed = word(rebuilt(value, move.isKnown, move.fixed));
    ends = {fixed, fixed};
  } else if (isa<arith::IndexCastOp, arith::ExtSIOp>(op)) {
    ends = endsOf(op->getOperand(0), move, ranges);
  } else {
    auto [a, b] = endsOf(op->getOperand(0), move, ranges);
    auto [c, d] = endsOf(op->getOperand(1), move, ranges);
    auto factor = isa<arith::MulIOp>(op) ? known(op->getOperand(1))
                                         : std::optional<std::int64_t>();
    // Far from where 64 bits end.
    auto guard = [&](Value operand, Value least, Value most) {
      std::int64_t limit = (std::int64_t(1) << 61) /
                           std::max<std::int64_t>(factor.value_or(1), 1);
      Type type = peeled(operand).getType();
      bool fits32 =
          isa_and_nonnull<BlockIdOp>(peeled(operand).getDefiningOp()) ||
          (!type.isIndex() && type.getIntOrFloatBitWidth() <= 32);
      if (!fits32 || limit < (std::int64_t(1) << 32))
        stayWithin({least, most, -limit, limit}, ranges);
    };
    guard(op->getOperand(0), a, b);
    if (!factor)
      guard(op->getOperand(1), c, d);
    if (isa<arith::AddIOp>(op))
      ends = {builder.createOrFold<arith::AddIOp>(loc, a, c),
              builder.createOrFold<arith::AddIOp>(loc, b, d)};
    else if (isa<arith::SubIOp>(op))
      ends = {builder.createOrFold<arith::SubIOp>(loc, a, d),
              builder.createOrFold<arith::SubIOp>(loc, b, c)};
    else
      ends = {builder.createOrFold<arith::MulIOp>(loc, a, c),
              builder.createOrFold<arith::MulIOp>(loc, b, d)};
  }
  bool isNarrow = !value.getType().isIndex() &&
                  value.getType().getIntOrFloatBitWidth() < 64;
  bool isComputed = !move.low.contains(value) && ends.first != ends.second;
  if (isNarrow && isComputed) {
    std::int64_t most = llvm::maxIntN(value.getType().getIntOrFloatBitWidth());
    stayWithin({ends.first, ends.second, -most - 1, most}, ranges);
  }
  move.ends[value] = ends;
  return ends;
}

// Moves a check to the builder's place. False, and nothing is changed, if what
// it needs is not known there.
bool Placer::rebuildAll(Obligation &check, Move &move) {
  auto risesWithOne = [&](Value value) {
    return isKnownFrom(value, move.isKnown) ||
           llvm::any_of(move.rising, [&](Value each) {
             return rises(value, each, move.isKnown);
           });
  };
  auto isFixed = [&](Value value) { return isKnownFrom(value, move.isKnown); };
  bool can = llvm::all_of(check.excuses, isFixed) &&
             llvm::all_of(check.values, risesWithOne) &&
             llvm::all_of(check.ranges, [&](const Limits &range) {
               return risesWithOne(range.low) && risesWithOne(range.high);
             });
  can &= check.isBound() ? isFixed(check.bound) && risesWithOne(check.low) &&
                               risesWithOne(check.high)
                         : isFixed(check.condition);
  if (!can)
    return false;
  auto at = [&](Value &value, IRMapping &map) {
    value = rebuilt(value, move.isKnown, map);
  };
  SmallVector<Limits> ranges;
  for (Limits &each : check.ranges) {
    each.low = endsOf(each.low, move, ranges).first;
    each.high = endsOf(each.high, move, ranges).second;
  }
  if (check.isBound()) {
    at(check.bound, move.fixed);
    if (isFixed(check.low) && isFixed(check.high)) {
      at(check.low, move.fixed);
      at(check.high, move.fixed);
    } else {
      check.low = endsOf(check.low, move, ranges).first;
      check.high = endsOf(check.high, move, ranges).second;
      check.bound = word(check.bound);
    }
  } else {
    at(check.condition, move.fixed);
  }
  check.ranges.append(ranges);
  for (Value &each : check.excuses)
    at(each, move.fixed);
  for (Value &each : check.values)
    at(each, move.high);
  return true;
}

// To the place before a loop around it.
bool Placer::leaveLoop(Obligation &check, scf::ForOp loop) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(loop);
  auto isOutside = [&](Value value) {
    return !loop->isAncestor(value.getParentBlock()->getParentOp());
  };
  Value first = loop.getLowerBound(), end = loop.getUpperBound();
  bool counts = known(loop.getStep()) == 1 && !loop.getUnsignedCmp();
  Move move(isOutside);
  if (counts) {
    move.rising.push_back(loop.getInductionVar());
    Value one = arith::ConstantOp::create(
        builder, loc, builder.getIntegerAttr(end.getType(), 1));
    move.low.map(loop.getInductionVar(), first);
    move.high.map(loop.getInductionVar(),
                  builder.createOrFold<arith::SubIOp>(loc, end, one));
  }
  if (!rebuildAll(check, move))
    return false;
  auto start = known(first), stop = known(end);
  if (start && stop && *start < *stop)
    return true;
  auto empty = loop.getUnsignedCmp() ? arith::CmpIPredicate::uge
                                     : arith::CmpIPredicate::sge;
  check.excuses.push_back(
      builder.createOrFold<arith::CmpIOp>(loc, empty, first, end));
  return true;
}

// To the launch, where the grid is known.
bool Placer::leaveBlock(Obligation &check) {
  OpBuilder::InsertionGuard guard(builder);
  Block &block = kernel.block();
  builder.setInsertionPoint(start);
  Type index = builder.getIndexType();
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(index, 0));
  Value one =
      arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(index, 1));
  auto isKnown = [&](Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return argument.getOwner() == &block;
    return value.getDefiningOp() == grid.getOperation();
  };
  Move move(isKnown);
  if (ids)
    for (auto [id, count] :
         llvm::zip_equal(ids.getResults(), grid.getResults())) {
      move.rising.push_back(id);
      move.low.map(id, zero);
      move.high.map(id, arith::SubIOp::create(builder, loc, count, one));
    }
  return rebuildAll(check, move);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

// The check at the builder's place.
CheckOp Placer::make(CheckOp from, const Obligation &check) {
  Value holds = check.condition;
  if (check.isBound()) {
    auto order =
        check.isSigned ? arith::CmpIPredicate::slt : arith::CmpIPredicate::ult;
    auto below = [&](Value index) {
      return builder.createOrFold<arith::CmpIOp>(loc, order, index,
                                                 check.bound);
    };
    holds = below(check.high);
    // From a first index that is not negative they rise to the last.
    auto first = known(check.low);
    bool rises = check.isSigned || (first && *first >= 0);
    if (check.low != check.high && !rises)
      holds = builder.createOrFold<arith::AndIOp>(loc, below(check.low), holds);
  }
  for (const Limits &range : check.ranges) {
    auto compare = [&](arith::CmpIPredicate order, Value value,
                       std::int64_t limit) {
      Value end = arith::ConstantOp::create(builder, loc,
                                            builder.getI64IntegerAttr(limit));
      Value inside =
          builder.createOrFold<arith::CmpIOp>(loc, order, value, end);
      holds = builder.createOrFold<arith::AndIOp>(loc, inside, holds);
    };
    compare(arith::CmpIPredicate::sge, range.low, range.least);
    compare(arith::CmpIPredicate::sle, range.high, range.most);
  }
  for (Value excuse : check.excuses)
    holds = builder.createOrFold<arith::OrIOp>(loc, excuse, holds);
  return CheckOp::create(builder, from.getLoc(), holds, from.getCodeAttr(),
                         from.getTextAttr(), check.values, UnitAttr());
}

static std::string placeOf(Operation *op) {
  auto place = dyn_cast<FileLineColLoc>(op->getLoc());
  return place ? place.getFilename().str() + ":" +
                     std::to_string(place.getLine()) + ":" +
                     std::to_string(place.getColumn()) + ": "
               : "";
}

// Of a check that every block makes and that cannot hold.
std::string Placer::violation(CheckOp op) {
  Obligation check = obligationOf(op);
  bool fails = check.condition && known(check.condition) == 0;
  if (check.isBound())
    if (auto index = known(check.high), bound = known(check.bound);
        index && bound)
      fails = (!check.isSigned && *index < 0) || *index >= *bound;
  if (!fails || op->getParentOp() != kernel.getOperation() ||
      places == CheckPlaces::Block)
    return "";
  std::string text = op.getText().str();
  for (auto [i, value] : llvm::enumerate(op.getValues())) {
    std::string hole = "{" + std::to_string(i) + "}";
    std::size_t at = text.find(hole);
    if (auto number = known(value); number && at != text.npos)
      text.replace(at, hole.size(), std::to_string(*number));
  }
  return placeOf(op) + "error: " + text + "\n";
}

void Placer::place(CheckOp op) {
  loc = op.getLoc();
  if (places == CheckPlaces::Block) {
    ++counts.inPlace;
    return;
  }
  Obligation check = obligationOf(op);
  if (isProven(check) || isAlreadyMade(op, check)) {
    ++counts.proven;
    op.erase();
    return;
  }
  Operation *at = op; // before which it is made
  bool isAtLaunch = false;
  if (places == CheckPlaces::Auto) {
    while (auto loop = dyn_cast<scf::ForOp>(at->getParentOp())) {
      if (!leaveLoop(check, loop))
        break;
      at = loop;
    }
    isAtLaunch =
        at->getParentOp() == kernel.getOperation() && leaveBlock(check);
    if (isAtLaunch && isAlreadyMade(op, check)) { // of another block's id
      ++counts.proven;
      op.erase();
      return;
    }
  }
  if (at == op && !isAtLaunch) {
    ++counts.inPlace;
    made.push_back({op, check});
    return;
  }
  counts.atLaunch += isAtLaunch;
  counts.hoisted += !isAtLaunch;
  builder.setInsertionPoint(isAtLaunch ? start : at);
  CheckOp moved = make(op, check);
  moved.setAtLaunch(isAtLaunch);
  made.push_back({moved, check});
  op.erase();
}

// The grid and the block's place in it come first.
void Placer::open() {
  kernel.walk([&](BlockIdOp op) { ids = op; });
  kernel.walk([&](NumBlocksOp op) { grid = op; });
  Block &block = kernel.block();
  builder.setInsertionPointToStart(&block);
  if (grid)
    grid->moveBefore(&block, block.begin());
  else
    grid = NumBlocksOp::create(builder, kernel.getLoc());
  if (ids)
    ids->moveAfter(grid);
  start = grid->getNextNode();
  while (isa<CheckOp>(start))
    start = start->getNextNode();
}

void Placer::close() {
  if (grid->use_empty())
    grid.erase();
  kernel->setAttr(
      "checks", builder.getDenseI64ArrayAttr({counts.proven, counts.atLaunch,
                                              counts.hoisted, counts.inPlace}));
}

std::string Placer::run() {
  open();
  SmallVector<CheckOp> checks;
  kernel.walk([&](CheckOp op) { checks.push_back(op); });
  for (CheckOp op : checks) {
    auto compare = op.getCondition().getDefiningOp<arith::CmpIOp>();
    bool isEquality = compare &&
                      compare.getPredicate() == arith::CmpIPredicate::eq &&
                      op->getParentOp() == kernel.getOperation();
    std::pair<Value, Value> pair;
    if (std::string text = violation(op); !text.empty())
      return text;
    if (isEquality)
      pair = {peeled(compare.getLhs()), peeled(compare.getRhs())};
    place(op);
    if (isEquality && places != CheckPlaces::Block)
      equal.push_back(pair);
  }
  close();
  return kernel->hasAttr("deny_checks") ? denied() : "";
}

// An access whose check stays in the kernel, where none may.
std::string Placer::denied() {
  std::string text;
  kernel.walk([&](CheckOp op) {
    bool isAccess = op.getCode() == "IndexOutOfBounds";
    if (isAccess && !op.getAtLaunch() && text.empty())
      text = placeOf(op) +
             "error: deny_in_kernel_checks: nothing that is known at launch "
             "proves this access; its check would be \"" +
             op.getText().str() + "\"\n";
  });
  return text;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

std::string ferro::transforms::placeChecks(ModuleOp module,
                                           CheckPlaces places) {
  for (KernelOp kernel : module.getOps<KernelOp>())
    if (std::string text = Placer(kernel, places).run(); !text.empty())
      return text;
  return "";
}

std::string ferro::transforms::describeChecks(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (KernelOp kernel : module.getOps<KernelOp>()) {
    kernel.walk([&](CheckOp op) {
      out << placeOf(op)
          << (op.getAtLaunch() ? "at launch: " : "in the block: ")
          << op.getText() << "\n";
    });
    if (auto counts = kernel->getAttrOfType<DenseI64ArrayAttr>("checks"))
      out << counts[0] << " proven, " << counts[1] << " at launch, "
          << counts[2] << " before a loop, " << counts[3] << " in place\n";
  }
  return text;
}
