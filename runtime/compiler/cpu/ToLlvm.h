// Loops over memory become the LLVM dialect, and kernels get their C ABI.
#pragma once

#include "compiler/cpu/CpuTarget.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/LogicalResult.h"

#include <string>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace ferro::cpu {

/// Lowers everything in \p module to the LLVM dialect.
llvm::LogicalResult toLlvm(mlir::ModuleOp module);

/// Adds one FerroKernel (compiler/Abi.h) per name: it runs the stages made for
/// it one after the other, through the host's parallelFor where there is enough
/// to do. A kernel without stages does nothing.
void addKernels(mlir::ModuleOp module, llvm::ArrayRef<std::string> kernels);

} // namespace ferro::cpu
