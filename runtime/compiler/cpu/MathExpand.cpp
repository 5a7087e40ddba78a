// math-expand.
#include "compiler/cpu/Math.h"
#include "compiler/cpu/Passes.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ferro::cpu {

// The polynomial that stands for an op; null if the machine has the op itself.
static Value expanded(OpBuilder &builder, Operation *op, MathTarget target) {
  Location loc = op->getLoc();
  auto in = [&](unsigned i) { return op->getOperand(i); };
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) {
        return op->hasAttr(nonPositiveAttr)
                   ? emitExpNonPositive(builder, loc, in(0), target)
                   : emitExp(builder, loc, in(0), target);
      })
      .Case([&](math::LogOp) { return emitLog(builder, loc, in(0), target); })
      .Case([&](math::SinOp) { return emitSin(builder, loc, in(0), target); })
      .Case([&](math::CosOp) { return emitCos(builder, loc, in(0), target); })
      .Case([&](math::TanhOp) { return emitTanh(builder, loc, in(0), target); })
      .Case([&](math::ErfOp) { return emitErf(builder, loc, in(0), target); })
      .Case([&](math::AcosOp) { return emitAcos(builder, loc, in(0), target); })
      .Case([&](math::AsinOp) { return emitAsin(builder, loc, in(0), target); })
      .Case([&](math::AtanOp) { return emitAtan(builder, loc, in(0), target); })
      .Case([&](math::CbrtOp) { return emitCbrt(builder, loc, in(0), target); })
      .Case([&](math::CoshOp) { return emitCosh(builder, loc, in(0), target); })
      .Case([&](math::Exp2Op) { return emitExp2(builder, loc, in(0), target); })
      .Case(
          [&](math::ExpM1Op) { return emitExpm1(builder, loc, in(0), target); })
      .Case(
          [&](math::Log10Op) { return emitLog10(builder, loc, in(0), target); })
      .Case(
          [&](math::Log1pOp) { return emitLog1p(builder, loc, in(0), target); })
      .Case([&](math::Log2Op) { return emitLog2(builder, loc, in(0), target); })
      .Case(
          [&](math::RsqrtOp) { return emitRsqrt(builder, loc, in(0), target); })
      .Case([&](math::SinhOp) { return emitSinh(builder, loc, in(0), target); })
      .Case([&](math::TanOp) { return emitTan(builder, loc, in(0), target); })
      .Case(
          [&](math::Atan2Op) { return emitAtan2(builder, loc, in(0), in(1)); })
      .Case([&](math::PowFOp) { return emitPow(builder, loc, in(0), in(1)); })
      .Default([](auto) { return Value(); });
}

void expandMath(ModuleOp module, const CpuTarget &machine) {
  MathTarget target{machine.isAvx512()};
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (isa<math::MathDialect>(op->getDialect()))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    OpBuilder builder(op);
    if (Value value = expanded(builder, op, target)) {
      op->getResult(0).replaceAllUsesWith(value);
      op->erase();
    }
  }
}

} // namespace ferro::cpu
