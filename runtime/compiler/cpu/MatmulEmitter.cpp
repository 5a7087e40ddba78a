#include "compiler/cpu/MatmulEmitter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

#include <numeric>

using namespace mlir;
using namespace ferro::cpu;

//===----------------------------------------------------------------------===//
// 64-bit integers
//===----------------------------------------------------------------------===//

Value MatmulEmitter::number(int64_t value) {
  return arith::ConstantOp::create(emit, emit.getI64IntegerAttr(value));
}
Value MatmulEmitter::add(Value a, Value b) {
  return emit.createOrFold<arith::AddIOp>(a, b);
}
Value MatmulEmitter::add(Value a, int64_t b) {
  return b == 0 ? a : add(a, number(b));
}
Value MatmulEmitter::subtract(Value a, Value b) {
  return emit.createOrFold<arith::SubIOp>(a, b);
}
Value MatmulEmitter::multiply(Value a, int64_t b) {
  return b == 1 ? a : emit.createOrFold<arith::MulIOp>(a, number(b));
}
Value MatmulEmitter::divide(Value a, int64_t b) {
  return b == 1 ? a : emit.createOrFold<arith::DivUIOp>(a, number(b));
}
Value MatmulEmitter::remainder(Value a, int64_t b) {
  return b == 1 ? number(0) : emit.createOrFold<arith::RemUIOp>(a, number(b));
}
Value MatmulEmitter::smaller(Value a, Value b) {
  return emit.createOrFold<arith::MinSIOp>(a, b);
}
Value MatmulEmitter::less(Value a, Value b) {
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::slt, a, b);
}
Value MatmulEmitter::equal(Value a, int64_t b) {
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, a, number(b));
}
Value MatmulEmitter::toIndex(Value value) {
  return emit.createOrFold<arith::IndexCastOp>(emit.getIndexType(), value);
}

