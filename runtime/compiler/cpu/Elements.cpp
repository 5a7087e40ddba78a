#include "compiler/cpu/Elements.h"

#include "compiler/cpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

static arith::CmpFPredicate floatPredicate(Predicate predicate) {
  switch (predicate) {
  case Predicate::Equal:
    return arith::CmpFPredicate::OEQ;
  case Predicate::NotEqual:
    return arith::CmpFPredicate::UNE;
  case Predicate::Less:
    return arith::CmpFPredicate::OLT;
  case Predicate::LessEqual:
    return arith::CmpFPredicate::OLE;
  case Predicate::Greater:
    return arith::CmpFPredicate::OGT;
  case Predicate::GreaterEqual:
    return arith::CmpFPredicate::OGE;
  }
  llvm_unreachable("a predicate without a row");
}

static arith::CmpIPredicate integerPredicate(Predicate predicate) {
  switch (predicate) {
  case Predicate::Equal:
    return arith::CmpIPredicate::eq;
  case Predicate::NotEqual:
    return arith::CmpIPredicate::ne;
  case Predicate::Less:
    return arith::CmpIPredicate::slt;
  case Predicate::LessEqual:
    return arith::CmpIPredicate::sle;
  case Predicate::Greater:
    return arith::CmpIPredicate::sgt;
  case Predicate::GreaterEqual:
    return arith::CmpIPredicate::sge;
  }
  llvm_unreachable("a predicate without a row");
}

static TypedAttr everywhere(Type type, TypedAttr number) {
  if (auto vector = dyn_cast<VectorType>(type))
    return DenseElementsAttr::get(vector, Attribute(number));
  return number;
}

Value ElementBuilder::number(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr attr = isa<FloatType>(element)
                       ? TypedAttr(builder.getFloatAttr(element, value))
                       : TypedAttr(builder.getIntegerAttr(
                             element, static_cast<std::int64_t>(value)));
  return make<arith::ConstantOp>(everywhere(type, attr));
}
Value ElementBuilder::integer(Type type, const APInt &value) {
  return make<arith::ConstantOp>(everywhere(
      type, builder.getIntegerAttr(getElementTypeOrSelf(type), value)));
}
Value ElementBuilder::choose(Value condition, Value a, Value b) {
  return make<arith::SelectOp>(condition, a, b);
}

// NaN if either is. Which of two zeros is larger does not matter: saying so
// leaves three instructions.
Value ElementBuilder::extremum(Value a, Value b, bool larger) {
  if (isa<IntegerType>(getElementTypeOrSelf(a)))
    return larger ? make<arith::MaxSIOp>(a, b) : make<arith::MinSIOp>(a, b);
  auto flags = arith::FastMathFlags::nsz;
  return larger ? make<arith::MaximumFOp>(a, b, flags)
                : make<arith::MinimumFOp>(a, b, flags);
}

// One instruction, where the NaNs of `next` may go unnoticed; `total` is never
// NaN.
Value ElementBuilder::largerNumber(Value total, Value next) {
  if (isa<IntegerType>(getElementTypeOrSelf(total)))
    return extremum(next, total, /*larger=*/true);
  Value larger = make<arith::CmpFOp>(arith::CmpFPredicate::OGT, next, total);
  return choose(larger, next, total);
}

// Zero where b is zero; the lowest number divided by -1 wraps.
Value ElementBuilder::divide(Value a, Value b) {
  Type type = a.getType();
  Value zero = number(type, 0), one = number(type, 1),
        minusOne = number(type, -1);
  Value byZero = make<arith::CmpIOp>(arith::CmpIPredicate::eq, b, zero);
  Value byMinusOne = make<arith::CmpIOp>(arith::CmpIPredicate::eq, b, minusOne);
  Value safe = choose(make<arith::OrIOp>(byZero, byMinusOne), one, b);
  Value quotient = choose(byMinusOne, make<arith::SubIOp>(zero, a),
                          make<arith::DivSIOp>(a, safe));
  return choose(byZero, zero, quotient);
}

Value ElementBuilder::floatToInteger(Value x, Type to) {
  Type from = x.getType();
  unsigned width = getElementTypeOrSelf(to).getIntOrFloatBitWidth();
  if (width == 1)
    return make<arith::CmpFOp>(arith::CmpFPredicate::UNE, x, number(from, 0));
  // 2^digits is exact in every float; the largest integer may not be.
  double limit = std::ldexp(1.0, static_cast<int>(width) - 1);
  auto compare = [&](arith::CmpFPredicate predicate, double value) {
    return make<arith::CmpFOp>(predicate, x, number(from, value));
  };
  Value result = make<arith::FPToSIOp>(to, x);
  result = choose(compare(arith::CmpFPredicate::OGE, limit),
                  integer(to, APInt::getSignedMaxValue(width)), result);
  result = choose(compare(arith::CmpFPredicate::OLE, -limit),
                  integer(to, APInt::getSignedMinValue(width)), result);
  return choose(make<arith::CmpFOp>(arith::CmpFPredicate::UNO, x, x),
                number(to, 0), result);
}

