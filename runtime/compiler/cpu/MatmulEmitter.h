// What the parts of a matrix product share while they emit code: arithmetic
// that folds, loops that disappear, loads, stores and element conversions.
#pragma once

#include "compiler/cpu/Matmul.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

namespace ferro::cpu {

inline int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The rows of lhs, or the columns of rhs, cut into panels of `width`.
struct MatmulPanels {
  const MatmulOperand &operand;
  mlir::Value memory; ///< the operand's first element
  int64_t offset;     ///< of the packed panels in the workspace
  int64_t extent, width, count, perBlock;
  /// The last panel ends where the operand ends and overlaps the one before;
  /// else it may reach beyond the operand.
  bool movesUp;

  bool inside() const { return movesUp || extent % width == 0; }
};

struct MatmulEmitter {
  using Value = mlir::Value;
  using Values = llvm::SmallVector<mlir::Value>;
  using ValueRange = mlir::ValueRange;
  using Type = mlir::Type;

  mlir::ImplicitLocOpBuilder emit;
  const MatmulPlan &plan;
  const MatmulMemory &memory;
  EmitEpilogue epilogue;

  const Matmul &product() const { return plan.product; }
  Type compute() const { return plan.product.compute; }
  int64_t computeBytes() const {
    return divideUp(compute().getIntOrFloatBitWidth(), 8);
  }
  /// \p count elements, as many as a vector has unless said.
  mlir::VectorType vectorOf(Type element, int64_t count) const {
    return mlir::VectorType::get({count}, element);
  }
  mlir::VectorType vectorOf(Type element) const {
    return vectorOf(element, plan.lanes);
  }

  // --- 64-bit integers, folded where they are known

  Value number(int64_t value);
  Value add(Value a, Value b);
  Value add(Value a, int64_t b);
  Value subtract(Value a, Value b);
  Value multiply(Value a, int64_t b);
  Value divide(Value a, int64_t b);
  Value remainder(Value a, int64_t b);
  Value smaller(Value a, Value b);
  Value smaller(Value a, int64_t b) { return smaller(a, number(b)); }
  Value less(Value a, Value b);
  Value equal(Value a, int64_t b);
  Value toIndex(Value value);
  /// The coordinates of \p index in a row-major grid.
  Values coordinates(Value index, llvm::ArrayRef<int64_t> extents);

  // --- control flow

  /// A loop from \p first to \p last; none or one round is emitted as it is.
  template <typename Body>
  void loop(Value first, Value last, int64_t step, Body body) {
    llvm::APInt from, to;
    if (mlir::matchPattern(first, mlir::m_ConstantInt(&from)) &&
        mlir::matchPattern(last, mlir::m_ConstantInt(&to))) {
      int64_t length = to.getSExtValue() - from.getSExtValue();
      if (length <= 0)
        return;
      if (length <= step)
        return body(first);
    }
    auto op = mlir::scf::ForOp::create(emit, first, last, number(step));
    mlir::OpBuilder::InsertionGuard guard(emit);
    emit.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }

  /// A loop from 0 that carries values; \p body returns their next ones.
  template <typename Body>
  Values reduce(Value last, int64_t step, ValueRange start, Body body) {
    auto op =
        mlir::scf::ForOp::create(emit, number(0), last, number(step), start);
    mlir::OpBuilder::InsertionGuard guard(emit);
    emit.setInsertionPointToStart(op.getBody());
    Values next =
        body(op.getInductionVar(), ValueRange(op.getRegionIterArgs()));
    mlir::scf::YieldOp::create(emit, next);
    return Values(op.getResults());
  }

  template <typename Then, typename Else>
  void branch(Value condition, Then onTrue, Else onFalse) {
    auto op = mlir::scf::IfOp::create(emit, condition, /*withElseRegion=*/true);
    mlir::OpBuilder::InsertionGuard guard(emit);
    emit.setInsertionPointToStart(op.thenBlock());
    onTrue();
    emit.setInsertionPointToStart(op.elseBlock());
    onFalse();
  }
  template <typename Then> void when(Value condition, Then onTrue) {
    branch(condition, onTrue, [] {});
  }

  // --- memory

  Value at(Value pointer, Type element, Value offset);
  Value at(Value pointer, Type element, int64_t offset);
  Value inWorkspace(int64_t bytes);
  Value load(Type type, Value pointer);
  void store(Value value, Value pointer);
  /// As many lanes of a vector as \p mask says, the others 0.
  Value loadMasked(Type type, Value pointer, Value mask);
  /// Lane i where i < \p count.
  Value firstLanes(Value count);

  // --- elements

  Value zero(Type type);
  Value toCompute(Value value, const MatmulOperand &operand);
  /// Element or vector \p offset of an operand, converted.
  Value fetch(const MatmulOperand &operand, Value pointer, Value offset,
              bool wide);
  Value sum(Value a, Value b);
  Value multiplyAdd(Value a, Value b, Value c);
  Value splat(Value scalar);
  Value lanesOf(Value vector, int64_t first, int64_t count);
  /// The sum of a vector's lanes, by halves.
  Value sumAcross(Value vector);

  // --- batches and blocks of k

  Value batchOffset(ValueRange batch, const MatmulOperand &operand);
  /// The batch extents that an operand tells apart, the others 1.
  llvm::SmallVector<int64_t> distinctExtents(const MatmulOperand &operand);
  /// The number of a batch among those.
  Value distinctIndex(ValueRange batch, const MatmulOperand &operand);
  /// How many k the block \p kIndex has; the last one may have fewer.
  Value kInBlock(Value kIndex);

  // --- panels

  MatmulPanels lhsPanels() const;
  MatmulPanels rhsPanels() const;
  /// The first row or column of \p panel.
  Value originOf(const MatmulPanels &panels, Value panel);
  /// Where packing put \p panel of a block of k.
  Value packedPanel(const MatmulPanels &panels, Value distinct, Value kIndex,
                    Value panel);

  // --- the parts, one file each

  void packBlock(Value block);
  void multiplyBlock(Value block);
  /// The tile of MatmulKernel::Inner.
  void multiplyInner(ValueRange batch, Value firstColumn, Value tile);
  void dotChunk(Value block);
  void dotFinish();
  /// Hands \p elements to the epilogue. \p batch and \p row as folded.
  void finish(Value elements, ValueRange batch, Value row, Value column,
              Value mask);
};

} // namespace ferro::cpu
