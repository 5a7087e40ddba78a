// What neither `arith` nor `math` has: roundings in a direction and the exact
// remainder. Each is a call, for an element, of a function that
// ScalarFunctions.cpp makes.
#include "compiler/cpu/Elements.h"
#include "compiler/cpu/ScalarFunctions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

static std::string spelled(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

// `name` with the types of the operands and of the result.
Value ElementBuilder::callScalar(const std::string &name, ValueRange in,
                                 Type result) {
  std::string symbol = scalarPrefix.str() + name;
  for (Type type : in.getTypes())
    symbol += "." + spelled(type);
  symbol += "." + spelled(result);
  auto module =
      builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(symbol);
  if (!callee) {
    OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
    callee = LLVM::LLVMFuncOp::create(
        atEnd, loc, symbol,
        LLVM::LLVMFunctionType::get(result, llvm::to_vector(in.getTypes())));
  }
  return LLVM::CallOp::create(builder, loc, callee, in).getResult();
}

static std::string spelled(DirectedOp op) {
  return stringifyDirectedKind(op.getKind()).str() + "." +
         stringifyDirection(op.getDirection()).str();
}

// An f32 as a narrower format: to the nearest, and from there to the neighbour
// on the other side where that is the wrong one.
Value ElementBuilder::narrowed(Value x, Type element, Direction direction) {
  if (element.isF32())
    return x;
  bool isWord = isa<FloatTF32Type>(element);
  Type f32 = builder.getF32Type();
  Value nearest = convertElement(x, f32, element, false, false, false);
  Value back = convertElement(nearest, element, f32, false, false, false);
  Type bits = isWord                              ? builder.getI32Type()
              : isa<FloatType>(nearest.getType()) ? builder.getI16Type()
                                                  : builder.getI8Type();
  auto asBits = [&](Value value) {
    return value.getType() == bits ? value
                                   : Value(make<arith::BitcastOp>(bits, value));
  };
  auto compare = [&](arith::CmpFPredicate predicate, Value a, Value b) {
    return make<arith::CmpFOp>(predicate, a, b);
  };
  Value size = make<math::AbsFOp>(x), backSize = make<math::AbsFOp>(back);
  Value tooSmall = compare(arith::CmpFPredicate::OLT, backSize, size);
  Value tooLarge = compare(arith::CmpFPredicate::OGT, backSize, size);
  Value outward = make<arith::ConstantOp>(builder.getBoolAttr(false));
  if (direction != Direction::TowardZero)
    outward = compare(direction == Direction::Up ? arith::CmpFPredicate::OGT
                                                 : arith::CmpFPredicate::OLT,
                      x, number(f32, 0));
  Value word = asBits(nearest);
  // The formats that saturate have nothing beyond their largest number.
  if (isPattern(element) && !isWord) {
    auto type = cast<FloatType>(element);
    double largest =
        llvm::APFloat::getLargest(type.getFloatSemantics()).convertToDouble();
    Value isLast =
        compare(arith::CmpFPredicate::OGE, backSize, number(f32, largest));
    tooSmall = make<arith::AndIOp>(
        tooSmall, make<arith::XOrIOp>(isLast, make<arith::ConstantOp>(
                                                  builder.getBoolAttr(true))));
  }
  double unit = isWord ? 1 << 13 : 1;
  Value away = make<arith::AndIOp>(tooSmall, outward);
  Value toward = make<arith::AndIOp>(
      tooLarge, make<arith::XOrIOp>(outward, make<arith::ConstantOp>(
                                                 builder.getBoolAttr(true))));
  Value step = choose(away, number(bits, unit),
                      choose(toward, number(bits, -unit), number(bits, 0)));
  word = make<arith::AddIOp>(word, step);
  return word.getType() == nearest.getType()
             ? word
             : Value(make<arith::BitcastOp>(nearest.getType(), word));
}

// Rounding twice in one direction is rounding once.
Value ElementBuilder::directed(DirectedOp op, ValueRange in) {
  Type f32 = builder.getF32Type(), f64 = builder.getF64Type();
  Type to = tileType(op.getResult()).getElementType();
  std::string name = spelled(op);
  if (op.getKind() != DirectedKind::Convert) {
    if (to.isF32() || to.isF64())
      return callScalar(name, in, to);
    SmallVector<Value> wide;
    for (Value each : in)
      wide.push_back(convert(each, f32, false, false));
    return narrowed(callScalar(name, wide, f32), to, op.getDirection());
  }
  Value x = in[0];
  Type from = tileType(op.getSources()[0]).getElementType();
  if (isPattern(from)) {
    x = decode(x, from);
    from = x.getType();
  }
  if (isa<IntegerType>(from)) {
    x = convert(x, builder.getI64Type(), op.getZeroExtend(), false);
    x = callScalar(op.getZeroExtend() ? "u" + name : name, {x}, f64);
  } else if (!from.isF64()) {
    x = convert(x, f32, false, false);
  }
  if (to.isF64())
    return convert(x, f64, false, false);
  if (x.getType().isF64())
    x = callScalar(name, {x}, f32);
  return narrowed(x, to, op.getDirection());
}

} // namespace ferro::cpu
