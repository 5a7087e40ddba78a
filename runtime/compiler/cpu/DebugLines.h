#pragma once

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace ferro::cpu {

/// Lets the functions that come from a source file, and what is in them, keep
/// their lines in native code: debuggers stop there, profilers name the kernel.
void keepLines(mlir::ModuleOp module);

} // namespace ferro::cpu
