#include "MathKernels.h"

#include "compiler/cpu/Math.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;

namespace ferro::test {

static Value emitNamed(std::string_view name, OpBuilder &builder, Location loc,
                       Value x, Value y, cpu::MathTarget target) {
  if (name == "pow")
    return cpu::emitPow(builder, loc, x, y);
  auto emitter = cpu::emitErf;
  if (name == "exp")
    emitter = cpu::emitExp;
  if (name == "exp-")
    emitter = cpu::emitExpNonPositive;
  if (name == "log")
    emitter = cpu::emitLog;
  if (name == "sin")
    emitter = cpu::emitSin;
  if (name == "cos")
    emitter = cpu::emitCos;
  if (name == "tanh")
    emitter = cpu::emitTanh;
#define FERRO_DERIVED(Name, spelling, Op)                                      \
  if (name == #spelling)                                                       \
    emitter = cpu::emit##Name;
#include "compiler/cpu/MathDerived.def"
  return emitter(builder, loc, x, target);
}

MathKernel compileMath(const Machine &machine, std::string_view name, bool wide,
                       std::int64_t lanes) {
  auto build = [&](OpBuilder &builder) {
    ImplicitLocOpBuilder emit(builder.getUnknownLoc(), builder);
    Type element = wide ? Type(emit.getF64Type()) : emit.getF32Type();
    Type type = lanes > 1 ? Type(VectorType::get({lanes}, element)) : element;
    Type pointer = LLVM::LLVMPointerType::get(emit.getContext());
    Type i64 = emit.getI64Type();
    auto function = func::FuncOp::create(
        emit, "run",
        emit.getFunctionType({pointer, pointer, pointer, i64}, {}));
    emit.setInsertionPointToStart(function.addEntryBlock());
    auto number = [&](std::int64_t value) {
      return arith::ConstantOp::create(emit, emit.getI64IntegerAttr(value));
    };
    auto loop = scf::ForOp::create(emit, number(0), function.getArgument(3),
                                   number(lanes));
    func::ReturnOp::create(emit);
    emit.setInsertionPointToStart(loop.getBody());
    auto at = [&](unsigned argument) {
      return LLVM::GEPOp::create(
          emit, pointer, element, function.getArgument(argument),
          ArrayRef<LLVM::GEPArg>{loop.getInductionVar()});
    };
    unsigned alignment = wide ? 8 : 4;
    Value x = LLVM::LoadOp::create(emit, type, at(0), alignment);
    Value y = LLVM::LoadOp::create(emit, type, at(1), alignment);
    Value result =
        emitNamed(name, emit, emit.getLoc(), x, y, {machine.target.isAvx512()});
    LLVM::StoreOp::create(emit, result, at(2), alignment);
  };
  MathKernel kernel{std::make_unique<NativeModule>(machine, build), nullptr};
  kernel.run = reinterpret_cast<decltype(kernel.run)>(kernel.code->find("run"));
  return kernel;
}

} // namespace ferro::test
