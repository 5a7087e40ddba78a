// The door for tests and for the curious: tile text in, text out.
#include "compiler/Compile.h"
#include "compiler/Guard.h"
#include "compiler/cpu/Passes.h"
#include "compiler/gpu/Ptx.h"
#include "compiler/transforms/Canonicalize.h"
#include "compiler/transforms/PlaceChecks.h"

#include "ferro/Error.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace ferro {

using Step = void (*)(ModuleOp);

static constexpr cpu::CpuTarget avx512{64, true, true};

static Step findStep(llvm::StringRef name) {
  return llvm::StringSwitch<Step>(name)
      .Case("tile-canonicalize", transforms::canonicalize)
      .Case("place-checks",
            [](ModuleOp module) {
              (void)transforms::placeChecks(module,
                                            transforms::CheckPlaces::Auto);
            })
      .Case("tile-to-loops",
            [](ModuleOp module) { cpu::tileToLoops(module, avx512); })
      .Case("kernels-to-loops",
            [](ModuleOp module) { cpu::kernelsToLoops(module, avx512); })
      .Case("overlap-stores", cpu::overlapStores)
      .Case("vectorize",
            [](ModuleOp module) { cpu::vectorize(module, avx512); })
      .Case("math-expand",
            [](ModuleOp module) { cpu::expandMath(module, avx512); })
      .Default(nullptr);
}

static void answerText(llvm::StringRef text, Answer &answer) {
  const auto *bytes = reinterpret_cast<const std::byte *>(text.data());
  answer.bytes.assign(bytes, bytes + text.size());
}

// kernels-to-threads=TARGET and ptx=TARGET, which is the last step.
static bool isGpuStep(llvm::StringRef name, ModuleOp module, Answer &answer) {
  auto [step, machine] = name.split('=');
  if (step != "ptx" && step != "kernels-to-threads")
    return false;
  const gpu::GpuTarget *target = gpu::findGpuTarget(machine);
  if (!target) {
    answer = {FERRO_REFUSED, "there is no target " + machine.str(), {}};
    return true;
  }
  if (step != "ptx") {
    gpu::lowerToThreads(module, *target);
    return true;
  }
  auto text = gpu::emitPtx(module, *target);
  if (text)
    answerText(*text, answer);
  else
    answer = {FERRO_REFUSED, llvm::toString(text.takeError()), {}};
  return true;
}

static void runSteps(llvm::StringRef text, llvm::StringRef steps,
                     Answer &answer) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  registerDialects(context);
  std::string messages;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    llvm::raw_string_ostream(messages)
        << diagnostic.getLocation() << ": " << diagnostic << "\n";
    return success();
  });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module) {
    answer = {FERRO_REFUSED, messages, {}};
    return;
  }
  for (llvm::StringRef name : llvm::split(steps, ',')) {
    if (name.empty())
      continue;
    if (isGpuStep(name, *module, answer)) {
      if (answer.status != FERRO_OK || !answer.bytes.empty())
        return;
      continue;
    }
    Step step = findStep(name);
    if (!step) {
      answer = {FERRO_REFUSED, "there is no step " + name.str(), {}};
      return;
    }
    step(*module);
    if (failed(verify(*module))) {
      answer = {FERRO_REFUSED, "after " + name.str() + ": " + messages, {}};
      return;
    }
  }
  std::string result;
  llvm::raw_string_ostream(result) << *module << "\n";
  answerText(result, answer);
}

} // namespace ferro

extern "C" __attribute__((visibility("default"))) FerroResponse *
fc_run_steps(const char *text, size_t size, const char *steps) {
  ferro::Answer answer;
  auto work = [&] {
    try {
      ferro::runSteps({text, size}, steps, answer);
    } catch (const ferro::Error &error) {
      answer = {FERRO_REFUSED, error.what(), {}};
    }
  };
  if (auto fatal = ferro::guardedOnOwnStack(work))
    answer = {FERRO_FATAL, *fatal, {}};
  return ferro::respond(std::move(answer));
}
