// Tiles in registers, and what threads tell each other.
#include "compiler/gpu/ThreadLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

#include "llvm/ADT/TypeSwitch.h"

#include <bit>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::gpu {

static constexpr unsigned lanes = 32; // of a warp

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

Layout ThreadLowering::layoutOf(ArrayRef<std::int64_t> shape) const {
  std::int64_t count = 1;
  for (std::int64_t extent : shape)
    count *= extent;
  return Layout::blocked(static_cast<std::uint32_t>(count), numThreads, width);
}
Layout ThreadLowering::layoutOf(Value tile) const {
  return layoutOf(tileType(tile).getShape());
}

// Thread bits of a blocked layout are neighbours in the index.
Value ThreadLowering::flatIndex(const Layout &layout, unsigned reg) {
  std::uint32_t owners = layout.numOwners();
  if (owners == 1)
    return constant32(layout.registers(reg));
  Value own = thread;
  if (owners < numThreads)
    own = emit<arith::AndIOp>(own, constant32(owners - 1));
  Value first = emit<arith::MulIOp>(own, constant32(layout.threads(1)));
  return emit<arith::AddIOp>(first, constant32(layout.registers(reg)));
}

ThreadLowering::Coordinates
ThreadLowering::coordinates(Value flat, ArrayRef<std::int64_t> shape) {
  Coordinates result(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] == 1) {
      result[axis] = constant32(0);
      continue;
    }
    unsigned bits = std::countr_zero(static_cast<std::uint64_t>(shape[axis]));
    result[axis] = emit<arith::AndIOp>(flat, constant32(shape[axis] - 1));
    flat = emit<arith::ShRUIOp>(flat, constant32(bits));
  }
  return result;
}

Value ThreadLowering::flatten(ArrayRef<Value> at,
                              ArrayRef<std::int64_t> shape) {
  Value flat = constant32(0);
  for (auto [coordinate, extent] : llvm::zip_equal(at, shape)) {
    flat = emit<arith::MulIOp>(flat, constant32(extent));
    if (extent != 1)
      flat = emit<arith::AddIOp>(flat, coordinate);
  }
  return flat;
}

// Whether this thread is the first that holds its elements; null if all are.
Value ThreadLowering::owner(const Layout &layout) {
  if (layout.numOwners() == numThreads)
    return {};
  return emit<arith::CmpIOp>(arith::CmpIPredicate::ult, thread,
                             constant32(layout.numOwners()));
}

