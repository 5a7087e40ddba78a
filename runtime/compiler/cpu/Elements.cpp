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

static arith::CmpIPredicate unsignedPredicate(Predicate predicate) {
  switch (predicate) {
  case Predicate::Less:
    return arith::CmpIPredicate::ult;
  case Predicate::LessEqual:
    return arith::CmpIPredicate::ule;
  case Predicate::Greater:
    return arith::CmpIPredicate::ugt;
  case Predicate::GreaterEqual:
    return arith::CmpIPredicate::uge;
  default:
    return integerPredicate(predicate);
  }
}

static TypedAttr everywhere(Type type, TypedAttr number) {
  if (auto vector = dyn_cast<VectorType>(type))
    return DenseElementsAttr::get(vector, Attribute(number));
  return number;
}

Value ElementBuilder::number(Type type, double value) {
  type = registerType(type); // of a pattern that is 0
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

// -0 is below 0, as everywhere in IEEE 754's operations of this name.
Value ElementBuilder::strictExtremum(Value a, Value b, bool larger,
                                     bool propagatesNan) {
  Value result = larger ? Value(make<arith::MaximumFOp>(a, b))
                        : Value(make<arith::MinimumFOp>(a, b));
  if (propagatesNan)
    return result;
  auto isNan = [&](Value x) {
    return make<arith::CmpFOp>(arith::CmpFPredicate::UNO, x, x);
  };
  return choose(isNan(a), b, choose(isNan(b), a, result));
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

Value ElementBuilder::divideUnsigned(Value a, Value b) {
  Type type = a.getType();
  Value zero = number(type, 0);
  Value byZero = make<arith::CmpIOp>(arith::CmpIPredicate::eq, b, zero);
  Value safe = choose(byZero, number(type, 1), b);
  return choose(byZero, zero, make<arith::DivUIOp>(a, safe));
}

// a where b is zero: a - (a / b) * b.
Value ElementBuilder::remainder(Value a, Value b, bool isSigned) {
  Value quotient = isSigned ? divide(a, b) : divideUnsigned(a, b);
  return make<arith::SubIOp>(a, make<arith::MulIOp>(quotient, b));
}

// Down or up instead of toward zero: one off where something is left over and
// the quotient lies on the other side.
Value ElementBuilder::divideRounded(Value a, Value b, bool up, bool isSigned) {
  Type type = a.getType();
  Value zero = number(type, 0);
  Value quotient = isSigned ? divide(a, b) : divideUnsigned(a, b);
  Value left = make<arith::SubIOp>(a, make<arith::MulIOp>(quotient, b));
  Value moves = make<arith::CmpIOp>(arith::CmpIPredicate::ne, left, zero);
  if (isSigned) {
    Value signs = make<arith::XOrIOp>(a, b);
    Value onOtherSide = make<arith::CmpIOp>(up ? arith::CmpIPredicate::sge
                                               : arith::CmpIPredicate::slt,
                                            signs, zero);
    moves = make<arith::AndIOp>(moves, onOtherSide);
  }
  Value byZero = make<arith::CmpIOp>(arith::CmpIPredicate::eq, b, zero);
  Value moved = make<arith::AddIOp>(quotient, number(type, up ? 1 : -1));
  return choose(byZero, zero, choose(moves, moved, quotient));
}

Value ElementBuilder::highProduct(Value a, Value b) {
  Type type = a.getType();
  unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  Type wide = builder.getIntegerType(2 * width);
  if (auto vector = dyn_cast<VectorType>(type))
    wide = VectorType::get(vector.getShape(), wide);
  Value product = make<arith::MulIOp>(make<arith::ExtUIOp>(wide, a),
                                      make<arith::ExtUIOp>(wide, b));
  Value high = make<arith::ShRUIOp>(product, number(wide, width));
  return make<arith::TruncIOp>(type, high);
}

template <typename Shift>
Value ElementBuilder::shift(Value x, Value amount, Value beyond) {
  Type type = x.getType();
  unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  Value inside = make<arith::CmpIOp>(arith::CmpIPredicate::ult, amount,
                                     number(type, width));
  Value safe = choose(inside, amount, number(type, 0));
  return choose(inside, make<Shift>(x, safe), beyond);
}

Value ElementBuilder::floatToInteger(Value x, Type to, bool isUnsigned) {
  Type from = x.getType();
  unsigned width = getElementTypeOrSelf(to).getIntOrFloatBitWidth();
  if (width == 1)
    return make<arith::CmpFOp>(arith::CmpFPredicate::UNE, x, number(from, 0));
  if (isUnsigned) {
    double limit = std::ldexp(1.0, static_cast<int>(width));
    Value result = make<arith::FPToUIOp>(to, x);
    Value tooLarge =
        make<arith::CmpFOp>(arith::CmpFPredicate::OGE, x, number(from, limit));
    // Also of NaN.
    Value isPositive =
        make<arith::CmpFOp>(arith::CmpFPredicate::OGT, x, number(from, 0));
    result = choose(tooLarge, integer(to, APInt::getMaxValue(width)), result);
    return choose(isPositive, result, number(to, 0));
  }
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
    if (to.isBF16() && !from.isF64())
      return toBf16(
          from.isF32() ? x : convert(x, builder.getF32Type(), false, false));
    if (from == to)
      return x;
    if (from.isF64() && to.getIntOrFloatBitWidth() == 16) // rounded once
      return convert(toOdd(x), to, false, false);
    if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
      return make<arith::ExtFOp>(to, x);
    return make<arith::TruncFOp>(to, x);
  }
  if (auto integer = dyn_cast<IntegerType>(to);
      integer && isa<FloatType>(from)) {
    bool isNarrow = from.getIntOrFloatBitWidth() == 16; // 2^64 is no f16
    return floatToInteger(
        isNarrow ? convert(x, builder.getF32Type(), false, false) : x, integer,
        zeroExtend);
  }
  zeroExtend |= from.isInteger(1);
  if (isa<FloatType>(to)) {
    // By way of a type that holds every integer of the width, or one that the
    // rounding to 16 bits cannot tell from the integer.
    bool isNarrow = to.getIntOrFloatBitWidth() == 16;
    Type via = !isNarrow                           ? to
               : from.getIntOrFloatBitWidth() < 24 ? builder.getF32Type()
                                                   : builder.getF64Type();
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
  case ReduceKind::MaximumNumber:
  case ReduceKind::MinimumNumber:
    return strictExtremum(total, next, kind == ReduceKind::MaximumNumber,
                          /*propagatesNan=*/false);
  case ReduceKind::MaxU:
    return make<arith::MaxUIOp>(total, next);
  case ReduceKind::MinU:
    return make<arith::MinUIOp>(total, next);
  case ReduceKind::And:
    return make<arith::AndIOp>(total, next);
  case ReduceKind::Or:
    return make<arith::OrIOp>(total, next);
  case ReduceKind::Xor:
    return make<arith::XOrIOp>(total, next);
  }
  llvm_unreachable("a kind without a row");
}

Value ElementBuilder::neutral(ReduceKind kind, Type type) {
  switch (kind) {
  case ReduceKind::Mul:
    return number(type, 1);
  case ReduceKind::Add:
  case ReduceKind::Or:
  case ReduceKind::Xor:
  case ReduceKind::MaxU:
    return number(type, 0);
  case ReduceKind::And:
  case ReduceKind::MinU:
    return number(type, -1);
  default:
    break;
  }
  bool low = kind != ReduceKind::Min && kind != ReduceKind::MinimumNumber;
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

// The product is exact in f64; what the sum loses there is kept in its last
// bit, so that the rounding to 16 bits is the only one.
Value ElementBuilder::narrowFma(ValueRange in, Type to) {
  Type f64 = builder.getF64Type(), i64 = builder.getI64Type();
  auto wide = [&](Value x) { return convert(x, f64, false, false); };
  Value product = make<arith::MulFOp>(wide(in[0]), wide(in[1]));
  Value addend = wide(in[2]);
  Value sum = make<arith::AddFOp>(product, addend);
  // Source: Knuth, The Art of Computer Programming 2, 4.2.2, theorem B.
  Value back = make<arith::SubFOp>(sum, product);
  Value lost = make<arith::AddFOp>(
      make<arith::SubFOp>(product, make<arith::SubFOp>(sum, back)),
      make<arith::SubFOp>(addend, back));
  Value bits = make<arith::BitcastOp>(i64, sum);
  Value isOdd = make<arith::CmpIOp>(arith::CmpIPredicate::ne,
                                    make<arith::AndIOp>(bits, number(i64, 1)),
                                    number(i64, 0));
  Value isExact =
      make<arith::CmpFOp>(arith::CmpFPredicate::UEQ, lost, number(f64, 0));
  // Of the two neighbours of an even sum that of the lost part's side.
  Value lostBits = make<arith::BitcastOp>(i64, lost);
  Value isInward =
      make<arith::CmpIOp>(arith::CmpIPredicate::slt,
                          make<arith::XOrIOp>(bits, lostBits), number(i64, 0));
  Value moved = make<arith::AddIOp>(
      bits, choose(isInward, number(i64, -1), number(i64, 1)));
  Value odd = choose(make<arith::OrIOp>(isOdd, isExact), bits, moved);
  return convert(make<arith::BitcastOp>(f64, odd), to, false, false);
}

// f16 and bf16 are computed in f32 and rounded: of one sum, product, quotient
// or root the result is the same as if rounded once, for f32 has more than
// twice their digits.
Value ElementBuilder::applyNarrow(Operation *op, ValueRange in) {
  if (isa<FmaOp>(op))
    return narrowFma(in, tileType(op->getResult(0)).getElementType());
  SmallVector<Value> wide;
  for (Value operand : in)
    wide.push_back(isa<FloatType>(operand.getType())
                       ? convert(operand, builder.getF32Type(), false, false)
                       : operand);
  Value result = applyFloat(op, wide);
  if (!result || !isa<FloatType>(result.getType()))
    return result;
  return convert(result, tileType(op->getResult(0)).getElementType(), false,
                 false);
}

Value ElementBuilder::applyFloat(Operation *op, ValueRange in) {
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](AddFOp) { return make<arith::AddFOp>(in[0], in[1]); })
      .Case([&](SubFOp) { return make<arith::SubFOp>(in[0], in[1]); })
      .Case([&](MulFOp) { return make<arith::MulFOp>(in[0], in[1]); })
      .Case([&](DivFOp) { return make<arith::DivFOp>(in[0], in[1]); })
      .Case([&](FmaOp) { return make<math::FmaOp>(in[0], in[1], in[2]); })
      .Case([&](RemFOp) { return callScalar("rem", in, in[0].getType()); })
      .Case([&](MaxFOp) { return extremum(in[0], in[1], true); })
      .Case([&](MinFOp) { return extremum(in[0], in[1], false); })
      .Case(
          [&](MaximumFOp) { return strictExtremum(in[0], in[1], true, true); })
      .Case(
          [&](MinimumFOp) { return strictExtremum(in[0], in[1], false, true); })
      .Case(
          [&](MaxNumFOp) { return strictExtremum(in[0], in[1], true, false); })
      .Case(
          [&](MinNumFOp) { return strictExtremum(in[0], in[1], false, false); })
      .Case([&](CopySignOp) { return make<math::CopySignOp>(in[0], in[1]); })
      .Case([&](Atan2Op) { return make<math::Atan2Op>(in[0], in[1]); })
      .Case([&](PowOp) { return make<math::PowFOp>(in[0], in[1]); })
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
      .Case([&](AcosOp) { return make<math::AcosOp>(in[0]); })
      .Case([&](AsinOp) { return make<math::AsinOp>(in[0]); })
      .Case([&](AtanOp) { return make<math::AtanOp>(in[0]); })
      .Case([&](CbrtOp) { return make<math::CbrtOp>(in[0]); })
      .Case([&](CoshOp) { return make<math::CoshOp>(in[0]); })
      .Case([&](Exp2Op) { return make<math::Exp2Op>(in[0]); })
      .Case([&](Expm1Op) { return make<math::ExpM1Op>(in[0]); })
      .Case([&](Log10Op) { return make<math::Log10Op>(in[0]); })
      .Case([&](Log1pOp) { return make<math::Log1pOp>(in[0]); })
      .Case([&](Log2Op) { return make<math::Log2Op>(in[0]); })
      .Case([&](RsqrtOp) { return make<math::RsqrtOp>(in[0]); })
      .Case([&](SinhOp) { return make<math::SinhOp>(in[0]); })
      .Case([&](TanOp) { return make<math::TanOp>(in[0]); })
      .Case([&](FloorOp) { return make<math::FloorOp>(in[0]); })
      .Case([&](CeilOp) { return make<math::CeilOp>(in[0]); })
      .Case([&](RintOp) { return make<math::RoundEvenOp>(in[0]); })
      .Case([&](RoundOp) { return make<math::RoundOp>(in[0]); })
      .Case([&](TruncOp) { return make<math::TruncOp>(in[0]); })
      .Case([&](CmpFOp cmp) {
        return make<arith::CmpFOp>(floatPredicate(cmp.getPredicate()), in[0],
                                   in[1]);
      })
      .Default([](auto) { return Value(); });
}

