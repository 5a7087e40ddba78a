#pragma once

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace ferro::transforms {

/// tile-canonicalize: folds, removes what nothing reads and computes equal
/// things once.
void canonicalize(mlir::ModuleOp module);

} // namespace ferro::transforms
