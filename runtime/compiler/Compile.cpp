// From a request to native code, behind the C ABI.
#include "compiler/Compile.h"

#include "compiler/Abi.h"
#include "compiler/Guard.h"
#include "compiler/cpu/Link.h"
#include "compiler/cpu/Native.h"
#include "compiler/cpu/Passes.h"
#include "compiler/cpu/ToLlvm.h"
#include "compiler/fromGraph/GraphToTile.h"
#include "compiler/tile/Tile.h"
#include "compiler/transforms/Canonicalize.h"

#include "artifact/Request.h"
#include "ferro/Error.h"

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
#include "support/Environment.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Target/TargetMachine.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <new>
#include <thread>

using namespace mlir;
using ferro::artifact::CompileRequest;
using ferro::artifact::CompileResponse;
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

static cpu::CpuTarget cpuTarget(const artifact::Target &target) {
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

static fromGraph::Machine machineOf(const cpu::CpuTarget &target) {
  fromGraph::Machine machine;
  machine.lanes = target.lanes();
  machine.productTile = [](std::int64_t m, std::int64_t n, std::int64_t k,
                           std::int64_t) {
    return fromGraph::ProductTile{std::min<std::int64_t>(m, 64),
                                  std::min<std::int64_t>(n, 64),
                                  std::min<std::int64_t>(k, 64)};
  };
  return machine;
}

// With FERRO_COMPILER_TIMES set, says on standard error what each step took:
// CPU time of the compiling thread, which a busy machine does not distort.
struct StepTimes {
  bool wanted = !support::environment(support::Variable::CompilerTimes).empty();
  double last = now();

  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 +
           static_cast<double>(time.tv_nsec) / 1e6;
  }
  void done(const char *step) {
    if (!wanted)
      return;
    double current = now();
    llvm::errs() << llvm::format("%8.2f ms  %s\n", current - last, step);
    last = current;
  }
};

// One request on its way down.
struct Compilation {
  const CompileRequest &request;
  CompileResponse response;
  std::string text; // of the stage asked for
  StepTimes times;
  MLIRContext context;

  explicit Compilation(const CompileRequest &request)
      : request(request), context(MLIRContext::Threading::DISABLED) {
    registerDialects(context);
    times.done("load dialects");
  }

  // Whether the request wants to see the module as it is now.
  bool shows(Stage stage, ModuleOp module) {
    if (request.stage != stage)
      return false;
    text = print(module);
    return true;
  }

  llvm::Error run() {
    cpu::CpuTarget target = cpuTarget(request.target);
    OwningOpRef<ModuleOp> owner = ModuleOp::create(UnknownLoc::get(&context));
    ModuleOp module = *owner;
    std::vector<std::string> symbols;
    for (const graph::Node &node : request.graph.nodes) {
      if (node.op != graph::OpKind::Fused)
        continue;
      std::string symbol = "ferro_kernel_" + std::to_string(symbols.size());
      std::uint64_t workspace =
          fromGraph::graphToTile(node, symbol, module, machineOf(target));
      symbols.push_back(symbol);
      response.kernels.push_back({symbol, workspace});
    }
    times.done("graph to tile");
    transforms::canonicalize(module);
    times.done("tile-canonicalize");
    requireValid(module, "tile-canonicalize");
    if (shows(Stage::Tile, module))
      return llvm::Error::success();
    cpu::tileToLoops(module, target);
    addWorkspaces(module);
    times.done("tile-to-loops");
    requireValid(module, "tile-to-loops");
    if (shows(Stage::Loops, module))
      return llvm::Error::success();
    cpu::overlapStores(module);
    times.done("overlap-stores");
    requireValid(module, "overlap-stores");
    cpu::vectorize(module, target);
    times.done("vectorize");
    requireValid(module, "vectorize");
    if (shows(Stage::Vector, module))
      return llvm::Error::success();
    cpu::expandMath(module, target);
    cpu::placeScratch(module);
    times.done("math-expand");
    requireValid(module, "math-expand");
    if (failed(cpu::toLlvm(module)))
      return llvm::createStringError(
          "the module has an op that LLVM cannot express");
    cpu::addKernels(module, symbols);
    times.done("to LLVM dialect");
    requireValid(module, "parallelize");
    return emit(module);
  }