Value ElementBuilder::applyInteger(Operation *op, ValueRange in) {
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](AddIOp) { return make<arith::AddIOp>(in[0], in[1]); })
      .Case([&](SubIOp) { return make<arith::SubIOp>(in[0], in[1]); })
      .Case([&](MulIOp) { return make<arith::MulIOp>(in[0], in[1]); })
      .Case([&](DivIOp) { return divide(in[0], in[1]); })
      .Case([&](DivUIOp) { return divideUnsigned(in[0], in[1]); })
      .Case(
          [&](FloorDivIOp) { return divideRounded(in[0], in[1], false, true); })
      .Case([&](CeilDivIOp) { return divideRounded(in[0], in[1], true, true); })
      .Case(
          [&](CeilDivUIOp) { return divideRounded(in[0], in[1], true, false); })
      .Case([&](RemIOp) { return remainder(in[0], in[1], true); })
      .Case([&](RemUIOp) { return remainder(in[0], in[1], false); })
      .Case([&](MulHiIOp) { return highProduct(in[0], in[1]); })
      .Case([&](MaxIOp) { return extremum(in[0], in[1], true); })
      .Case([&](MinIOp) { return extremum(in[0], in[1], false); })
      .Case([&](MaxUIOp) { return make<arith::MaxUIOp>(in[0], in[1]); })
      .Case([&](MinUIOp) { return make<arith::MinUIOp>(in[0], in[1]); })
      .Case([&](AndIOp) { return make<arith::AndIOp>(in[0], in[1]); })
      .Case([&](OrIOp) { return make<arith::OrIOp>(in[0], in[1]); })
      .Case([&](XOrIOp) { return make<arith::XOrIOp>(in[0], in[1]); })
      .Case([&](ShLIOp) {
        return shift<arith::ShLIOp>(in[0], in[1], number(in[0].getType(), 0));
      })
      .Case([&](ShRUIOp) {
        return shift<arith::ShRUIOp>(in[0], in[1], number(in[0].getType(), 0));
      })
      .Case([&](ShRSIOp) {
        Type type = in[0].getType();
        unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
        Value sign = make<arith::ShRSIOp>(in[0], number(type, width - 1));
        return shift<arith::ShRSIOp>(in[0], in[1], sign);
      })
      .Case([&](CmpIOp cmp) {
        return make<arith::CmpIOp>(integerPredicate(cmp.getPredicate()), in[0],
                                   in[1]);
      })
      .Case([&](CmpUIOp cmp) {
        return make<arith::CmpIOp>(unsignedPredicate(cmp.getPredicate()), in[0],
                                   in[1]);
      })
      .Default([](auto) { return Value(); });
}

