// The kinds of kernels that have a schedule of their own.
#pragma once

#include "compiler/fromGraph/GraphToTile.h"
#include "compiler/fromGraph/Schedules.h"
#include "compiler/fromGraph/Stage.h"

namespace ferro::fromGraph {

/// A matrix product \p node with an element-wise epilogue.
void emitProductKernel(const graph::Graph &region, const graph::Node &node,
                       StringRef symbol, mlir::ModuleOp module,
                       const Machine &machine);

/// A `cat` that is all of its group: one stage per operand copies it into its
/// part of the result.
void emitCat(const graph::Graph &region, const graph::Node &node,
             StringRef symbol, mlir::ModuleOp module);

/// Reductions whose partial results go through the workspace.
/// \returns the bytes of it.
std::uint64_t emitTwoStages(const Kernel &kernel,
                            ArrayRef<const graph::Node *> reductions,
                            const SplitSchedule &split);

} // namespace ferro::fromGraph