SmallVector<Value> MatmulEmitter::coordinates(Value index,
                                              ArrayRef<int64_t> extents) {
  SmallVector<Value> result(extents.size());
  for (size_t i = extents.size(); i-- > 0;) {
    result[i] = i == 0 ? index : remainder(index, extents[i]);
    if (i > 0)
      index = divide(index, extents[i]);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value MatmulEmitter::at(Value pointer, Type element, Value offset) {
  return LLVM::GEPOp::create(emit, pointer.getType(), element, pointer,
                             ArrayRef<LLVM::GEPArg>{offset});
}

Value MatmulEmitter::at(Value pointer, Type element, int64_t offset) {
  if (offset == 0)
    return pointer;
  if (offset != int32_t(offset))
    return at(pointer, element, number(offset));
  return LLVM::GEPOp::create(emit, pointer.getType(), element, pointer,
                             ArrayRef<LLVM::GEPArg>{int32_t(offset)});
}

Value MatmulEmitter::inWorkspace(int64_t bytes) {
  return at(memory.workspace, emit.getI8Type(), bytes);
}

// Operands promise no more than the alignment of their elements.
static unsigned alignmentOf(Type type) {
  return std::max(1u, getElementTypeOrSelf(type).getIntOrFloatBitWidth() / 8);
}

Value MatmulEmitter::load(Type type, Value pointer) {
  return LLVM::LoadOp::create(emit, type, pointer, alignmentOf(type));
}

void MatmulEmitter::store(Value value, Value pointer) {
  LLVM::StoreOp::create(emit, value, pointer, alignmentOf(value.getType()));
}

Value MatmulEmitter::loadMasked(Type type, Value pointer, Value mask) {
  return LLVM::MaskedLoadOp::create(emit, type, pointer, mask, zero(type),
                                    alignmentOf(type));
}

Value MatmulEmitter::firstLanes(Value count) {
  SmallVector<int32_t> lanes(plan.lanes);
  std::iota(lanes.begin(), lanes.end(), 0);
  VectorType type = vectorOf(emit.getI32Type());
  Value steps = arith::ConstantOp::create(
      emit, DenseElementsAttr::get(type, ArrayRef<int32_t>(lanes)));
  Value capped = arith::TruncIOp::create(emit, emit.getI32Type(),
                                         smaller(count, plan.lanes));
  Value limit = vector::BroadcastOp::create(emit, type, capped);
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::slt, steps, limit);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value MatmulEmitter::zero(Type type) {
  return arith::ConstantOp::create(emit, emit.getZeroAttr(type));
}

Value MatmulEmitter::toCompute(Value value, const MatmulOperand &operand) {
  Type from = operand.element, to = compute();
  if (from == to)
    return value;
  Type type = to;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vectorOf(to, vector.getDimSize(0));
  bool widens = from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth();
  if (isa<FloatType>(from)) {
    if (widens)
      return arith::ExtFOp::create(emit, type, value);
    return arith::TruncFOp::create(emit, type, value);
  }
  if (isa<FloatType>(to)) {
    if (operand.isUnsigned)
      return arith::UIToFPOp::create(emit, type, value);
    return arith::SIToFPOp::create(emit, type, value);
  }
  if (!widens)
    return arith::TruncIOp::create(emit, type, value);
  if (operand.isUnsigned)
    return arith::ExtUIOp::create(emit, type, value);
  return arith::ExtSIOp::create(emit, type, value);
}

Value MatmulEmitter::fetch(const MatmulOperand &operand, Value pointer,
                           Value offset, bool wide) {
  Type type = wide ? Type(vectorOf(operand.element)) : operand.element;
  return toCompute(load(type, at(pointer, operand.element, offset)), operand);
}

Value MatmulEmitter::sum(Value a, Value b) {
  if (isa<FloatType>(compute()))
    return arith::AddFOp::create(emit, a, b);
  return arith::AddIOp::create(emit, a, b);
}

Value MatmulEmitter::multiplyAdd(Value a, Value b, Value c) {
  if (isa<FloatType>(compute()))
    return math::FmaOp::create(emit, a, b, c);
  return arith::AddIOp::create(emit, arith::MulIOp::create(emit, a, b), c);
}

Value MatmulEmitter::splat(Value scalar) {
  return vector::BroadcastOp::create(emit, vectorOf(compute()), scalar);
}

Value MatmulEmitter::lanesOf(Value vector, int64_t first, int64_t count) {
  if (count == cast<VectorType>(vector.getType()).getDimSize(0))
    return vector;
  SmallVector<int64_t> picked(count);
  std::iota(picked.begin(), picked.end(), first);
  return vector::ShuffleOp::create(emit, vector, vector, picked);
}

Value MatmulEmitter::sumAcross(Value vector) {
  for (int64_t half = plan.lanes / 2; half > 0; half /= 2)
    vector = sum(lanesOf(vector, 0, half), lanesOf(vector, half, half));
  return vector::ExtractOp::create(emit, vector, ArrayRef<int64_t>{0});
}

//===----------------------------------------------------------------------===//
// Batches, blocks of k, panels
//===----------------------------------------------------------------------===//

Value MatmulEmitter::batchOffset(ValueRange batch,
                                 const MatmulOperand &operand) {
  Value offset = number(0);
  for (size_t i = 0; i < batch.size(); ++i)
    if (operand.batchStrides[i] != 0)
      offset = add(offset, multiply(batch[i], operand.batchStrides[i]));
  return offset;
}

SmallVector<int64_t>
MatmulEmitter::distinctExtents(const MatmulOperand &operand) {
  SmallVector<int64_t> extents = product().batch;
  for (size_t i = 0; i < extents.size(); ++i)
    if (operand.batchStrides[i] == 0)
      extents[i] = 1;
  return extents;
}

Value MatmulEmitter::distinctIndex(ValueRange batch,
                                   const MatmulOperand &operand) {
  Value index = number(0);
  for (size_t i = 0; i < batch.size(); ++i)
    if (operand.batchStrides[i] != 0)
      index = add(multiply(index, product().batch[i]), batch[i]);
  return index;
}

Value MatmulEmitter::kInBlock(Value kIndex) {
  if (plan.kBlocks == 1)
    return number(product().k);
  if (product().k % plan.kBlock == 0)
    return number(plan.kBlock);
  return smaller(subtract(number(product().k), multiply(kIndex, plan.kBlock)),
                 plan.kBlock);
}

MatmulPanels MatmulEmitter::lhsPanels() const {
  return {
      product().lhs, memory.lhs,     plan.lhsOffset,         product().m,
      plan.rows,     plan.rowPanels, plan.lhsPanelsPerBlock, plan.rowsMoveUp()};
}

MatmulPanels MatmulEmitter::rhsPanels() const {
  return {product().rhs,          memory.rhs,
          plan.rhsOffset,         product().n,
          plan.columns,           plan.columnPanels,
          plan.rhsPanelsPerBlock, plan.columnsMoveUp()};
}

Value MatmulEmitter::originOf(const MatmulPanels &panels, Value panel) {
  Value origin = multiply(panel, panels.width);
  if (!panels.movesUp || panels.extent % panels.width == 0)
    return origin;
  return smaller(origin, panels.extent - panels.width);
}

// Panels lie as [batch][k block][panel][k][row or column]: a tile reads its
// panel from front to back.
Value MatmulEmitter::packedPanel(const MatmulPanels &panels, Value distinct,
                                 Value kIndex, Value panel) {
  Value place = add(multiply(distinct, plan.kBlocks), kIndex);
  place = add(multiply(place, panels.count), panel);
  return at(inWorkspace(panels.offset), compute(),
            multiply(place, plan.kBlock * panels.width));
}
