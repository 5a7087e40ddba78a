// Products of tiles: a block of totals in registers, walked along K.
#include "compiler/cpu/KernelLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

// Rows of totals that are under way at once, each of this many vectors: three
// quarters of the registers, and every vector of the right operand is used by
// all rows.
static constexpr std::int64_t vectorsAtOnce = 2;
static std::int64_t rowsAtOnce(const CpuTarget &target) {
  return target.isAvx512() ? 12 : 6;
}

// The memory of a total that a loop carries, if this product is all that
// changes it: then it is changed in place.
Value KernelLowering::accumulatorOf(MmaOp op) const {
  auto argument = dyn_cast<BlockArgument>(op.getAcc());
  auto kept = memory.find(op.getAcc());
  if (!argument || kept == memory.end() || !argument.hasOneUse() ||
      !op->hasOneUse())
    return nullptr;
  auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
  OpOperand &use = *op->getUses().begin();
  bool comesBack = loop && argument.getOwner() == op->getBlock() &&
                   use.getOwner() == op->getBlock()->getTerminator() &&
                   use.getOperandNumber() + 1 == argument.getArgNumber();
  return comesBack ? kept->second : nullptr;
}

// The type in which products are added up.
static Type totalType(OpBuilder &builder, Type acc) {
  bool isNarrow = isa<FloatType>(acc) && acc.getIntOrFloatBitWidth() == 16;
  return isNarrow ? Type(builder.getF32Type()) : acc;
}

Value KernelLowering::widened(Value number, Type from, Type to,
                              bool zeroExtend) {
  return elements().convertElement(number, from, to, zeroExtend, false, false);
}

