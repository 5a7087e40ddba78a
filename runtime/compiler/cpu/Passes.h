// The CPU path: tile entries become native loops, step by step.
#pragma once

#include "compiler/cpu/CpuTarget.h"

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace ferro::cpu {

/// Attributes by which the steps talk to each other.
inline constexpr llvm::StringLiteral vectorAttr =
    "ferro.vector"; ///< on a loop to vectorise
inline constexpr llvm::StringLiteral kindsAttr =
    "ferro.kinds"; ///< ReduceKind of each carried value
inline constexpr llvm::StringLiteral streamAttr =
    "ferro.stream"; ///< on a store that nobody reads soon
inline constexpr llvm::StringLiteral nonPositiveAttr =
    "ferro.nonpositive"; ///< on an exp whose operand is at most 0, or NaN
inline constexpr llvm::StringLiteral kernelAttr =
    "ferro.kernel"; ///< the kernel of a stage
inline constexpr llvm::StringLiteral blocksAttr =
    "ferro.blocks"; ///< how many blocks a stage has
inline constexpr llvm::StringLiteral buffersAttr =
    "ferro.buffers"; ///< as on tile.entry
inline constexpr llvm::StringLiteral titleAttr =
    "title"; ///< a kernel's name in the program
inline constexpr llvm::StringLiteral gridAttr =
    "ferro.grid"; ///< the buffer whose first three words are the grid
inline constexpr llvm::StringLiteral costAttr =
    "ferro.cost"; ///< ns a block, estimated
inline constexpr llvm::StringLiteral grainAttr =
    "ferro.grain"; ///< blocks that are work for a thread
inline constexpr llvm::StringLiteral scratchAttr =
    "ferro.scratch"; ///< bytes of host scratch

inline constexpr llvm::StringLiteral workspaceAttr =
    "ferro.workspace"; ///< bytes of it in use

/// How the functions begin that report a failed check, which unwind.
inline constexpr llvm::StringLiteral failPrefix = "ferro.fail.";

/// In `buffers`: the host's table of functions.
inline constexpr std::int64_t hostBuffer = -2;

/// Work below this many ns stays on the calling thread.
inline constexpr double serialNanoseconds = 80e3;

/// Turns every tile.entry into a func.func over its views and a range of
/// blocks. Chains of element-wise ops become one loop; what a later loop needs
/// again is recomputed if cheap, else kept in scratch.
void tileToLoops(mlir::ModuleOp module, const CpuTarget &target);

/// Turns every tile.kernel into a func.func over its memory, the words of the
/// launch and a range of blocks (KernelLowering.h).
void kernelsToLoops(mlir::ModuleOp module, const CpuTarget &target);

/// Lets the loop that stores a block's result run inside the next block's
/// computation, where the result bypasses the caches.
void overlapStores(mlir::ModuleOp module);

/// Turns the marked loops into loops over native vectors: reductions keep
/// several accumulators, what is left of a vector is masked or done one by one.
void vectorize(mlir::ModuleOp module, const CpuTarget &target);

/// Replaces the transcendental ops of `math` by arithmetic (cpu/Math.h).
void expandMath(mlir::ModuleOp module, const CpuTarget &target);

/// Moves scratch to the function's start, or to the host's scratch where large:
/// then a last argument `memref<bytes x i8>` stands for it.
void placeScratch(mlir::ModuleOp module);

} // namespace ferro::cpu