// bfloat16 is the upper half of f32; done in integers, so that every machine
// rounds alike and keeps subnormal numbers.
Value ElementBuilder::fromBf16(Value x) {
  Type i32 = builder.getI32Type();
  Value bits = make<arith::BitcastOp>(builder.getI16Type(), x);
  Value shifted =
      make<arith::ShLIOp>(make<arith::ExtUIOp>(i32, bits), number(i32, 16));
  return make<arith::BitcastOp>(builder.getF32Type(), shifted);
}
Value ElementBuilder::toBf16(Value x) {
  Type i32 = builder.getI32Type();
  Value bits = make<arith::BitcastOp>(i32, x);
  Value high = make<arith::ShRUIOp>(bits, number(i32, 16));
  Value odd = make<arith::AndIOp>(high, number(i32, 1));
  Value bias = make<arith::AddIOp>(odd, number(i32, 0x7fff));
  Value rounded =
      make<arith::ShRUIOp>(make<arith::AddIOp>(bits, bias), number(i32, 16));
  Value quiet = make<arith::OrIOp>(high, number(i32, 0x40));
  Value isNan = make<arith::CmpFOp>(arith::CmpFPredicate::UNO, x, x);
  Value half = make<arith::TruncIOp>(builder.getI16Type(),
                                     choose(isNan, quiet, rounded));
  return make<arith::BitcastOp>(builder.getBF16Type(), half);
}
// exec::roundToOdd: the neighbour toward the exact value, its last bit set.
Value ElementBuilder::toOdd(Value wide) {
  Type f32 = builder.getF32Type(), i32 = builder.getI32Type(),
       f64 = wide.getType();
  Value rounded = make<arith::TruncFOp>(f32, wide);
  Value back = make<arith::ExtFOp>(f64, rounded);
  Value bits = make<arith::BitcastOp>(i32, rounded);
  auto magnitude = [&](Value x) { return make<math::AbsFOp>(x); };
  // Of two neighbours one is odd: away from zero if rounding went toward it.
  Value outward = make<arith::CmpFOp>(arith::CmpFPredicate::OLT,
                                      magnitude(back), magnitude(wide));
  Value step = choose(outward, number(i32, 1), number(i32, -1));
  Value isOdd = make<arith::CmpIOp>(arith::CmpIPredicate::ne,
                                    make<arith::AndIOp>(bits, number(i32, 1)),
                                    number(i32, 0));
  Value exact = make<arith::CmpFOp>(arith::CmpFPredicate::UEQ, back, wide);
  Value infinite = make<arith::CmpFOp>(
      arith::CmpFPredicate::OEQ, magnitude(rounded), number(f32, HUGE_VAL));
  Value stays = make<arith::OrIOp>(make<arith::OrIOp>(isOdd, exact), infinite);
  Value moved = make<arith::BitcastOp>(f32, make<arith::AddIOp>(bits, step));
  return choose(stays, rounded, moved);
}

Value ElementBuilder::convert(Value x, Type to, bool zeroExtend, bool odd) {
  Type from = x.getType();
  if (odd)
    return toOdd(x);
  if (isa<FloatType>(from) && isa<FloatType>(to)) {
    if (from.isBF16())
      return convert(fromBf16(x), to, false, false);
    if (to.isBF16())
      return toBf16(
          from.isF32() ? x : convert(x, builder.getF32Type(), false, false));
    if (from == to)
      return x;
    if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
      return make<arith::ExtFOp>(to, x);
    return make<arith::TruncFOp>(to, x);
  }
  if (auto integer = dyn_cast<IntegerType>(to); integer && isa<FloatType>(from))
    return floatToInteger(from.isBF16() ? fromBf16(x) : x, integer);
  zeroExtend |= from.isInteger(1);
  if (isa<FloatType>(to)) {
    Type via = to.getIntOrFloatBitWidth() == 16 ? builder.getF32Type() : to;
    Value wide = zeroExtend ? make<arith::UIToFPOp>(via, x)
                            : make<arith::SIToFPOp>(via, x);
    return convert(wide, to, false, false);
  }
  if (to.isInteger(1))
    return make<arith::CmpIOp>(arith::CmpIPredicate::ne, x, number(from, 0));
  unsigned before = from.getIntOrFloatBitWidth(),
           after = to.getIntOrFloatBitWidth();
  if (before == after)
    return x;
  if (before > after)
    return make<arith::TruncIOp>(to, x);
  return zeroExtend ? make<arith::ExtUIOp>(to, x) : make<arith::ExtSIOp>(to, x);
}

