#include "compiler/Pipeline.h"

#include "compiler/Compile.h"
#include "compiler/cpu/DebugLines.h"
#include "compiler/cpu/Link.h"
#include "compiler/cpu/Native.h"
#include "compiler/cpu/Passes.h"
#include "compiler/cpu/ToLlvm.h"
#include "compiler/gpu/GpuTarget.h"
#include "compiler/gpu/Ptx.h"
#include "compiler/tile/Tile.h"
#include "compiler/transforms/Canonicalize.h"
#include "compiler/transforms/PlaceChecks.h"

#include "ferro/Error.h"
#include "support/Environment.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Target/TargetMachine.h"

#include <algorithm>
#include <ctime>

using namespace mlir;
using ferro::artifact::Stage;

namespace ferro {

//===----------------------------------------------------------------------===//
// The target
//===----------------------------------------------------------------------===//

static bool hasFeature(const artifact::Target &target,
                       std::string_view feature) {
  return std::find(target.features.begin(), target.features.end(), feature) !=
         target.features.end();
}

static cpu::CpuTarget cpuTargetOf(const artifact::Target &target) {
  if (target.triple == gpu::gpuTriple)
    return {};
  for (std::string_view needed : {"+avx2", "+fma", "+f16c"})
    if (!hasFeature(target, needed))
      throw Error(Code::UnsupportedOp, "target",
                  "feature " + std::string(needed) +
                      " is missing; native code needs avx2, fma and f16c");
  cpu::CpuTarget result;
  result.vectorBytes = hasFeature(target, "+avx512f") ? 64 : 32;
  result.masks =
      hasFeature(target, "+avx512bw") && hasFeature(target, "+avx512vl");
  result.halves = true;
  return result;
}

//===----------------------------------------------------------------------===//
// The stages
//===----------------------------------------------------------------------===//

void registerDialects(MLIRContext &context) {
  DialectRegistry registry;
  registry.insert<tile::TileDialect, arith::ArithDialect,
                  cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect,
                  math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                  ub::UBDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  context.disableMultithreading();
}

static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

static void requireValid(ModuleOp module, const char *stage) {
#ifndef NDEBUG
  constexpr bool always = true;
#else
  constexpr bool always = false;
#endif
  if ((always || !support::environment(support::Variable::Verify).empty()) &&
      failed(verify(module)))
    llvm::report_fatal_error(llvm::Twine("the module is not valid after ") +
                             stage);
}

StepTimes::StepTimes()
    : wanted(!support::environment(support::Variable::CompilerTimes).empty()),
      last(now()) {}

double StepTimes::now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 +
         static_cast<double>(time.tv_nsec) / 1e6;
}

void StepTimes::done(const char *step) {
  if (!wanted)
    return;
  double current = now();
  llvm::errs() << llvm::format("%8.2f ms  %s\n", current - last, step);
  last = current;
}

//===----------------------------------------------------------------------===//
// The steps
//===----------------------------------------------------------------------===//

Pipeline::Pipeline(const artifact::Target &target, Stage stage)
    : target(target), stage(stage), cpuTarget(cpuTargetOf(target)),
      context(MLIRContext::Threading::DISABLED) {
  registerDialects(context);
  times.done("load dialects");
}

bool Pipeline::shows(Stage wanted, ModuleOp module) {
  if (stage != wanted)
    return false;
  text = print(module);
  return true;
}