Value ElementBuilder::apply(Operation *op, ValueRange in) {
  if (isa<SelectOp>(op))
    return choose(in[0], in[1], in[2]);
  if (auto conversion = dyn_cast<ConvertOp>(op))
    return convertElement(in[0],
                          tileType(conversion.getSource()).getElementType(),
                          tileType(conversion.getResult()).getElementType(),
                          conversion.getZeroExtend(), conversion.getToOdd(),
                          conversion.getTowardZero());
  if (auto rounded = dyn_cast<DirectedOp>(op))
    return directed(rounded, in);
  if (auto cast = dyn_cast<BitcastOp>(op)) {
    Type to = registerType(tileType(cast.getResult()).getElementType());
    return to == in[0].getType() ? in[0] : make<arith::BitcastOp>(to, in[0]);
  }
  if (in.empty() || !isa<FloatType>(getElementTypeOrSelf(in[0])))
    return applyInteger(op, in);
  bool isNarrow = isa<FloatType>(in[0].getType()) &&
                  in[0].getType().getIntOrFloatBitWidth() == 16;
  return isNarrow ? applyNarrow(op, in) : applyFloat(op, in);
}

LLVM::AtomicBinOp atomicOf(AtomicRmwOp op) {
  using B = LLVM::AtomicBinOp;
  bool isFloat = isa<FloatType>(op.getType().getElementType());
  switch (op.getKind()) {
  case AtomicKind::Add:
    return isFloat ? B::fadd : B::add;
  case AtomicKind::And:
    return B::_and;
  case AtomicKind::Or:
    return B::_or;
  case AtomicKind::Xor:
    return B::_xor;
  case AtomicKind::Min:
    return op.getZeroExtend() ? B::umin : B::min;
  case AtomicKind::Max:
    return op.getZeroExtend() ? B::umax : B::max;
  case AtomicKind::Exchange:
    return B::xchg;
  }
  llvm_unreachable("an atomic without a row");
}

} // namespace ferro::cpu