Value ElementBuilder::combine(ReduceKind kind, Value total, Value next) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(total));
  switch (kind) {
  case ReduceKind::Add:
    return isFloat ? make<arith::AddFOp>(total, next)
                   : make<arith::AddIOp>(total, next);
  case ReduceKind::Mul:
    return isFloat ? make<arith::MulFOp>(total, next)
                   : make<arith::MulIOp>(total, next);
  case ReduceKind::Max:
    return extremum(next, total, /*larger=*/true);
  case ReduceKind::Min:
    return extremum(next, total, /*larger=*/false);
  case ReduceKind::MaxNum:
    return largerNumber(total, next);
  }
  llvm_unreachable("a kind without a row");
}

Value ElementBuilder::neutral(ReduceKind kind, Type type) {
  if (kind == ReduceKind::Add || kind == ReduceKind::Mul)
    return number(type, kind == ReduceKind::Mul);
  bool low = kind != ReduceKind::Min;
  Type element = getElementTypeOrSelf(type);
  if (isa<FloatType>(element))
    return number(type, low ? -HUGE_VAL : HUGE_VAL);
  unsigned width = element.getIntOrFloatBitWidth();
  return integer(type, low ? APInt::getSignedMinValue(width)
                           : APInt::getSignedMaxValue(width));
}

// x - max(x), as in a softmax: at most 0, or NaN.
static bool isShiftedByMaximum(Value tile) {
  auto shifted = tile.getDefiningOp<SubFOp>();
  auto wide =
      shifted ? shifted.getRhs().getDefiningOp<BroadcastOp>() : BroadcastOp();
  auto largest = wide ? wide.getSource().getDefiningOp<ReduceOp>() : ReduceOp();
  return largest &&
         (largest.getKind() == ReduceKind::Max ||
          largest.getKind() == ReduceKind::MaxNum) &&
         largest.getSource() == shifted.getLhs();
}

// An element-wise op on elements of its operands; null if it is not one.
Value ElementBuilder::apply(Operation *op, ValueRange in) {
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](AddFOp) { return make<arith::AddFOp>(in[0], in[1]); })
      .Case([&](SubFOp) { return make<arith::SubFOp>(in[0], in[1]); })
      .Case([&](MulFOp) { return make<arith::MulFOp>(in[0], in[1]); })
      .Case([&](DivFOp) { return make<arith::DivFOp>(in[0], in[1]); })
      .Case([&](MaxFOp) { return extremum(in[0], in[1], true); })
      .Case([&](MinFOp) { return extremum(in[0], in[1], false); })
      .Case([&](PowOp) { return make<math::PowFOp>(in[0], in[1]); })
      .Case([&](AddIOp) { return make<arith::AddIOp>(in[0], in[1]); })
      .Case([&](SubIOp) { return make<arith::SubIOp>(in[0], in[1]); })
      .Case([&](MulIOp) { return make<arith::MulIOp>(in[0], in[1]); })
      .Case([&](DivIOp) { return divide(in[0], in[1]); })
      .Case([&](MaxIOp) { return extremum(in[0], in[1], true); })
      .Case([&](MinIOp) { return extremum(in[0], in[1], false); })
      .Case([&](AndIOp) { return make<arith::AndIOp>(in[0], in[1]); })
      .Case([&](OrIOp) { return make<arith::OrIOp>(in[0], in[1]); })
      .Case([&](XOrIOp) { return make<arith::XOrIOp>(in[0], in[1]); })
      .Case([&](NegFOp) { return make<arith::NegFOp>(in[0]); })
      .Case([&](AbsFOp) { return make<math::AbsFOp>(in[0]); })
      .Case([&](SqrtOp) { return make<math::SqrtOp>(in[0]); })
      .Case([&](ExpOp exp) {
        Value power = make<math::ExpOp>(in[0]);
        if (isShiftedByMaximum(exp.getSource()))
          power.getDefiningOp()->setAttr(nonPositiveAttr,
                                         builder.getUnitAttr());
        return power;
      })
      .Case([&](LogOp) { return make<math::LogOp>(in[0]); })
      .Case([&](SinOp) { return make<math::SinOp>(in[0]); })
      .Case([&](CosOp) { return make<math::CosOp>(in[0]); })
      .Case([&](TanhOp) { return make<math::TanhOp>(in[0]); })
      .Case([&](ErfOp) { return make<math::ErfOp>(in[0]); })
      .Case([&](FloorOp) { return make<math::FloorOp>(in[0]); })
      .Case([&](CeilOp) { return make<math::CeilOp>(in[0]); })
      .Case([&](CmpFOp cmp) {
        return make<arith::CmpFOp>(floatPredicate(cmp.getPredicate()), in[0],
                                   in[1]);
      })
      .Case([&](CmpIOp cmp) {
        return make<arith::CmpIOp>(integerPredicate(cmp.getPredicate()), in[0],
                                   in[1]);
      })
      .Case([&](SelectOp) { return choose(in[0], in[1], in[2]); })
      .Case([&](ConvertOp op) {
        return convert(in[0], tileType(op.getResult()).getElementType(),
                       op.getZeroExtend(), op.getToOdd());
      })
      .Default([](auto) { return Value(); });
}

} // namespace ferro::cpu
