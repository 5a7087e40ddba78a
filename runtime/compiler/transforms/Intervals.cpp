#include "compiler/transforms/Intervals.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

#include <algorithm>

using namespace mlir;

namespace ferro::transforms {

using Maybe = std::optional<Interval>;

static Maybe constant(Value value) {
  llvm::APInt number;
  if (!matchPattern(value, m_ConstantInt(&number)) || number.getBitWidth() > 64)
    return std::nullopt;
  std::int64_t known = number.getBitWidth() == 1
                           ? std::int64_t(number.getZExtValue())
                           : number.getSExtValue();
  return Interval{known, known};
}

// The interval if all of it is of the type: else the numbers wrap.
static Maybe within(Type type, const Interval &found) {
  unsigned bits = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  if (bits < 2 || (bits < 64 && (!llvm::isIntN(bits, found.low) ||
                                 !llvm::isIntN(bits, found.high))))
    return std::nullopt;
  return found;
}

// The counter of a loop: from its first value to the last before the end.
static Maybe ofCounter(scf::ForOp loop, int depth) {
  Maybe step = constant(loop.getStep());
  Maybe first = intervalOf(loop.getLowerBound(), depth - 1);
  Maybe end = intervalOf(loop.getUpperBound(), depth - 1);
  if (loop.getUnsignedCmp() || !step || step->low < 1 || !first || !end ||
      end->high <= first->low)
    return std::nullopt;
  std::int64_t last = end->high - 1, distance;
  bool isExact = first->low == first->high &&
                 !__builtin_sub_overflow(last, first->low, &distance);
  if (isExact)
    last = first->low + distance / step->low * step->low;
  return Interval{first->low, last};
}

// Of a sum, difference or product: its corners are among those of the operands.
template <typename Overflows>
static Maybe corners(const Interval &a, const Interval &b, Overflows compute) {
  std::int64_t values[4];
  bool wraps = compute(a.low, b.low, &values[0]);
  wraps |= compute(a.low, b.high, &values[1]);
  wraps |= compute(a.high, b.low, &values[2]);
  wraps |= compute(a.high, b.high, &values[3]);
  if (wraps)
    return std::nullopt;
  auto [low, high] = std::minmax_element(values, values + 4);
  return Interval{*low, *high};
}

static Maybe ofArithmetic(Operation *op, const Interval &a, const Interval &b) {
  auto overflows = [&](std::int64_t x, std::int64_t y, std::int64_t *result) {
    if (isa<arith::AddIOp>(op))
      return __builtin_add_overflow(x, y, result);
    if (isa<arith::SubIOp>(op))
      return __builtin_sub_overflow(x, y, result);
    return __builtin_mul_overflow(x, y, result);
  };
  if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op))
    return corners(a, b, overflows);
  bool byConstant = b.low == b.high && b.low > 0;
  if (isa<arith::RemSIOp, arith::RemUIOp>(op) && byConstant && a.low >= 0)
    return Interval{0, std::min(a.high, b.low - 1)};
  if (isa<arith::DivSIOp>(op) && byConstant)
    return Interval{a.low / b.low, a.high / b.low};
  if (isa<arith::MinSIOp>(op))
    return Interval{std::min(a.low, b.low), std::min(a.high, b.high)};
  if (isa<arith::MaxSIOp>(op))
    return Interval{std::max(a.low, b.low), std::max(a.high, b.high)};
  return std::nullopt;
}

static Maybe ofOperation(Operation *op, Type type, int depth) {
  auto operand = [&](unsigned i) {
    return intervalOf(op->getOperand(i), depth - 1);
  };
  bool isConversion =
      isa<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp, arith::IndexCastOp>(
          op);
  if (!isConversion && !(isa<arith::ArithDialect>(op->getDialect()) &&
                         op->getNumOperands() == 2))
    return std::nullopt;
  Maybe first = operand(0);
  bool isTruth = op->getOperand(0).getType().isInteger(1); // 1 extends to -1
  if (!first || isTruth || (isa<arith::ExtUIOp>(op) && first->low < 0))
    return std::nullopt;
  if (isConversion)
    return within(type, *first);
  Maybe second = operand(1), found;
  if (second)
    found = ofArithmetic(op, *first, *second);
  return found ? within(type, *found) : std::nullopt;
}

Maybe intervalOf(Value value, int depth) {
  if (Maybe known = constant(value))
    return known;
  if (depth == 0 || !value.getType().isIntOrIndex())
    return std::nullopt;
  if (Operation *op = value.getDefiningOp())
    return ofOperation(op, value.getType(), depth);
  auto argument = cast<BlockArgument>(value);
  auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
  return loop && argument == loop.getInductionVar() ? ofCounter(loop, depth)
                                                    : std::nullopt;
}

} // namespace ferro::transforms
