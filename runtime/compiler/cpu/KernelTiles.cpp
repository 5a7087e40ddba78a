#include "compiler/cpu/KernelLowering.h"

#include "compiler/cpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

// From this price on an element that is needed again is kept.
static constexpr double expensive = 3;

//===----------------------------------------------------------------------===//
// What is kept
//===----------------------------------------------------------------------===//

// Ops that need their result's memory: what they combine is not one element of
// each operand.
static bool makesMemory(Operation *op) {
  return isa<ReduceOp, ReduceByOp, ScanOp, MmaOp, CatOp, InsertOp, LoadPtrOp,
             AtomicRmwOp, AtomicCasOp>(op);
}

// Made of numbers alone: as easily computed as read.
bool KernelLowering::isCheap(Value tile) const {
  Operation *op = tile.getDefiningOp();
  if (isa_and_nonnull<ConstantOp, ScalarToTileOp, IotaOp, ub::PoisonOp>(op))
    return true;
  return isa_and_nonnull<BroadcastOp, ReshapeOp>(op) &&
         isCheap(op->getOperand(0));
}

// Of one element, in additions.
double KernelLowering::price(Value tile) const {
  if (memory.contains(tile))
    return 1;
  Operation *op = tile.getDefiningOp();
  if (!op)
    return 1;
  double own =
      llvm::TypeSwitch<Operation *, double>(op)
          .Case<ConstantOp, ScalarToTileOp, IotaOp, BroadcastOp, ReshapeOp,
                PermuteOp, ExtractOp, BitcastOp, ub::PoisonOp>(
              [](auto) { return 0; })
          .Case<ExpOp, Exp2Op, SinOp, CosOp, LogOp, Log2Op>(
              [](auto) { return 10; })
          .Case<TanhOp, ErfOp, PowOp, TanOp, SinhOp, CoshOp, Atan2Op, MapOp>(
              [](auto) { return 20; })
          .Case<DivFOp, SqrtOp, RsqrtOp>([](auto) { return 4; })
          .Case<DivIOp, DivUIOp, FloorDivIOp, CeilDivIOp, CeilDivUIOp, RemIOp,
                RemUIOp>([](auto) { return 20; })
          .Default([](auto) { return 1; });
  for (Value operand : op->getOperands())
    if (isTile(operand))
      own += price(operand);
  return own;
}

static bool hasUnitAxesOnly(ArrayRef<std::int64_t> a,
                            ArrayRef<std::int64_t> b) {
  auto isLong = [](std::int64_t extent) { return extent != 1; };
  return llvm::equal(llvm::make_filter_range(a, isLong),
                     llvm::make_filter_range(b, isLong));
}

bool KernelLowering::isKept(Operation *op) {
  Value tile = op->getResult(0);
  if (makesMemory(op))
    return true;
  if (isCheap(tile))
    return false;
  if (auto view = dyn_cast<LoadViewOp>(op); view && mayChangeBeforeUse(view))
    return true;
  // What is computed in another block may run often, and what is read into
  // memory there is not seen here.
  if (llvm::any_of(tile.getUsers(), [&](Operation *user) {
        return user->getBlock() != op->getBlock();
      }))
    return true;
  double own = price(tile);
  std::int64_t size = tileType(tile).getNumElements();
  double times = 0;
  for (Operation *user : tile.getUsers()) {
    if (auto reshape = dyn_cast<ReshapeOp>(user);
        reshape && !hasUnitAxesOnly(tileType(tile).getShape(),
                                    reshape.getType().getShape()))
      return true;
    double repeats = 1;
    if (auto wide = dyn_cast<BroadcastOp>(user))
      repeats = double(wide.getType().getNumElements()) / double(size);
    times += repeats;
  }
  return times > 1 && own * (times - 1) > expensive;
}

