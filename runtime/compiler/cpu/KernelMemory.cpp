// Views, pointers and atomics.
#include "compiler/cpu/KernelLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <limits>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

KernelLowering::Index KernelLowering::viewIndex(ValueRange offsets,
                                                ArrayRef<std::int64_t> axes,
                                                ArrayRef<Value> index) {
  Index result;
  for (Value offset : offsets)
    result.push_back(scalar(offset));
  for (auto [at, axis] : llvm::zip_equal(index, axes))
    result[axis] = emit<arith::AddIOp>(result[axis], at);
  return result;
}

Value KernelLowering::extentOf(Value view, std::int64_t axis) {
  return emit<memref::DimOp>(scalar(view), constant(axis));
}

// Loads that computing an element of `tile` makes. `straight` are those whose
// element has the index of the tile's.
void KernelLowering::loadsOf(Value tile, bool isStraight, Loads &loads) const {
  if (memory.contains(tile))
    return;
  Operation *op = tile.getDefiningOp();
  if (!op)
    return;
  if (auto view = dyn_cast<LoadViewOp>(op)) {
    (isStraight ? loads.straight : loads.others).insert(view);
    return;
  }
  bool goesOn = isStraight && (op->hasTrait<OpTrait::Elementwise>() ||
                               isa<MapOp, arith::SelectOp>(op));
  for (Value operand : op->getOperands())
    if (isTile(operand))
      loadsOf(operand, goesOn, loads);
}

// Reads into memory what may lie beyond the edge of its view, so that elements
// can be read without asking.
void KernelLowering::settleLoads(Value tile) {
  Loads loads;
  loadsOf(tile, true, loads);
  settle(loads.straight.getArrayRef());
  settle(loads.others.getArrayRef());
}

void KernelLowering::settle(ArrayRef<Operation *> loads) {
  for (Operation *each : loads) {
    Value tile = each->getResult(0);
    if (memory.contains(tile))
      continue;
    Value to = allocate(tileType(tile));
    fillFromView(cast<LoadViewOp>(each), to);
    memory[tile] = to;
  }
}

Value KernelLowering::padding(LoadViewOp op) {
  Type element = op.getType().getElementType();
  if (!isa<FloatType>(element) || isPattern(element))
    return elements().number(element, 0);
  double infinity = std::numeric_limits<double>::infinity();
  switch (op.getPadding()) {
  case Padding::NegativeZero:
    return elements().number(element, -0.0);
  case Padding::Nan:
    return elements().number(element, std::numeric_limits<double>::quiet_NaN());
  case Padding::Inf:
    return elements().number(element, infinity);
  case Padding::NegativeInf:
    return elements().number(element, -infinity);
  default:
    return elements().number(element, 0);
  }
}

// Padding everywhere unless the whole tile exists, then what exists.
void KernelLowering::fillFromView(LoadViewOp op, Value to) {
  ArrayRef<std::int64_t> shape = op.getType().getShape();
  Value zero = constant(0), whole;
  SmallVector<Value> first, count;
  for (auto [axis, viewAxis] : llvm::enumerate(op.getAxes())) {
    Value extent = constant(shape[axis]);
    Value offset = scalar(op.getOffsets()[viewAxis]);
    Value left = emit<arith::SubIOp>(extentOf(op.getView(), viewAxis), offset);
    // [low, high) of the tile exists.
    Value low = emit<arith::MinSIOp>(
        emit<arith::MaxSIOp>(emit<arith::SubIOp>(zero, offset), zero), extent);
    Value high = emit<arith::MaxSIOp>(emit<arith::MinSIOp>(left, extent), low);
    first.push_back(low);
    count.push_back(emit<arith::SubIOp>(high, low));
    Value isWhole =
        emit<arith::CmpIOp>(arith::CmpIPredicate::eq, count.back(), extent);
    whole = whole ? emit<arith::AndIOp>(whole, isWhole) : isWhole;
  }
  Type element = op.getType().getElementType();
  if (whole && !isConstantIntValue(whole, 1)) {
    auto guard = scf::IfOp::create(builder, loc, whole, /*withElse=*/true);
    OpBuilder::InsertionGuard outer(builder);
    builder.setInsertionPointToStart(guard.elseBlock());
    Value absent = padding(op);
    nest(shape, [&](ArrayRef<Value> index) { store(absent, to, index); });
  }
  nest(count, [&](ArrayRef<Value> place) {
    Index index;
    for (auto [at, start] : llvm::zip_equal(place, first))
      index.push_back(emit<arith::AddIOp>(start, at));
    Value number = load(scalar(op.getView()), element,
                        viewIndex(op.getOffsets(), op.getAxes(), index));
    store(number, to, index);
  });
}