// Rows of a tensor are apart: the machine does not foresee the next.
void KernelLowering::prefetch(Value tile, ArrayRef<Value> index) {
  constexpr std::int64_t rowsAhead = 6;
  auto view = tile.getDefiningOp<LoadViewOp>();
  if (!view || memory.contains(tile) || index.size() < 2)
    return;
  Index later(index);
  Value &row = later[later.size() - 2];
  row = emit<arith::AddIOp>(row, constant(rowsAhead));
  memref::PrefetchOp::create(
      builder, loc, scalar(view.getView()),
      viewIndex(view.getOffsets(), view.getAxes(), later),
      /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

// The tile in memory as it is, but of another element type.
Value KernelLowering::inRows(Value tile, Type element, bool zeroExtend) {
  RankedTensorType type = tileType(tile);
  if (type.getElementType() == element)
    if (auto kept = memory.find(tile); kept != memory.end())
      return kept->second;
  Value to = allocate(RankedTensorType::get(type.getShape(), element));
  reading(tile, [&] {
    nest(type.getShape(), [&](ArrayRef<Value> index) {
      prefetch(tile, index);
      store(widened(this->element(tile, index), type.getElementType(), element,
                    zeroExtend),
            to, index);
    });
  });
  return to;
}

// [..., K, N] as [..., N / width, K, width]: what a block of totals needs lies
// together.
Value KernelLowering::inPanels(Value tile, Type element, std::int64_t width,
                               bool zeroExtend) {
  ArrayRef<std::int64_t> shape = tileType(tile).getShape();
  std::int64_t k = shape[shape.size() - 2], n = shape.back();
  SmallVector<std::int64_t> panels(shape.drop_back(2));
  panels.append({n / width, k, width});
  Value to = allocate(RankedTensorType::get(panels, element));
  // Row by row of the operand.
  SmallVector<std::int64_t> walked(shape.drop_back(1));
  walked.append({n / width, width});
  reading(tile, [&] {
    nest(walked, [&](ArrayRef<Value> index) {
      Value panel = index[index.size() - 2], row = index[index.size() - 3];
      Index from(index.drop_back(2)), place(index.drop_back(3));
      from.push_back(emit<arith::AddIOp>(
          emit<arith::MulIOp>(panel, constant(width)), index.back()));
      place.append({panel, row, index.back()});
      prefetch(tile, from);
      store(widened(this->element(tile, from), tileType(tile).getElementType(),
                    element, zeroExtend),
            to, place);
    });
  });
  return to;
}

void KernelLowering::mma(MmaOp op, Value to) {
  RankedTensorType type = op.getType();
  Type total = totalType(builder, type.getElementType());
  ArrayRef<std::int64_t> shape = type.getShape();
  std::int64_t m = shape[shape.size() - 2], n = shape.back();
  std::int64_t k = tileType(op.getLhs()).getShape().back();
  std::int64_t lanes = std::min(
      n, target.vectorBytes * 8 / std::int64_t(total.getIntOrFloatBitWidth()));
  std::int64_t width = std::min(n, lanes * vectorsAtOnce);
  std::int64_t rows = std::min(m, rowsAtOnce(target));
  cost += 2 * double(type.getNumElements()) * double(k);
  Value lhs = inRows(op.getLhs(), total, op.getZeroExtendLhs());
  Value rhs = inPanels(op.getRhs(), total, width, op.getZeroExtendRhs());
  // Totals of f16 are rounded once, at the end.
  bool isNarrow = total != type.getElementType();
  Value totals = isNarrow ? inRows(op.getAcc(), total, false) : to;
  if (!isNarrow)
    fill(op.getAcc(), to);
  multiplyPanels(op, {lhs, rhs, totals, {}, {}, lanes, width, k}, rows);
  if (isNarrow)
    nest(shape, [&](ArrayRef<Value> index) {
      store(elements().convert(load(totals, total, index),
                               type.getElementType(), false, false),
            to, index);
    });
}

void KernelLowering::multiplyPanels(MmaOp op, Product product,
                                    std::int64_t rows) {
  ArrayRef<std::int64_t> shape = op.getType().getShape();
  std::int64_t m = shape[shape.size() - 2];
  SmallVector<std::int64_t> panels(shape.drop_back(2));
  panels.push_back(shape.back() / product.width);
  nest(panels, [&](ArrayRef<Value> place) {
    product.batch = Index(place.drop_back());
    product.panel = place.back();
    auto loop = scf::ForOp::create(builder, loc, constant(0),
                                   constant(m - m % rows), constant(rows));
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      multiplyRows(product, loop.getInductionVar(), rows);
    }
    if (m % rows != 0)
      multiplyRows(product, constant(m - m % rows), m % rows);
  });
}

// Some rows of a panel's totals: in registers along K.
void KernelLowering::multiplyRows(const Product &product, Value firstRow,
                                  std::int64_t rows) {
  const auto &[lhs, rhs, totals, batch, panel, lanes, width, k] = product;
  auto vector = VectorType::get(
      {lanes}, cast<MemRefType>(totals.getType()).getElementType());
  Value firstColumn = emit<arith::MulIOp>(panel, constant(width));
  auto place = [&](std::int64_t row, std::int64_t column) {
    Index index(batch);
    index.push_back(emit<arith::AddIOp>(firstRow, constant(row)));
    index.push_back(emit<arith::AddIOp>(firstColumn, constant(column)));
    return index;
  };
  SmallVector<Value> inits;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < width; column += lanes)
      inits.push_back(vector::LoadOp::create(builder, loc, vector, totals,
                                             place(row, column)));
  auto loop = scf::ForOp::create(builder, loc, constant(0), constant(k),
                                 constant(1), inits);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value at = loop.getInductionVar();
    SmallVector<Value> right, next;
    for (std::int64_t column = 0; column < width; column += lanes) {
      Index index(batch);
      index.append({panel, at, constant(column)});
      right.push_back(vector::LoadOp::create(builder, loc, vector, rhs, index));
    }
    auto carried = loop.getRegionIterArgs().begin();
    for (std::int64_t row = 0; row < rows; ++row) {
      Index index(batch);
      index.append({emit<arith::AddIOp>(firstRow, constant(row)), at});
      Value left = memref::LoadOp::create(builder, loc, lhs, index);
      Value all = vector::BroadcastOp::create(builder, loc, vector, left);
      for (Value other : right)
        next.push_back(multiplyAdd(all, other, *carried++));
    }
    scf::YieldOp::create(builder, loc, next);
  }
  auto result = loop.getResults().begin();
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < width; column += lanes)
      vector::StoreOp::create(builder, loc, *result++, totals,
                              place(row, column));
}

Value KernelLowering::multiplyAdd(Value a, Value b, Value total) {
  if (isa<FloatType>(getElementTypeOrSelf(total)))
    return math::FmaOp::create(builder, loc, a, b, total);
  return arith::AddIOp::create(
      builder, loc, arith::MulIOp::create(builder, loc, a, b), total);
}

} // namespace ferro::cpu
