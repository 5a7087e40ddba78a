// Kernels over threads become PTX.
#pragma once

#include "compiler/gpu/GpuTarget.h"

#include "llvm/Support/Error.h"

#include <string>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace ferro::gpu {

/// Makes PTX of the tile.kernels of \p module, with one line of JSON above it
/// for each kernel that says how it is launched (docs/gpu.md).
/// \throws Error UnsupportedOp naming the op and its line.
llvm::Expected<std::string> emitPtx(mlir::ModuleOp module,
                                    const GpuTarget &target);

/// The functions over threads, as text, for `--emit=loops`.
void lowerToThreads(mlir::ModuleOp module, const GpuTarget &target);

} // namespace ferro::gpu