// Whether all that `loads` read up to `bounds` exists; null if it surely does.
Value KernelLowering::existence(ArrayRef<Operation *> loads,
                                ArrayRef<Value> bounds) {
  Value exists;
  for (Operation *each : loads) {
    auto view = cast<LoadViewOp>(each);
    if (memory.contains(view.getResult()))
      continue;
    for (auto [axis, viewAxis] : llvm::enumerate(view.getAxes())) {
      Value offset = scalar(view.getOffsets()[viewAxis]);
      Value end = emit<arith::AddIOp>(offset, bounds[axis]);
      Value isIn = emit<arith::AndIOp>(
          emit<arith::CmpIOp>(arith::CmpIPredicate::sge, offset, constant(0)),
          emit<arith::CmpIOp>(arith::CmpIPredicate::sle, end,
                              extentOf(view.getView(), viewAxis)));
      exists = exists ? emit<arith::AndIOp>(exists, isIn) : isIn;
    }
  }
  return exists && !isConstantIntValue(exists, 1) ? exists : Value();
}

// Runs `work`, which computes elements of `tile` up to `bounds` in each axis.
// Where all that they are made of exists it is read where it lies; elsewhere it
// comes into memory first, with its padding.
void KernelLowering::reading(Value tile, ArrayRef<Value> bounds, Work work) {
  Loads loads;
  loadsOf(tile, true, loads);
  settle(loads.others.getArrayRef());
  Value exists = existence(loads.straight.getArrayRef(), bounds);
  if (!exists)
    return work();
  auto guard = scf::IfOp::create(builder, loc, exists, /*withElse=*/true);
  OpBuilder::InsertionGuard outer(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  work();
  builder.setInsertionPointToStart(guard.elseBlock());
  settle(loads.straight.getArrayRef());
  work();
  for (Operation *each : loads.straight) // only here it is in memory
    memory.erase(each->getResult(0));
}

void KernelLowering::reading(Value tile, Work work) {
  SmallVector<Value> bounds;
  for (std::int64_t extent : tileType(tile).getShape())
    bounds.push_back(constant(extent));
  reading(tile, bounds, work);
}

void KernelLowering::storeView(StoreViewOp op) {
  Value tile = op.getTile();
  ArrayRef<std::int64_t> shape = tileType(tile).getShape();
  cost += price(tile) * double(tileType(tile).getNumElements());
  SmallVector<Value> bounds;
  for (auto [axis, viewAxis] : llvm::enumerate(op.getAxes())) {
    Value offset = scalar(op.getOffsets()[viewAxis]);
    Value left = emit<arith::SubIOp>(extentOf(op.getView(), viewAxis), offset);
    // The tensor may end before a part of the block's own tile begins.
    if (!isConstantIntValue(offset, 0))
      left = emit<arith::MaxSIOp>(left, constant(0));
    bounds.push_back(emit<arith::MinSIOp>(left, constant(shape[axis])));
  }
  reading(tile, bounds, [&] {
    nest(bounds, [&](ArrayRef<Value> index) {
      store(element(tile, index), scalar(op.getView()),
            viewIndex(op.getOffsets(), op.getAxes(), index));
    });
  });
}

//===----------------------------------------------------------------------===//
// Pointers
//===----------------------------------------------------------------------===//

Value KernelLowering::address(AddressOp op, ArrayRef<Value> index) {
  auto type = cast<MemRefType>(op.getView().getType());
  const View &view = views[op.getView()];
  Type word = builder.getI64Type();
  auto toWord = [&](Value value) {
    return emit<arith::IndexCastOp>(word, value);
  };
  Value offset = toWord(view.offset);
  for (auto [axis, tile] : llvm::enumerate(op.getIndices()))
    offset = emit<arith::AddIOp>(
        offset,
        emit<arith::MulIOp>(element(tile, index), toWord(view.strides[axis])));
  std::int64_t bytes =
      inMemory(type.getElementType()).getIntOrFloatBitWidth() / 8;
  offset = emit<arith::MulIOp>(
      offset, arith::ConstantIntOp::create(builder, loc, word, bytes));
  return emit<arith::AddIOp>(addressOf(view.tensor), offset);
}

Value KernelLowering::pointer(Value address) {
  return LLVM::IntToPtrOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), address);
}

