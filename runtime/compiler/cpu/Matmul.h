// Matrix products on the CPU: a plan from the shapes alone, then the code of
// each of its stages.
//
// A product of any size becomes one or two stages that run one after the other.
// A stage is a number of independent blocks: first the operands are packed into
// panels in the workspace (skipped where it does not pay), then tiles of the
// result are accumulated in registers, spilled to a small buffer and handed to
// the epilogue in row segments. Work is split by shape only, so the bits do not
// depend on the number of threads.
#pragma once

#include "compiler/cpu/CpuTarget.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

#include <cstdint>

namespace ferro::cpu {

/// Where an operand's elements are. Strides count elements; 0 broadcasts.
struct MatmulOperand {
  mlir::Type element; ///< f16, bf16, f32, f64 or an integer
  bool isUnsigned = false;
  llvm::SmallVector<int64_t> batchStrides; ///< one for each batch extent
  int64_t alongK = 1;                      ///< from one k to the next
  int64_t alongOther =
      1; ///< from one row of lhs, or column of rhs, to the next
};

/// `result[b..., i, j] = sum over p of lhs[b..., i, p] * rhs[b..., p, j]`.
/// A transposed operand is a matter of strides. A matrix-vector product is one
/// row: m = 1, the vector is lhs and the matrix, transposed, rhs. An inner
/// product has m = n = 1.
struct Matmul {
  llvm::SmallVector<int64_t> batch;
  int64_t m = 1, n = 1, k = 1;
  MatmulOperand lhs, rhs;
  /// Of the products and their sum: f32, f64 or an integer. Operands are
  /// converted to it.
  mlir::Type compute;
};

enum class MatmulKernel : uint8_t {
  Outer, ///< vectors along columns, lhs broadcast
  Inner, ///< vectors along k, summed across at the end
  Dot    ///< one element from a long k, in chunks
};

/// Everything decided about a product; made by planMatmul.
struct MatmulPlan {
  /// Blocks are independent; neighbours share data, and `grain` of them are
  /// enough work for a thread.
  struct Stage {
    int64_t blocks;
    int64_t grain;
  };
  llvm::SmallVector<Stage, 2> stages; ///< run in order
  int64_t workspaceBytes = 0;

  Matmul product; ///< with batches that share rhs folded into the rows
  llvm::SmallVector<int64_t> outerBatch; ///< the batch extents before folding
  int64_t rowsPerBatch = 1;              ///< m before folding
  MatmulKernel kernel = MatmulKernel::Outer;
  int64_t lanes = 1;               ///< compute elements in a vector
  int64_t rows = 1, columns = 1;   ///< of a register tile
  int64_t columnGroup = 1;         ///< Inner: columns summed together
  int64_t kBlock = 1, kBlocks = 1; ///< k is walked in kBlocks of kBlock
  bool packLhs = false, packRhs = false;
  bool masks = false; ///< the target has masked loads and stores
  int64_t batches = 1, rowPanels = 1, columnPanels = 1;
  int64_t rowPanelsPerBlock = 1, columnPanelsPerBlock = 1;
  int64_t packBlocksLhs = 0, packBlocksRhs = 0, multiplyBlocks = 0;
  int64_t lhsPanelsPerBlock = 1, rhsPanelsPerBlock = 1;
  int64_t lhsOffset = 0, rhsOffset = 0, tileOffset = 0; ///< in the workspace

  int64_t packBlocks() const { return packBlocksLhs + packBlocksRhs; }
  /// Whether the last panel ends with the operand, overlapping the one before,
  /// rather than reach beyond it. Columns then stay at multiples of a vector.
  bool rowsMoveUp() const { return product.m >= rows; }
  bool columnsMoveUp() const {
    return product.n >= columns && product.n % lanes == 0;
  }
};

/// Decides how \p product is computed on \p target, from shapes and strides.
MatmulPlan planMatmul(const Matmul &product, const CpuTarget &target);

/// Pointers (!llvm.ptr) to the operands' first elements and to the workspace.
struct MatmulMemory {
  mlir::Value lhs, rhs, workspace;
};

/// A segment of a row of the product, ready for the element-wise epilogue,
/// which also stores it.
struct MatmulSegment {
  mlir::Value elements; ///< vector<lanes x compute>, or a scalar
  /// Positions of type index: the batch, the row and the first column.
  llvm::SmallVector<mlir::Value> batch;
  mlir::Value row, column;
  /// Lanes inside the row, vector<lanes x i1>; null when all are.
  mlir::Value mask;
};
using EmitEpilogue = llvm::function_ref<void(mlir::OpBuilder &, mlir::Location,
                                             const MatmulSegment &)>;

/// Emits block \p block (an index) of stage \p stage at the insertion point.
/// The epilogue is emitted once for whole vectors (masked, where the target has
/// masks and the row ends inside a vector) and at most once for scalars.
void emitMatmulStage(mlir::OpBuilder &builder, mlir::Location loc,
                     const MatmulPlan &plan, size_t stage, mlir::Value block,
                     const MatmulMemory &memory, EmitEpilogue epilogue);

} // namespace ferro::cpu
