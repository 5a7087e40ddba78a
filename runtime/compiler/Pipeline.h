// From a module of the tile dialect to native code, step by step.
#pragma once

#include "compiler/cpu/CpuTarget.h"

#include "artifact/Request.h"

#include "mlir/IR/MLIRContext.h"

#include "llvm/Support/Error.h"

#include <string>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace ferro {

/// With FERRO_COMPILER_TIMES set, says on standard error what each step took:
/// CPU time of the compiling thread, which a busy machine does not distort.
class StepTimes {
public:
  StepTimes();
  void done(const char *step);

private:
  static double now();
  bool wanted;
  double last;
};

/// One request on its way down.
struct Pipeline {
  artifact::Target target;
  artifact::Stage stage;
  cpu::CpuTarget cpuTarget;
  StepTimes times;
  mlir::MLIRContext context;
  /// The kernels stand in it before the run.
  artifact::CompileResponse response;
  std::string text; ///< of the stage asked for, unless that is Object
  artifact::CheckPlaces checks = artifact::CheckPlaces::Auto;

  /// \throws Error UnsupportedOp if the target lacks what native code needs.
  Pipeline(const artifact::Target &target, artifact::Stage stage);

  /// Takes the entries and kernels of \p module down to the stage.
  llvm::Error run(mlir::ModuleOp module);

private:
  bool shows(artifact::Stage wanted, mlir::ModuleOp module);
  void addWorkspaces(mlir::ModuleOp module);
  llvm::Error runForGpu(mlir::ModuleOp module);
  llvm::Error emit(mlir::ModuleOp module);
};

} // namespace ferro