void ThreadLowering::where(Value condition, Work work) {
  if (!condition)
    return work();
  auto guard = scf::IfOp::create(builder, loc, condition, false);
  OpBuilder::InsertionGuard outer(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  work();
}

Value ThreadLowering::chosen(Value condition, Type type,
                             llvm::function_ref<Value()> work,
                             llvm::function_ref<Value()> otherwise) {
  auto guard =
      scf::IfOp::create(builder, loc, TypeRange{type}, condition, true);
  OpBuilder::InsertionGuard outer(builder);
  builder.setInsertionPointToEnd(guard.thenBlock());
  scf::YieldOp::create(builder, loc, work());
  builder.setInsertionPointToEnd(guard.elseBlock());
  scf::YieldOp::create(builder, loc, otherwise());
  return guard.getResult(0);
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

void ThreadLowering::reserve(std::int64_t bytes) {
  sharedBytes = std::max(sharedBytes, bytes);
}

// Also orders the block's accesses to other memory.
void ThreadLowering::barrier() {
  intrinsic("llvm.nvvm.barrier.cta.sync.aligned.all", {}, constant32(0));
  accesses = {};
}

Value ThreadLowering::sharedPlace(std::int64_t byte, Value flat, Type element) {
  Type type = LLVM::LLVMPointerType::get(builder.getContext(), 3);
  Value start = LLVM::AddressOfOp::create(builder, loc, type, sharedSymbol);
  Value offset = emit<arith::AddIOp>(
      emit<arith::MulIOp>(flat, constant32(bytesOf(element))),
      constant32(byte));
  return LLVM::GEPOp::create(builder, loc, type, builder.getI8Type(), start,
                             ArrayRef<LLVM::GEPArg>{offset});
}

void ThreadLowering::writeShared(std::int64_t byte, Value flat, Value number) {
  if (number.getType().isInteger(1))
    number = elements().convert(number, builder.getI8Type(), true, false);
  LLVM::StoreOp::create(builder, loc, number,
                        sharedPlace(byte, flat, number.getType()),
                        bytesOf(number.getType()));
}

Value ThreadLowering::readShared(std::int64_t byte, Value flat, Type element) {
  Value number =
      LLVM::LoadOp::create(builder, loc, inMemory(element),
                           sharedPlace(byte, flat, element), bytesOf(element));
  return element.isInteger(1)
             ? elements().convert(number, element, false, false)
             : number;
}

// Writes a tile in row-major order; returns where it ends.
std::int64_t ThreadLowering::share(Value tile, std::int64_t byte) {
  Layout layout = layoutOf(tile);
  Registers values = registers[tile];
  where(owner(layout), [&] {
    for (auto [reg, value] : llvm::enumerate(values))
      writeShared(byte, flatIndex(layout, reg), value);
  });
  std::int64_t end = byte + tileType(tile).getNumElements() *
                                bytesOf(tileType(tile).getElementType());
  reserve(end);
  return (end + 15) / 16 * 16;
}

// The elements of `result` are those of `source` at a place that depends on
// their coordinates.
ThreadLowering::Registers
ThreadLowering::gathered(Value source, Value result,
                         llvm::function_ref<Value(ArrayRef<Value>)> place) {
  share(source, 0);
  barrier();
  Layout layout = layoutOf(result);
  Registers made;
  for (unsigned reg = 0; reg < layout.registers.size(); ++reg) {
    Coordinates at =
        coordinates(flatIndex(layout, reg), tileType(result).getShape());
    made.push_back(readShared(0, place(at), tileType(source).getElementType()));
  }
  barrier();
  return made;
}

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

ThreadLowering::Registers ThreadLowering::define(Operation *op) {
  unsigned count = layoutOf(op->getResult(0)).registers.size();
  return TypeSwitch<Operation *, Registers>(op)
      .Case([&](ConstantOp op) { return Registers(count, splat(op)); })
      .Case([&](ScalarToTileOp op) {
        return Registers(count, scalar(op.getSource()));
      })
      .Case([&](ub::PoisonOp op) {
        return Registers(count,
                         elements().number(tileType(op).getElementType(), 0));
      })
      .Case([&](IotaOp op) { return iota(op); })
      .Case([&](ReshapeOp op) { return registers[op.getSource()]; })
      .Case([&](BroadcastOp op) { return broadcast(op); })
      .Case([&](PermuteOp op) { return permute(op); })
      .Case([&](ExtractOp op) { return extract(op); })
      .Case([&](InsertOp op) { return insert(op); })
      .Case([&](CatOp op) { return cat(op); })
      .Case([&](ReduceOp op) { return reduce(op); })
      .Case([&](ReduceByOp op) { return reduceBy(op); })
      .Case([&](ScanOp op) { return scan(op); })
      .Case([&](MmaOp op) { return mma(op); })
      .Case([&](LoadViewOp op) { return loadView(op); })
      .Case([&](LoadPtrOp op) { return loadPtr(op); })
      .Case([&](AddressOp op) { return address(op); })
      .Case([&](AtomicRmwOp op) { return atomicRmw(op); })
      .Case([&](AtomicCasOp op) { return atomicCas(op); })
      .Default([&](Operation *op) { return elementwise(op); });
}

ThreadLowering::Registers ThreadLowering::elementwise(Operation *op) {
  Registers result;
  for (unsigned reg = 0; reg < layoutOf(op->getResult(0)).registers.size();
       ++reg) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(isTile(operand) ? registers[operand][reg]
                                         : scalar(operand));
    if (auto map = dyn_cast<MapOp>(op)) {
      result.push_back(inlined(map.getBody(), operands));
    } else if (isa<arith::SelectOp>(op)) {
      result.push_back(
          emit<arith::SelectOp>(operands[0], operands[1], operands[2]));
    } else if (Value number = elements().apply(op, operands)) {
      result.push_back(number);
    } else {
      refuse(op->getName().getStringRef().str() + " has no PTX");
    }
  }
  return result;
}

Value ThreadLowering::splat(ConstantOp op) {
  auto known = dyn_cast<SplatElementsAttr>(op.getValue());
  if (!known)
    refuse("a constant tile whose elements differ has no PTX");
  auto number = known.getSplatValue<TypedAttr>();
  if (!cpu::isPattern(number.getType()))
    return arith::ConstantOp::create(builder, loc, number);
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

ThreadLowering::Registers ThreadLowering::iota(IotaOp op) {
  Layout layout = layoutOf(op.getResult());
  Registers result;
  for (unsigned reg = 0; reg < layout.registers.size(); ++reg)
    result.push_back(elements().convert(
        flatIndex(layout, reg), tileType(op.getResult()).getElementType(),
        /*zeroExtend=*/true, false));
  return result;
}

//===----------------------------------------------------------------------===//
// Other places
//===----------------------------------------------------------------------===//

ThreadLowering::Registers ThreadLowering::broadcast(BroadcastOp op) {
  Value source = op.getSource();
  ArrayRef<std::int64_t> from = tileType(source).getShape();
  if (tileType(source).getNumElements() == 1) // every thread holds it
    return Registers(layoutOf(op.getResult()).registers.size(),
                     registers[source][0]);
  return gathered(source, op.getResult(), [&](ArrayRef<Value> at) {
    Coordinates narrowed(at);
    for (auto [each, extent] : llvm::zip_equal(narrowed, from))
      if (extent == 1)
        each = constant32(0);
    return flatten(narrowed, from);
  });
}

ThreadLowering::Registers ThreadLowering::permute(PermuteOp op) {
  return gathered(op.getSource(), op.getResult(), [&](ArrayRef<Value> at) {
    Coordinates from(at.size());
    for (auto [to, axis] : llvm::enumerate(op.getAxes()))
      from[axis] = at[to];
    return flatten(from, tileType(op.getSource()).getShape());
  });
}

ThreadLowering::Registers ThreadLowering::extract(ExtractOp op) {
  ArrayRef<std::int64_t> part = tileType(op.getResult()).getShape();
  return gathered(op.getSource(), op.getResult(), [&](ArrayRef<Value> at) {
    Coordinates from;
    for (auto [axis, index] : llvm::enumerate(op.getIndices())) {
      Value start = emit<arith::MulIOp>(
          emit<arith::IndexCastOp>(builder.getI32Type(), scalar(index)),
          constant32(part[axis]));
      from.push_back(emit<arith::AddIOp>(start, at[axis]));
    }
    return flatten(from, tileType(op.getSource()).getShape());
  });
}

ThreadLowering::Registers ThreadLowering::insert(InsertOp op) {
  Value part = op.getPart();
  ArrayRef<std::int64_t> shape = tileType(op.getResult()).getShape();
  ArrayRef<std::int64_t> partShape = tileType(part).getShape();
  share(op.getSource(), 0);
  barrier();
  Layout partLayout = layoutOf(part);
  Registers values = registers[part];
  where(owner(partLayout), [&] {
    for (auto [reg, value] : llvm::enumerate(values)) {
      Coordinates to = coordinates(flatIndex(partLayout, reg), partShape);
      for (auto [axis, index] : llvm::enumerate(op.getIndices())) {
        Value start = emit<arith::MulIOp>(
            emit<arith::IndexCastOp>(builder.getI32Type(), scalar(index)),
            constant32(partShape[axis]));
        to[axis] = emit<arith::AddIOp>(start, to[axis]);
      }
      writeShared(0, flatten(to, shape), value);
    }
  });
  barrier();
  Layout layout = layoutOf(op.getResult());
  Registers result;
  for (unsigned reg = 0; reg < layout.registers.size(); ++reg)
    result.push_back(
        readShared(0, flatIndex(layout, reg), tileType(part).getElementType()));
  barrier();
  return result;
}

ThreadLowering::Registers ThreadLowering::cat(CatOp op) {
  ArrayRef<std::int64_t> shape = tileType(op.getResult()).getShape();
  Type element = tileType(op.getResult()).getElementType();
  auto axis = static_cast<std::size_t>(op.getAxis());
  std::int64_t before = 0;
  for (Value part : {op.getLhs(), op.getRhs()}) {
    Layout layout = layoutOf(part);
    ArrayRef<std::int64_t> partShape = tileType(part).getShape();
    where(owner(layout), [&] {
      for (auto [reg, value] : llvm::enumerate(registers[part])) {
        Coordinates to = coordinates(flatIndex(layout, reg), partShape);
        to[axis] = emit<arith::AddIOp>(to[axis], constant32(before));
        writeShared(0, flatten(to, shape), value);
      }
    });
    before += partShape[axis];
  }
  reserve(tileType(op.getResult()).getNumElements() * bytesOf(element));
  barrier();
  Layout layout = layoutOf(op.getResult());
  Registers result;
  for (unsigned reg = 0; reg < layout.registers.size(); ++reg)
    result.push_back(readShared(0, flatIndex(layout, reg), element));
  barrier();
  return result;
}

// Whether all threads hold the same number, whatever other blocks do meanwhile.
bool ThreadLowering::isUniform(Value tile) const {
  Operation *op = tile.getDefiningOp();
  if (!op)
    return false;
  if (isa<ConstantOp, ScalarToTileOp, IotaOp, ReduceOp, ReduceByOp, CatOp,
          ExtractOp, PermuteOp, InsertOp>(op))
    return true;
  bool computes = op->hasTrait<OpTrait::Elementwise>() ||
                  isa<ReshapeOp, BroadcastOp, MapOp>(op);
  return computes && llvm::all_of(op->getOperands(), [&](Value operand) {
           return !isTile(operand) || isUniform(operand);
         });
}

Value ThreadLowering::tileToScalar(Value tile) {
  if (isUniform(tile))
    return registers[tile][0];
  share(tile, 0);
  barrier();
  Value number = readShared(0, constant32(0), tileType(tile).getElementType());
  barrier();
  return number;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

// The number of the lane whose index differs in `bit`.
static Value shuffled(OpBuilder &builder, Location loc, Value number,
                      unsigned bit) {
  Type type = number.getType(), i32 = builder.getI32Type();
  unsigned bits = type.getIntOrFloatBitWidth();
  auto constant = [&](std::int64_t value, Type of) -> Value {
    return arith::ConstantIntOp::create(builder, loc, of, value);
  };
  auto shuffle = [&](Value word) -> Value {
    return LLVM::CallIntrinsicOp::create(
               builder, loc, i32,
               builder.getStringAttr("llvm.nvvm.shfl.sync.bfly.i32"),
               ValueRange{constant(-1, i32), word, constant(bit, i32),
                          constant(31, i32)})
        .getResult(0);
  };
  Type integer = builder.getIntegerType(bits);
  Value word = type == integer
                   ? number
                   : arith::BitcastOp::create(builder, loc, integer, number);
  if (bits < 32) {
    word = shuffle(arith::ExtUIOp::create(builder, loc, i32, word));
    word = arith::TruncIOp::create(builder, loc, integer, word);
  } else if (bits == 32) {
    word = shuffle(word);
  } else {
    Value shift = constant(32, integer);
    Value low = shuffle(arith::TruncIOp::create(builder, loc, i32, word));
    Value high = shuffle(arith::TruncIOp::create(
        builder, loc, i32, arith::ShRUIOp::create(builder, loc, word, shift)));
    word = arith::OrIOp::create(
        builder, loc, arith::ExtUIOp::create(builder, loc, integer, low),
        arith::ShLIOp::create(
            builder, loc, arith::ExtUIOp::create(builder, loc, integer, high),
            shift));
  }
  return type == integer ? word
                         : arith::BitcastOp::create(builder, loc, type, word);
}

// The bits of a row-major index that count along `axes`.
static std::uint32_t bitsOf(ArrayRef<std::int64_t> axes,
                            ArrayRef<std::int64_t> shape) {
  std::uint32_t mask = 0, unit = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    auto extent = static_cast<std::uint32_t>(shape[axis]);
    if (llvm::is_contained(axes, static_cast<std::int64_t>(axis)))
      mask |= unit * (extent - 1);
    unit *= extent;
  }
  return mask;
}

// Registers first, then lanes by shuffles, then warps through shared memory.
// The order depends on the shapes alone.
ThreadLowering::Registers ThreadLowering::reduce(ReduceOp op) {
  ArrayRef<std::int64_t> shape = tileType(op.getSource()).getShape();
  Type element = op.getType().getElementType();
  ReduceKind kind = op.getKind();
  Layout layout = layoutOf(op.getSource());
  std::uint32_t along = bitsOf(op.getAxes(), shape);
  Registers values = registers[op.getSource()];
  bool skipsNan = kind == ReduceKind::MaxNum;
  if (skipsNan)
    for (Value &value : values)
      value =
          elements().combine(kind, elements().neutral(kind, element), value);
  std::uint32_t count = layout.registers.size(), folded = 0;
  for (std::uint32_t bit = 1; bit < count; bit *= 2) {
    if (!(layout.registers(bit) & along))
      continue;
    folded |= bit;
    for (std::uint32_t reg = 0; reg < count; ++reg)
      if (!(reg & folded))
        values[reg] = elements().combine(kind, values[reg], values[reg | bit]);
  }
  std::uint32_t others = 0, parts = 1; // thread bits that do not write
  Value part = constant32(0);
  for (std::uint32_t bit = 1; bit < numThreads; bit *= 2) {
    std::uint32_t image = layout.threads(bit);
    if (image == 0 || (image & along && bit < lanes))
      others |= bit;
    if (!(image & along))
      continue;
    if (bit < lanes) {
      for (std::uint32_t reg = 0; reg < count; ++reg)
        if (!(reg & folded))
          values[reg] = elements().combine(
              kind, values[reg], shuffled(builder, loc, values[reg], bit));
      continue;
    }
    Value mine = emit<arith::AndIOp>(
        emit<arith::ShRUIOp>(thread, constant32(std::countr_zero(bit))),
        constant32(1));
    part =
        emit<arith::AddIOp>(part, emit<arith::MulIOp>(mine, constant32(parts)));
    parts *= 2;
  }
  Value writes;
  if (others)
    writes = emit<arith::CmpIOp>(
        arith::CmpIPredicate::eq,
        emit<arith::AndIOp>(thread, constant32(others)), constant32(0));
  ArrayRef<std::int64_t> resultShape = op.getType().getShape();
  where(writes, [&] {
    for (std::uint32_t reg = 0; reg < count; ++reg) {
      if (reg & folded)
        continue;
      Coordinates at = coordinates(flatIndex(layout, reg), shape);
      for (std::int64_t axis : op.getAxes())
        at[axis] = constant32(0);
      Value place = emit<arith::AddIOp>(
          emit<arith::MulIOp>(flatten(at, resultShape), constant32(parts)),
          part);
      writeShared(0, place, values[reg]);
    }
  });
  reserve(op.getType().getNumElements() * parts * bytesOf(element));
  barrier();
  Layout made = layoutOf(op.getResult());
  Registers result;
  for (unsigned reg = 0; reg < made.registers.size(); ++reg) {
    Value first = emit<arith::MulIOp>(flatIndex(made, reg), constant32(parts));
    Value total = readShared(0, first, element);
    for (std::uint32_t next = 1; next < parts; ++next)
      total = elements().combine(
          kind, total,
          readShared(0, emit<arith::AddIOp>(first, constant32(next)), element));
    result.push_back(total);
  }
  barrier();
  return result;
}

//===----------------------------------------------------------------------===//
// Scans
//===----------------------------------------------------------------------===//

// After step d an element holds what the 2d elements up to it combine to.
ThreadLowering::Registers ThreadLowering::scanned(Region &body, Value source,
                                                  std::int64_t axis,
                                                  bool reverse) {
  ArrayRef<std::int64_t> shape = tileType(source).getShape();
  Type element = tileType(source).getElementType();
  Layout layout = layoutOf(source);
  std::int64_t unit = 1;
  for (std::int64_t extent : shape.drop_front(axis + 1))
    unit *= extent;
  Registers values = registers[source];
  reserve(tileType(source).getNumElements() * bytesOf(element));
  for (std::int64_t step = 1; step < shape[axis]; step *= 2) {
    where(owner(layout), [&] {
      for (auto [reg, value] : llvm::enumerate(values))
        writeShared(0, flatIndex(layout, reg), value);
    });
    barrier();
    for (auto [reg, value] : llvm::enumerate(values)) {
      Value flat = flatIndex(layout, reg);
      Value at = coordinates(flat, shape)[axis];
      Value has = emit<arith::CmpIOp>(
          reverse ? arith::CmpIPredicate::ult : arith::CmpIPredicate::uge, at,
          constant32(reverse ? shape[axis] - step : step));
      Value far = emit<arith::AddIOp>(
          flat, constant32(reverse ? step * unit : -step * unit));
      Value before =
          readShared(0, emit<arith::SelectOp>(has, far, flat), element);
      value = emit<arith::SelectOp>(has, inlined(body, {before, value}), value);
    }
    barrier();
  }
  return values;
}

ThreadLowering::Registers ThreadLowering::reduceBy(ReduceByOp op) {
  Value source = op.getSource();
  ArrayRef<std::int64_t> shape = tileType(source).getShape();
  Registers before = registers[source];
  registers[source] =
      scanned(op.getBody(), source, op.getAxis(), /*reverse=*/false);
  Registers result = gathered(source, op.getResult(), [&](ArrayRef<Value> at) {
    Coordinates last(at);
    last[op.getAxis()] = constant32(shape[op.getAxis()] - 1);
    return flatten(last, shape);
  });
  registers[source] = before;
  return result;
}

ThreadLowering::Registers ThreadLowering::scan(ScanOp op) {
  Value source = op.getSource();
  Registers totals =
      scanned(op.getBody(), source, op.getAxis(), op.getReverse());
  if (!op.getExclusive())
    return totals;
  ArrayRef<std::int64_t> shape = tileType(source).getShape();
  std::int64_t extent = shape[op.getAxis()];
  Registers before = registers[source];
  registers[source] = totals;
  Layout layout = layoutOf(source);
  auto isEdge = [&](ArrayRef<Value> at) {
    return emit<arith::CmpIOp>(arith::CmpIPredicate::eq, at[op.getAxis()],
                               constant32(op.getReverse() ? extent - 1 : 0));
  };
  Registers result = gathered(source, source, [&](ArrayRef<Value> at) {
    Coordinates from(at);
    Value next = emit<arith::AddIOp>(from[op.getAxis()],
                                     constant32(op.getReverse() ? 1 : -1));
    from[op.getAxis()] =
        emit<arith::SelectOp>(isEdge(at), from[op.getAxis()], next);
    return flatten(from, shape);
  });
  for (auto [reg, value] : llvm::enumerate(result)) {
    Coordinates at = coordinates(flatIndex(layout, reg), shape);
    value = emit<arith::SelectOp>(isEdge(at), scalar(op.getIdentity()), value);
  }
  registers[source] = before;
  return result;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

// Both operands in shared memory; each thread walks k for its elements.
ThreadLowering::Registers ThreadLowering::mma(MmaOp op) {
  ArrayRef<std::int64_t> shape = tileType(op.getResult()).getShape();
  ArrayRef<std::int64_t> lhsShape = tileType(op.getLhs()).getShape();
  Type element = tileType(op.getResult()).getElementType();
  Type from = tileType(op.getLhs()).getElementType();
  bool isNarrow = isa<FloatType>(element) && bytesOf(element) == 2;
  Type wide = isNarrow ? Type(builder.getF32Type()) : element;
  std::int64_t depth = lhsShape.back();
  std::size_t rank = shape.size();
  std::int64_t rhsStart = share(op.getLhs(), 0);
  share(op.getRhs(), rhsStart);
  barrier();
  Layout layout = layoutOf(op.getResult());
  Registers inits;
  for (Value value : registers[op.getAcc()])
    inits.push_back(
        elements().convertElement(value, element, wide, false, false, false));
  auto loop = scf::ForOp::create(builder, loc, constantIndex(0),
                                 constantIndex(depth), constantIndex(1), inits);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(loop.getBody());
    Value k =
        emit<arith::IndexCastOp>(builder.getI32Type(), loop.getInductionVar());
    Registers totals;
    for (auto [reg, total] : llvm::enumerate(loop.getRegionIterArgs())) {
      Coordinates at = coordinates(flatIndex(layout, reg), shape);
      Coordinates left(at), right(at);
      left[rank - 1] = k;
      right[rank - 2] = k;
      Value a = readShared(0, flatten(left, lhsShape), from);
      Value b =
          readShared(rhsStart, flatten(right, tileType(op.getRhs()).getShape()),
                     tileType(op.getRhs()).getElementType());
      a = elements().convertElement(a, from, wide, op.getZeroExtendLhs(), false,
                                    false);
      b = elements().convertElement(b, tileType(op.getRhs()).getElementType(),
                                    wide, op.getZeroExtendRhs(), false, false);
      if (isa<FloatType>(wide))
        totals.push_back(math::FmaOp::create(builder, loc, a, b, total));
      else
        totals.push_back(emit<arith::AddIOp>(emit<arith::MulIOp>(a, b), total));
    }
    scf::YieldOp::create(builder, loc, totals);
  }
  barrier();
  Registers result;
  for (Value value : loop.getResults())
    result.push_back(
        elements().convertElement(value, wide, element, false, false, false));
  return result;
}

//===----------------------------------------------------------------------===//
// Functions of numbers
//===----------------------------------------------------------------------===//

Value ThreadLowering::numberOf(Value value, const IRMapping &numbers) {
  if (numbers.contains(value))
    return numbers.lookup(value);
  return isTile(value) ? registers[value][0] : scalar(value);
}

Value ThreadLowering::inlined(Region &region, ArrayRef<Value> arguments) {
  IRMapping numbers;
  numbers.map(region.front().getArguments(), arguments);
  inlineBlock(region.front(), numbers);
  return numberOf(region.front().getTerminator()->getOperand(0), numbers);
}

void ThreadLowering::inlineBlock(Block &block, IRMapping &numbers) {
  for (Operation &op : block.without_terminator())
    inlineOperation(&op, numbers);
}

void ThreadLowering::inlineOperation(Operation *op, IRMapping &numbers) {
  if (op->getNumRegions() != 0)
    return inlineControl(op, numbers);
  if (isa<ScalarToTileOp, TileToScalarOp, ReshapeOp, BroadcastOp>(op))
    return numbers.map(op->getResult(0), numberOf(op->getOperand(0), numbers));
  if (auto number = dyn_cast<ConstantOp>(op))
    return numbers.map(op->getResult(0), splat(number));
  SmallVector<Value> operands = llvm::map_to_vector(
      op->getOperands(), [&](Value each) { return numberOf(each, numbers); });
  if (op->getNumResults() == 1 && isTile(op->getResult(0))) {
    Value number =
        isa<ub::PoisonOp>(op)
            ? elements().number(tileType(op->getResult(0)).getElementType(), 0)
            : elements().apply(op, operands);
    if (!number)
      refuse(op->getName().getStringRef().str() +
             " does not work element by element");
    return numbers.map(op->getResult(0), number);
  }
  IRMapping given;
  given.map(op->getOperands(), operands);
  numbers.map(op->getResults(), builder.clone(*op, given)->getResults());
}

void ThreadLowering::inlineControl(Operation *op, IRMapping &numbers) {
  auto numbersOf = [&](ValueRange values) {
    return llvm::map_to_vector(
        values, [&](Value each) { return numberOf(each, numbers); });
  };
  auto fill = [&](Block *to, Block &from) {
    OpBuilder::InsertionGuard guard(builder);
    if (!to->empty())
      to->back().erase();
    builder.setInsertionPointToEnd(to);
    inlineBlock(from, numbers);
    scf::YieldOp::create(builder, loc,
                         numbersOf(from.getTerminator()->getOperands()));
  };
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    SmallVector<Type> types =
        llvm::map_to_vector(op->getResults(), [&](Value value) -> Type {
          return isTile(value)
                     ? cpu::registerType(tileType(value).getElementType())
                     : value.getType();
        });
    auto made = scf::IfOp::create(builder, loc, types,
                                  numberOf(branch.getCondition(), numbers),
                                  /*withElseRegion=*/true);
    fill(made.thenBlock(), *branch.thenBlock());
    fill(made.elseBlock(), *branch.elseBlock());
    return numbers.map(op->getResults(), made.getResults());
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    auto made = scf::ForOp::create(
        builder, loc, numberOf(loop.getLowerBound(), numbers),
        numberOf(loop.getUpperBound(), numbers),
        numberOf(loop.getStep(), numbers), numbersOf(loop.getInitArgs()));
    made.setUnsignedCmp(loop.getUnsignedCmp());
    numbers.map(loop.getBody()->getArguments(), made.getBody()->getArguments());
    fill(made.getBody(), *loop.getBody());
    return numbers.map(op->getResults(), made.getResults());
  }
  auto loop = dyn_cast<scf::WhileOp>(op);
  if (!loop)
    refuse(op->getName().getStringRef().str() +
           " does not stand in a function of numbers");
  auto typesOf = [](ValueRange values) {
    return llvm::map_to_vector(values, [](Value value) -> Type {
      return isTile(value) ? cpu::registerType(tileType(value).getElementType())
                           : value.getType();
    });
  };
  auto made = scf::WhileOp::create(builder, loc, typesOf(loop.getResults()),
                                   numbersOf(loop.getInits()));
  auto enter = [&](Region &to, Block &from, auto leave) {
    OpBuilder::InsertionGuard guard(builder);
    SmallVector<Type> types = typesOf(from.getArguments());
    Block *body = builder.createBlock(&to, {}, types,
                                      SmallVector<Location>(types.size(), loc));
    numbers.map(from.getArguments(), body->getArguments());
    inlineBlock(from, numbers);
    leave();
  };
  enter(made.getBefore(), *loop.getBeforeBody(), [&] {
    scf::ConditionOp end = loop.getConditionOp();
    scf::ConditionOp::create(builder, loc,
                             numberOf(end.getCondition(), numbers),
                             numbersOf(end.getArgs()));
  });
  enter(made.getAfter(), *loop.getAfterBody(), [&] {
    scf::YieldOp::create(builder, loc,
                         numbersOf(loop.getYieldOp().getOperands()));
  });
  numbers.map(op->getResults(), made.getResults());
}

} // namespace ferro::gpu
