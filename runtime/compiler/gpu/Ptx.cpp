#include "compiler/gpu/Ptx.h"

#include "compiler/cpu/Native.h"
#include "compiler/cpu/Passes.h"
#include "compiler/cpu/ScalarFunctions.h"
#include "compiler/cpu/ToLlvm.h"
#include "compiler/gpu/ThreadLowering.h"

#include "ferro/Error.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/JSON.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

extern "C" {
void LLVMInitializeNVPTXTargetInfo();
void LLVMInitializeNVPTXTarget();
void LLVMInitializeNVPTXTargetMC();
void LLVMInitializeNVPTXAsmPrinter();
}

using namespace mlir;

namespace ferro::gpu {

void lowerToThreads(ModuleOp module, const GpuTarget &target) {
  if (!module.getOps<tile::EntryOp>().empty())
    throw Error(Code::UnsupportedOp, "PTX",
                "graphs have no PTX yet; kernels of tile modules have");
  kernelsToThreads(module, target);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

static std::int64_t take(LLVM::LLVMFuncOp kernel, StringRef name) {
  std::int64_t value = kernel->getAttrOfType<IntegerAttr>(name).getInt();
  kernel->removeAttr(name);
  return value;
}

// One line that a launcher reads; docs/gpu.md has its fields.
static std::string describe(LLVM::LLVMFuncOp kernel, std::int64_t threads) {
  llvm::json::Array checks, globals;
  for (Attribute each : kernel->getAttrOfType<ArrayAttr>(checksAttr)) {
    auto parts = cast<ArrayAttr>(each);
    checks.push_back(
        llvm::json::Array{cast<StringAttr>(parts[0]).getValue().str(),
                          cast<StringAttr>(parts[1]).getValue().str()});
  }
  for (Attribute each : kernel->getAttrOfType<ArrayAttr>(globalsAttr))
    globals.push_back(cast<StringAttr>(each).getValue().str());
  kernel->removeAttr(checksAttr);
  kernel->removeAttr(globalsAttr);
  llvm::json::Object fields{
      {"kernel", kernel.getSymName().str()}, {"threads", threads},
      {"shared", take(kernel, sharedAttr)},  {"words", take(kernel, wordsAttr)},
      {"globals", std::move(globals)},       {"checks", std::move(checks)}};
  std::string line;
  llvm::raw_string_ostream(line)
      << "// ferro " << llvm::json::Value(std::move(fields)) << "\n";
  return line;
}

// The manifest; marks each kernel as one of PTX.
static std::string finishKernels(ModuleOp module) {
  std::string manifest;
  OpBuilder builder(module.getContext());
  for (auto kernel : module.getOps<LLVM::LLVMFuncOp>()) {
    if (!kernel->hasAttr(threadsAttr))
      continue;
    std::int64_t threads = take(kernel, threadsAttr);
    kernel.setCConv(LLVM::CConv::PTX_Kernel);
    auto pair = [&](StringRef name, const std::string &value) {
      return builder.getArrayAttr(
          {builder.getStringAttr(name), builder.getStringAttr(value)});
    };
    kernel.setPassthroughAttr(
        builder.getArrayAttr({pair("nvvm.reqntid", std::to_string(threads)),
                              builder.getStringAttr("convergent"),
                              builder.getStringAttr("nounwind")}));
    manifest += describe(kernel, threads);
  }
  return manifest;
}

//===----------------------------------------------------------------------===//
// The back end
//===----------------------------------------------------------------------===//

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeMachine(const GpuTarget &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  std::string reason;
  llvm::Triple triple{StringRef(gpuTriple)};
  const llvm::Target *found =
      llvm::TargetRegistry::lookupTarget(triple, reason);
  if (!found)
    return llvm::createStringError("no back end for PTX: " + reason);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(found->createTargetMachine(
      triple, StringRef(target.name), StringRef(target.version), options,
      std::nullopt, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

// What only the CPU's back end has a body for.
static llvm::Error requireDefined(const llvm::Module &code) {
  for (const llvm::Function &function : code)
    if (function.isDeclaration() && !function.isIntrinsic())
      return llvm::createStringError("PTX has no " + function.getName().str() +
                                     " yet");
  return llvm::Error::success();
}

// The tables of argument reductions, which are indexed as they are walked:
// left as vectors they would lie on each thread's stack.
static void placeTables(ModuleOp module) {
  llvm::MapVector<Attribute, LLVM::GlobalOp> tables;
  SmallVector<vector::ExtractOp> reads;
  module.walk([&](vector::ExtractOp op) {
    auto table = op.getSource().getDefiningOp<arith::ConstantOp>();
    if (table && op.getDynamicPosition().size() == 1 &&
        op.getSourceVectorType().getRank() == 1)
      reads.push_back(op);
  });
  Type pointer = LLVM::LLVMPointerType::get(module.getContext(), 4);
  for (vector::ExtractOp op : reads) {
    auto table = op.getSource().getDefiningOp<arith::ConstantOp>();
    VectorType type = op.getSourceVectorType();
    LLVM::GlobalOp &global = tables[table.getValue()];
    if (!global) {
      OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
      global = LLVM::GlobalOp::create(
          builder, op.getLoc(),
          LLVM::LLVMArrayType::get(type.getElementType(), type.getDimSize(0)),
          /*isConstant=*/true, LLVM::Linkage::Internal,
          "ferro_table_" + std::to_string(tables.size() - 1),
          cast<DenseElementsAttr>(table.getValue()), /*alignment=*/16,
          /*addrSpace=*/4);
    }
    OpBuilder builder(op);
    Location loc = op.getLoc();
    Value start = LLVM::AddressOfOp::create(builder, loc, global);
    Value index = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                             op.getDynamicPosition()[0]);
    Value at = LLVM::GEPOp::create(builder, loc, pointer, type.getElementType(),
                                   start, ArrayRef<LLVM::GEPArg>{index});
    op.replaceAllUsesWith(
        LLVM::LoadOp::create(builder, loc, type.getElementType(), at)
            .getResult());
    op.erase();
  }
}

llvm::Expected<std::string> emitPtx(ModuleOp module, const GpuTarget &target) {
  lowerToThreads(module, target);
  // Scalars: what the machine's vectors are does not matter.
  cpu::expandMath(module, cpu::CpuTarget{});
  placeTables(module);
  if (failed(cpu::toLlvm(module)))
    return llvm::createStringError(
        "the module has an op that LLVM cannot express");
  std::string manifest = finishKernels(module);
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(module, context, "ferro", true);
  if (!code)
    return llvm::createStringError(
        "the module could not be translated to LLVM IR");
  auto machine = makeMachine(target);
  if (!machine)
    return machine.takeError();
  code->setTargetTriple((*machine)->getTargetTriple());
  code->setDataLayout((*machine)->createDataLayout());
  if (llvm::Error error = requireDefined(*code))
    return std::move(error);
  cpu::optimize(*code, **machine);
  llvm::Expected<std::string> text = cpu::emitAssembly(*code, **machine);
  if (!text)
    return text.takeError();
  return manifest + *text;
}

} // namespace ferro::gpu
