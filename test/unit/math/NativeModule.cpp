#include "NativeModule.h"

#include "compiler/cpu/Link.h"
#include "compiler/cpu/Native.h"
#include "compiler/cpu/ToLlvm.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
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
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;

namespace ferro::test {

std::vector<Machine> machines() {
  std::vector<std::string> all, narrow;
  bool wide = true, fused = true;
  auto host = llvm::sys::getHostCPUFeatures();
  for (const char *feature : {"avx512f", "avx512bw", "avx512dq", "avx512vl"})
    wide = wide && host.lookup(feature);
  for (const char *feature : {"avx2", "fma", "f16c"})
    fused = fused && host.lookup(feature);
  for (const auto &feature : host) {
    if (!feature.second)
      continue;
    all.push_back("+" + feature.first().str());
    if (!feature.first().starts_with("avx512"))
      narrow.push_back("+" + feature.first().str());
  }
  std::sort(all.begin(), all.end());
  std::sort(narrow.begin(), narrow.end());
  std::vector<Machine> found;
  if (wide && fused)
    found.push_back(
        {"avx512", {.vectorBytes = 64, .masks = true, .halves = true}, all});
  if (fused)
    found.push_back(
        {"avx2", {.vectorBytes = 32, .masks = false, .halves = true}, narrow});
  return found;
}

/// What LLVM or we refuse here is a bug that no test could go on after.
static void require(bool fine, const char *what) {
  if (!fine)
    llvm::report_fatal_error(what);
}

static std::vector<std::byte>
compile(const Machine &machine, llvm::function_ref<void(OpBuilder &)> build) {
  DialectRegistry registry;
  registry
      .insert<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect,
              LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
              scf::SCFDialect, ub::UBDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OpBuilder builder(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToStart(module->getBody());
  build(builder);
  require(succeeded(verify(*module)), "what was emitted does not verify");
  require(succeeded(cpu::toLlvm(*module)), "what was emitted does not lower");

  llvm::LLVMContext llvmContext;
  auto llvmModule = translateModuleToLLVMIR(*module, llvmContext);
  require(llvmModule != nullptr, "what was lowered does not translate");
  artifact::Target target{"x86_64-unknown-linux-gnu", "", machine.features};
  auto backEnd = llvm::cantFail(cpu::makeTargetMachine(target));
  cpu::prepare(*llvmModule, *backEnd);
  cpu::optimize(*llvmModule, *backEnd);
  return llvm::cantFail(
      cpu::linkShared(llvm::cantFail(cpu::emitObject(*llvmModule, *backEnd))));
}

NativeModule::NativeModule(const Machine &machine,
                           llvm::function_ref<void(OpBuilder &)> build) {
  std::vector<std::byte> object = compile(machine, build);
  int file = memfd_create("math-test", 0);
  auto written = write(file, object.data(), object.size());
  require(written == static_cast<ssize_t>(object.size()), "memfd is full");
  library = dlopen(("/proc/self/fd/" + std::to_string(file)).c_str(),
                   RTLD_NOW | RTLD_LOCAL);
  require(library != nullptr, "what was linked does not load");
  // The file stays open: glibc knows a library by its path, which a later file
  // under the same number would share.
}

NativeModule::~NativeModule() { dlclose(library); }

void *NativeModule::find(const std::string &symbol) const {
  return dlsym(library, symbol.c_str());
}

} // namespace ferro::test