static unsigned bytesOf(Type element) {
  return std::max(element.getIntOrFloatBitWidth() / 8, 1u);
}

Value KernelLowering::loadAt(Value address, Type element) {
  bool isTruth = element.isInteger(1);
  Value number =
      LLVM::LoadOp::create(builder, loc, inMemory(element), pointer(address),
                           bytesOf(inMemory(element)));
  return isTruth ? elements().convert(number, element, false, false) : number;
}

void KernelLowering::storeAt(Value number, Value address) {
  if (number.getType().isInteger(1))
    number = elements().convert(number, builder.getI8Type(), true, false);
  LLVM::StoreOp::create(builder, loc, number, pointer(address),
                        bytesOf(number.getType()));
}

// Runs `work` where the mask holds; without a mask everywhere.
void KernelLowering::where(Value mask, ArrayRef<Value> index, Work work) {
  if (!mask)
    return work();
  auto guard =
      scf::IfOp::create(builder, loc, element(mask, index), /*withElse=*/false);
  OpBuilder::InsertionGuard outer(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  auto before = atHand; // what is computed inside is not seen outside
  work();
  atHand = std::move(before);
}

void KernelLowering::settleAll(ValueRange tiles) {
  for (Value tile : tiles)
    if (tile && isTile(tile))
      settleLoads(tile);
}

void KernelLowering::loadPtr(LoadPtrOp op, Value to) {
  settleAll(op->getOperands());
  Type element = op.getType().getElementType();
  nest(op.getType().getShape(), [&](ArrayRef<Value> index) {
    if (op.getMask())
      store(scalar(op.getPadding()), to, index);
    where(op.getMask(), index, [&] {
      store(loadAt(this->element(op.getAddresses(), index), element), to,
            index);
    });
  });
}

void KernelLowering::storePtr(StorePtrOp op) {
  settleAll(op->getOperands());
  cost += 4 * double(tileType(op.getValues()).getNumElements());
  nest(tileType(op.getValues()).getShape(), [&](ArrayRef<Value> index) {
    where(op.getMask(), index, [&] {
      storeAt(element(op.getValues(), index),
              element(op.getAddresses(), index));
    });
  });
}

//===----------------------------------------------------------------------===//
// Atomics
//===----------------------------------------------------------------------===//

// Every order is the strongest: on this kind of machine it costs nothing.
void KernelLowering::atomicRmw(AtomicRmwOp op, Value to) {
  settleAll(op->getOperands());
  Type type = op.getType().getElementType();
  nest(op.getType().getShape(), [&](ArrayRef<Value> index) {
    if (op.getMask())
      store(elements().number(type, 0), to, index);
    where(op.getMask(), index, [&] {
      Value old = LLVM::AtomicRMWOp::create(
          builder, loc, atomicOf(op),
          pointer(element(op.getAddresses(), index)),
          element(op.getValues(), index), LLVM::AtomicOrdering::seq_cst);
      store(old, to, index);
    });
  });
}

void KernelLowering::atomicCas(AtomicCasOp op, Value to) {
  settleAll(op->getOperands());
  Type type = op.getType().getElementType();
  Type bits = builder.getIntegerType(type.getIntOrFloatBitWidth());
  auto asBits = [&](Value number) {
    return type == bits ? number : emit<arith::BitcastOp>(bits, number);
  };
  nest(op.getType().getShape(), [&](ArrayRef<Value> index) {
    if (op.getMask())
      store(elements().number(type, 0), to, index);
    where(op.getMask(), index, [&] {
      Value made = LLVM::AtomicCmpXchgOp::create(
          builder, loc, pointer(element(op.getAddresses(), index)),
          asBits(element(op.getExpected(), index)),
          asBits(element(op.getDesired(), index)),
          LLVM::AtomicOrdering::seq_cst, LLVM::AtomicOrdering::seq_cst);
      Value old = LLVM::ExtractValueOp::create(builder, loc, made, 0);
      store(type == bits ? old : emit<arith::BitcastOp>(type, old), to, index);
    });
  });
}

} // namespace ferro::cpu