// Whether something may write to what a load reads before its last use.
bool KernelLowering::mayChangeBeforeUse(LoadViewOp view) const {
  // Ops after the load that compute with it, in order.
  DenseSet<Value> derived{view.getResult()};
  Operation *last = nullptr;
  for (Operation *op = view->getNextNode(); op; op = op->getNextNode()) {
    bool uses = false;
    op->walk([&](Operation *inner) {
      uses |= llvm::any_of(inner->getOperands(), [&](Value operand) {
        return derived.contains(operand);
      });
    });
    if (!uses)
      continue;
    last = op;
    bool isLazy = op->getNumRegions() == 0 && !makesMemory(op);
    if (isLazy)
      derived.insert(op->result_begin(), op->result_end());
  }
  if (!last)
    return false;
  auto root = [](Value memref) {
    while (auto sub = memref.getDefiningOp<memref::SubViewOp>())
      memref = sub.getSource();
    return memref;
  };
  for (Operation *op = view->getNextNode(); op; op = op->getNextNode()) {
    bool writes = false;
    op->walk([&](Operation *inner) {
      if (auto other = dyn_cast<StoreViewOp>(inner)) {
        bool isSamePlace = other.getView() == view.getView() &&
                           llvm::equal(other.getOffsets(), view.getOffsets()) &&
                           other.getAxes() == view.getAxes() && op == last &&
                           inner == op;
        writes |= root(other.getView()) == root(view.getView()) && !isSamePlace;
      } else if (isa<StorePtrOp, AtomicRmwOp, AtomicCasOp>(inner)) {
        writes = true;
      }
    });
    if (writes)
      return true;
    if (op == last)
      return false;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value KernelLowering::allocate(RankedTensorType type) {
  return memref::AllocaOp::create(
      builder, loc,
      MemRefType::get(type.getShape(), inMemory(type.getElementType())),
      builder.getI64IntegerAttr(64));
}

Value KernelLowering::load(Value from, Type element, ArrayRef<Value> index) {
  Value number = memref::LoadOp::create(builder, loc, from, index);
  if (element.isInteger(1) && !number.getType().isInteger(1))
    number = elements().convert(number, element, false, false);
  return number;
}

void KernelLowering::store(Value number, Value to, ArrayRef<Value> index) {
  Type element = cast<MemRefType>(to.getType()).getElementType();
  if (number.getType().isInteger(1) && !element.isInteger(1))
    number = elements().convert(number, element, true, false);
  memref::StoreOp::create(builder, loc, number, to, index);
}

void KernelLowering::define(Operation *op) {
  Value tile = op->getResult(0);
  double own = price(tile);
  if (!isKept(op))
    return;
  cost += own * double(tileType(tile).getNumElements());
  if (auto product = dyn_cast<MmaOp>(op)) {
    Value to = accumulatorOf(product);
    memory[tile] = to ? to : allocate(tileType(tile));
    return mma(product, memory[tile]);
  }
  Value to = allocate(tileType(tile));
  fill(tile, to);
  memory[tile] = to;
}

// The memory of a tile, which may have to be computed first.
Value KernelLowering::memoryOf(Value tile) {
  if (auto found = memory.find(tile); found != memory.end())
    return found->second;
  Value to = allocate(tileType(tile));
  fill(tile, to);
  return to;
}

void KernelLowering::fill(Value tile, Value to) {
  if (auto found = memory.find(tile); found != memory.end()) {
    if (found->second == to)
      return;
  } else if (Operation *op = tile.getDefiningOp()) {
    bool done =
        llvm::TypeSwitch<Operation *, bool>(op)
            .Case([&](LoadViewOp op) { return fillFromView(op, to), true; })
            .Case([&](LoadPtrOp op) { return loadPtr(op, to), true; })
            .Case([&](AtomicRmwOp op) { return atomicRmw(op, to), true; })
            .Case([&](AtomicCasOp op) { return atomicCas(op, to), true; })
            .Case([&](ReduceOp op) { return reduce(op, to), true; })
            .Case([&](ReduceByOp op) { return reduceBy(op, to), true; })
            .Case([&](ScanOp op) { return scan(op, to), true; })
            .Case([&](CatOp op) { return cat(op, to), true; })
            .Case([&](InsertOp op) { return insert(op, to), true; })
            .Case([&](MmaOp op) { return mma(op, to), true; })
            .Default(false);
    if (done)
      return;
  }
  if (isa_and_nonnull<ub::PoisonOp>(tile.getDefiningOp()))
    return; // whatever is there
  reading(tile, [&] {
    nest(tileType(tile).getShape(), [&](ArrayRef<Value> index) {
      store(element(tile, index), to, index);
    });
  });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

// What vectorize knows to widen.
bool isVectorizable(scf::ForOp loop) {
  return llvm::all_of(loop.getBody()->without_terminator(), [](Operation &op) {
    return isa<arith::ArithDialect, math::MathDialect>(op.getDialect()) ||
           isa<memref::LoadOp, memref::StoreOp, memref::PrefetchOp>(op);
  });
}

void KernelLowering::nest(ArrayRef<Value> bounds, ElementWork body) {
  OpBuilder::InsertionGuard guard(builder);
  Value zero = constant(0), one = constant(1);
  Index index(bounds.size(), zero);
  scf::ForOp inner;
  for (auto [axis, bound] : llvm::enumerate(bounds)) {
    if (auto known = getConstantIntValue(bound); known == 1)
      continue;
    inner = scf::ForOp::create(builder, loc, zero, bound, one);
    index[axis] = inner.getInductionVar();
    builder.setInsertionPointToStart(inner.getBody());
  }
  atHand.clear();
  body(index);
  atHand.clear();
  if (inner && isVectorizable(inner))
    inner->setAttr(vectorAttr, builder.getUnitAttr());
}

void KernelLowering::nest(ArrayRef<std::int64_t> shape, ElementWork body) {
  SmallVector<Value> bounds;
  for (std::int64_t extent : shape)
    bounds.push_back(constant(extent));
  nest(bounds, body);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value KernelLowering::element(Value tile, ArrayRef<Value> index) {
  std::pair<void *, std::vector<void *>> key{tile.getAsOpaquePointer(), {}};
  for (Value each : index)
    key.second.push_back(each.getAsOpaquePointer());
  if (auto found = atHand.find(key); found != atHand.end())
    return found->second;
  Value number = compute(tile, index);
  return atHand[key] = number;
}

static SmallVector<Value> narrowed(ArrayRef<Value> index,
                                   ArrayRef<std::int64_t> shape, Value zero) {
  SmallVector<Value> result(index);
  for (auto [each, extent] : llvm::zip_equal(result, shape))
    if (extent == 1)
      each = zero;
  return result;
}

Value KernelLowering::compute(Value tile, ArrayRef<Value> index) {
  Type type = tileType(tile).getElementType();
  if (auto found = memory.find(tile); found != memory.end())
    return load(found->second, type, index);
  Operation *op = tile.getDefiningOp();
  auto shape = [](Value value) { return tileType(value).getShape(); };
  if (auto constantOp = dyn_cast<ConstantOp>(op))
    return constantElement(constantOp, index);
  if (auto number = dyn_cast<ScalarToTileOp>(op))
    return scalar(number.getSource());
  if (isa<ub::PoisonOp>(op))
    return elements().number(type, 0);
  if (isa<IotaOp>(op)) {
    Value counted = arith::IndexCastOp::create(builder, loc,
                                               builder.getI64Type(), index[0]);
    return elements().convert(counted, type, false, false);
  }
  if (auto view = dyn_cast<LoadViewOp>(op))
    return load(scalar(view.getView()), type,
                viewIndex(view.getOffsets(), view.getAxes(), index));
  if (auto wide = dyn_cast<BroadcastOp>(op))
    return element(wide.getSource(),
                   narrowed(index, shape(wide.getSource()), constant(0)));
  if (auto other = dyn_cast<ReshapeOp>(op))
    return element(other.getSource(),
                   reshaped(index, shape(tile), shape(other.getSource())));
  if (auto permute = dyn_cast<PermuteOp>(op)) {
    Index from(index.size());
    for (auto [to, axis] : llvm::enumerate(permute.getAxes()))
      from[axis] = index[to];
    return element(permute.getSource(), from);
  }
  if (auto part = dyn_cast<ExtractOp>(op)) {
    Index from;
    for (auto [axis, at] : llvm::enumerate(part.getIndices())) {
      Value start =
          emit<arith::MulIOp>(scalar(at), constant(shape(tile)[axis]));
      from.push_back(emit<arith::AddIOp>(start, index[axis]));
    }
    return element(part.getSource(), from);
  }
  if (auto addressOp = dyn_cast<AddressOp>(op))
    return address(addressOp, index);
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(isTile(operand) ? element(operand, index)
                                       : scalar(operand));
  if (auto map = dyn_cast<MapOp>(op))
    return inlined(map.getBody(), operands);
  if (isa<arith::SelectOp>(op)) // of tiles, by a number
    return arith::SelectOp::create(builder, loc, operands[0], operands[1],
                                   operands[2]);
  return applied(op, operands);
}

Value KernelLowering::constantElement(ConstantOp op, ArrayRef<Value>) {
  auto splat = cast<SplatElementsAttr>(op.getValue());
  auto number = splat.getSplatValue<TypedAttr>();
  if (isPattern(number.getType()))
    return patternConstant(number);
  return arith::ConstantOp::create(builder, loc,
                                   splat.getSplatValue<TypedAttr>());
}

Value KernelLowering::patternConstant(TypedAttr number) {
  llvm::APInt bits = isa<FloatAttr>(number)
                         ? cast<FloatAttr>(number).getValue().bitcastToAPInt()
                         : cast<IntegerAttr>(number).getValue();
  if (isa<FloatTF32Type>(number.getType())) {
    llvm::APFloat value(llvm::APFloat::IEEEsingle(), bits.zext(32).shl(13));
    return arith::ConstantOp::create(
        builder, loc, builder.getFloatAttr(builder.getF32Type(), value));
  }
  return arith::ConstantOp::create(
      builder, loc, builder.getIntegerAttr(builder.getI8Type(), bits.zext(8)));
}

// The index in `to` of the element that has `index` in `from`, in row-major
// order. Axes of extent 1 come and go; anything else is counted.
KernelLowering::Index KernelLowering::reshaped(ArrayRef<Value> index,
                                               ArrayRef<std::int64_t> from,
                                               ArrayRef<std::int64_t> to) {
  Value zero = constant(0);
  Index result;
  if (hasUnitAxesOnly(from, to)) {
    std::size_t next = 0;
    for (std::int64_t extent : to) {
      if (extent == 1) {
        result.push_back(zero);
        continue;
      }
      while (from[next] == 1)
        ++next;
      result.push_back(index[next++]);
    }
    return result;
  }
  Value flat = zero;
  for (auto [at, extent] : llvm::zip_equal(index, from))
    flat = emit<arith::AddIOp>(emit<arith::MulIOp>(flat, constant(extent)), at);
  result.resize(to.size());
  for (std::size_t axis = to.size(); axis-- > 1;) {
    result[axis] = emit<arith::RemUIOp>(flat, constant(to[axis]));
    flat = emit<arith::DivUIOp>(flat, constant(to[axis]));
  }
  if (!to.empty())
    result[0] = flat;
  return result;
}

} // namespace ferro::cpu
