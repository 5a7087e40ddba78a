#include "compiler/cpu/Native.h"

#include "compiler/cpu/Passes.h"
#include "compiler/cpu/ScalarFunctions.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/DCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"

#include <mutex>

using namespace llvm;

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
  });
}

Expected<std::unique_ptr<TargetMachine>>
ferro::cpu::makeTargetMachine(const artifact::Target &target) {
  initializeTargets();
  std::string reason;
  Triple triple(target.triple);
  const llvm::Target *found = TargetRegistry::lookupTarget(triple, reason);
  if (!found)
    return createStringError("target " + target.triple + ": " + reason);
  std::string features;
  for (const std::string &feature : target.features)
    features += (features.empty() ? "" : ",") + feature;
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Strict;
  return std::unique_ptr<TargetMachine>(found->createTargetMachine(
      triple, target.cpu.empty() ? "generic" : target.cpu, features, options,
      Reloc::PIC_, std::nullopt, CodeGenOptLevel::Default));
}

static bool hasFeature(const TargetMachine &machine, StringRef feature) {
  SmallVector<StringRef> features;
  machine.getTargetFeatureString().split(features, ',');
  return is_contained(features, feature);
}

void ferro::cpu::prepare(Module &module, const TargetMachine &machine) {
  defineScalarFunctions(module);
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  bool wide = hasFeature(machine, "+avx512f");
  // Checks that fail unwind through everything that may call them.
  bool unwinds = any_of(module, [](const Function &function) {
    return function.getName().starts_with(failPrefix);
  });
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    function.addFnAttr("no-builtins");
    // LLVM splits 512-bit vectors otherwise.
    if (wide) {
      function.addFnAttr("prefer-vector-width", "512");
      function.addFnAttr("min-legal-vector-width", "512");
    }
    if (unwinds)
      function.setUWTableKind(UWTableKind::Async);
    else
      function.setDoesNotThrow();
  }
}

void ferro::cpu::optimize(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  TargetLibraryInfoImpl noLibrary(machine.getTargetTriple());
  noLibrary.disableAllFunctions();
  functions.registerPass([&] { return TargetLibraryAnalysis(noLibrary); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  FunctionPassManager passes;
  passes.addPass(SROAPass(SROAOptions::ModifyCFG));
  passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(SimplifyCFGPass());
  passes.addPass(InstCombinePass());
  LoopPassManager inner;
  inner.addPass(LoopRotatePass());
  inner.addPass(LICMPass(LICMOptions()));
  inner.addPass(IndVarSimplifyPass());
  passes.addPass(
      createFunctionToLoopPassAdaptor(std::move(inner), /*UseMemorySSA=*/true));
  passes.addPass(GVNPass());
  passes.addPass(InstCombinePass());
  passes.addPass(SimplifyCFGPass());
  passes.addPass(DCEPass());
  ModulePassManager pipeline;
  pipeline.addPass(createModuleToFunctionPassAdaptor(std::move(passes)));
  pipeline.run(module, modules);
}

/// Keeps what the back end says: without a handler an error ends the process.
static void collectMessage(const DiagnosticInfo *info, void *context) {
  if (info->getSeverity() > DS_Warning)
    return;
  raw_string_ostream stream(*static_cast<std::string *>(context));
  DiagnosticPrinterRawOStream printer(stream);
  info->print(printer);
  stream << '\n';
}

static Error emit(Module &module, TargetMachine &machine, CodeGenFileType type,
                  raw_pwrite_stream &stream) {
  std::string messages;
  module.getContext().setDiagnosticHandlerCallBack(collectMessage, &messages);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, /*DwoOut=*/nullptr, type))
    return createStringError("target " + machine.getTargetTriple().str() +
                             " emits no file of this kind");
  passes.run(module);
  module.getContext().setDiagnosticHandlerCallBack(nullptr);
  if (!messages.empty())
    return createStringError("the back end says: " + messages);
  return Error::success();
}

Expected<SmallVector<char, 0>> ferro::cpu::emitObject(Module &module,
                                                      TargetMachine &machine) {
  SmallVector<char, 0> object;
  raw_svector_ostream stream(object);
  if (Error error = emit(module, machine, CodeGenFileType::ObjectFile, stream))
    return std::move(error);
  return object;
}

Expected<std::string> ferro::cpu::emitAssembly(Module &module,
                                               TargetMachine &machine) {
  SmallVector<char, 0> text;
  raw_svector_ostream stream(text);
  if (Error error =
          emit(module, machine, CodeGenFileType::AssemblyFile, stream))
    return std::move(error);
  return std::string(text.begin(), text.end());
}