  // What the CPU's own plans need on top of the schedules' partial results.
  void addWorkspaces(ModuleOp module) {
    for (auto stage : module.getOps<func::FuncOp>())
      for (artifact::Kernel &kernel : response.kernels)
        if (auto bytes = stage->getAttrOfType<IntegerAttr>(cpu::workspaceAttr);
            bytes &&
            stage->getAttrOfType<StringAttr>(cpu::kernelAttr) == kernel.symbol)
          kernel.workspace = std::max(
              kernel.workspace, static_cast<std::uint64_t>(bytes.getInt()));
  }

  llvm::Error emit(ModuleOp module) {
    llvm::LLVMContext llvmContext;
    auto machine = cpu::makeTargetMachine(request.target);
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
    if (request.stage == Stage::Llvm) {
      llvm::raw_string_ostream(text) << *code;
      return llvm::Error::success();
    }
    if (request.stage == Stage::Asm) {
      llvm::Expected<std::string> assembly =
          cpu::emitAssembly(*code, **machine);
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
};

//===----------------------------------------------------------------------===//
// The answer
//===----------------------------------------------------------------------===//

// Tests of what survives the compiler: FERRO_PLANT_FATAL reports a fatal error
// as LLVM would, FERRO_PLANT_HANG never answers.
static void obeyTestHooks() {
  if (std::getenv("FERRO_PLANT_FATAL"))
    llvm::report_fatal_error("planted by FERRO_PLANT_FATAL");
  if (std::getenv("FERRO_PLANT_HANG"))
    std::this_thread::sleep_for(std::chrono::hours(24));
}

static void compile(const CompileRequest &request, Answer &answer) {
  try {
    obeyTestHooks();
    Compilation compilation(request);
    if (llvm::Error error = compilation.run()) {
      answer = {FERRO_REFUSED, llvm::toString(std::move(error)), {}};
      return;
    }
    if (request.stage == Stage::Object) {
      answer.bytes = artifact::serialize(compilation.response);
      return;
    }
    const auto *text =
        reinterpret_cast<const std::byte *>(compilation.text.data());
    answer.bytes.assign(text, text + compilation.text.size());
  } catch (const Error &error) {
    answer = {FERRO_REFUSED, error.what(), {}};
  }
}

Answer compile(std::span<const std::byte> bytes) {
  CompileRequest request;
  try {
    request = artifact::deserializeRequest(bytes);
  } catch (const std::exception &error) {
    return {FERRO_MALFORMED, error.what(), {}};
  }
  Answer answer;
  if (auto fatal = guardedOnOwnStack([&] { compile(request, answer); }))
    return {FERRO_FATAL, *fatal, {}};
  return answer;
}

} // namespace ferro

//===----------------------------------------------------------------------===//
// The C ABI
//===----------------------------------------------------------------------===//

namespace {

struct OwnedResponse : FerroResponse {
  ferro::Answer answer;
};

} // namespace

FerroResponse *ferro::respond(Answer answer) {
  auto *response = new OwnedResponse{{}, std::move(answer)};
  response->status = response->answer.status;
  response->message = response->answer.message.c_str();
  response->bytes =
      reinterpret_cast<const uint8_t *>(response->answer.bytes.data());
  response->size = response->answer.bytes.size();
  return response;
}

#define FERRO_EXPORT extern "C" __attribute__((visibility("default")))

FERRO_EXPORT FerroResponse *fc_compile(const uint8_t *request, size_t size) {
  return ferro::respond(ferro::compile(
      std::span(reinterpret_cast<const std::byte *>(request), size)));
}

FERRO_EXPORT void fc_release(FerroResponse *response) {
  delete static_cast<OwnedResponse *>(response);
}