llvm::Error Pipeline::run(ModuleOp module) {
  transforms::canonicalize(module);
  times.done("tile-canonicalize");
  requireValid(module, "tile-canonicalize");
  if (std::string error = transforms::placeChecks(
          module, static_cast<transforms::CheckPlaces>(checks));
      !error.empty())
    return llvm::createStringError(error);
  if (stage == Stage::Checks) {
    text = transforms::describeChecks(module);
    return llvm::Error::success();
  }
  if (!module.getOps<tile::KernelOp>().empty())
    transforms::canonicalize(module);
  times.done("place-checks");
  requireValid(module, "place-checks");
  if (shows(Stage::Tile, module))
    return llvm::Error::success();
  if (target.triple == gpu::gpuTriple)
    return runForGpu(module);
  cpu::kernelsToLoops(module, cpuTarget);
  cpu::tileToLoops(module, cpuTarget);
  addWorkspaces(module);
  times.done("tile-to-loops");
  requireValid(module, "tile-to-loops");
  if (shows(Stage::Loops, module))
    return llvm::Error::success();
  cpu::overlapStores(module);
  times.done("overlap-stores");
  requireValid(module, "overlap-stores");
  cpu::vectorize(module, cpuTarget);
  times.done("vectorize");
  requireValid(module, "vectorize");
  if (shows(Stage::Vector, module))
    return llvm::Error::success();
  cpu::expandMath(module, cpuTarget);
  cpu::placeScratch(module);
  times.done("math-expand");
  requireValid(module, "math-expand");
  if (failed(cpu::toLlvm(module)))
    return llvm::createStringError(
        "the module has an op that LLVM cannot express");
  std::vector<std::string> symbols;
  for (const artifact::Kernel &kernel : response.kernels)
    symbols.push_back(kernel.symbol);
  cpu::addKernels(module, symbols);
  cpu::keepLines(module);
  times.done("to LLVM dialect");
  requireValid(module, "parallelize");
  return emit(module);
}

llvm::Error Pipeline::runForGpu(ModuleOp module) {
  const gpu::GpuTarget *found = gpu::findGpuTarget(target.cpu);
  if (!found)
    throw Error(Code::InvalidArgument, "target",
                "there is no PTX for " + target.cpu);
  if (stage == Stage::Loops) {
    gpu::lowerToThreads(module, *found);
    text = print(module);
    return llvm::Error::success();
  }
  if (stage != Stage::Asm)
    throw Error(Code::InvalidArgument, "target",
                "a GPU has the stages tile, loops and ptx");
  auto ptx = gpu::emitPtx(module, *found);
  if (!ptx)
    return ptx.takeError();
  text = std::move(*ptx);
  times.done("PTX");
  return llvm::Error::success();
}

// What the CPU's own plans need on top of the schedules' partial results.
void Pipeline::addWorkspaces(ModuleOp module) {
  for (auto stage : module.getOps<func::FuncOp>())
    for (artifact::Kernel &kernel : response.kernels)
      if (auto bytes = stage->getAttrOfType<IntegerAttr>(cpu::workspaceAttr);
          bytes &&
          stage->getAttrOfType<StringAttr>(cpu::kernelAttr) == kernel.symbol)
        kernel.workspace = std::max(kernel.workspace,
                                    static_cast<std::uint64_t>(bytes.getInt()));
}

llvm::Error Pipeline::emit(ModuleOp module) {
  llvm::LLVMContext llvmContext;
  auto machine = cpu::makeTargetMachine(target);
  if (!machine)
    return machine.takeError();
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(module, llvmContext, "ferro", true);
  if (!code)
    return llvm::createStringError(
        "the module could not be translated to LLVM IR");
  cpu::prepare(*code, **machine);
  times.done("to LLVM IR");
  cpu::optimize(*code, **machine);
  times.done("optimize");
  if (stage == Stage::Llvm) {
    llvm::raw_string_ostream(text) << *code;
    return llvm::Error::success();
  }
  if (stage == Stage::Asm) {
    llvm::Expected<std::string> assembly = cpu::emitAssembly(*code, **machine);
    if (!assembly)
      return assembly.takeError();
    text = std::move(*assembly);
    return llvm::Error::success();
  }
  auto object = cpu::emitObject(*code, **machine);
  if (!object)
    return object.takeError();
  times.done("emit object");
  auto linked = cpu::linkShared(*object);
  times.done("link (this thread)");
  if (!linked)
    return linked.takeError();
  response.object = std::move(*linked);
  return llvm::Error::success();
}

} // namespace ferro
