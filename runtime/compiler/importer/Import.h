// A kernel's syntax tree becomes a tile.kernel.
#pragma once

#include "artifact/KernelFacts.h"
#include "compiler/fromSource/Frontend.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace ferro::importer {

using artifact::KernelFacts;

/// Adds the kernel to \p module under the name \p symbol. Functions are inlined
/// and templates are instances; variables become values, carried by the loops
/// that assign them.
///
/// The arguments of the tile.kernel are those of the function in order: a view
/// of a whole tensor for a TensorView, followed by the extents of the block's
/// tile for those of an output that are `dyn`, and the numbers in a class each
/// on its own. What \p facts say of them is the kernel's attribute `facts`, a
/// dictionary for each argument: `divisor` of an address in bytes or of a
/// number, `extents` and `strides`, the divisors of each axis, `unit_strides`,
/// the axes whose stride is one, and `distinct`, where no two indices reach one
/// element. A grid that is known takes the place of tile.num_blocks.
///
/// The error says what the tile language does not have, at the user's line,
/// with notes through the functions that were inlined.
llvm::Error importKernel(fromSource::ParsedKernel &kernel,
                         llvm::StringRef symbol, const KernelFacts &facts,
                         mlir::ModuleOp module);

} // namespace ferro::importer
