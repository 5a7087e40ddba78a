// A scalar loop's body for one vector.
#pragma once

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <cstdint>

namespace ferro::cpu {

/// Emits the body of \p loop for \p lanes positions from \p first, those of
/// \p mask if there is one. \p element, used in the body, stands for the lanes
/// of \p elements.
void widenBody(mlir::OpBuilder &builder, mlir::scf::ForOp loop,
               mlir::Value first, std::int64_t lanes, mlir::Value mask,
               mlir::Value element, mlir::Value elements);

} // namespace ferro::cpu
