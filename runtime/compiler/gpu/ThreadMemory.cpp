// Views, pointers and atomics.
#include "compiler/gpu/ThreadLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::gpu {

//===----------------------------------------------------------------------===//
// The order of accesses
//===----------------------------------------------------------------------===//

// A barrier stands between a write and what it may touch of another thread's:
// outputs overlap no other argument, so only pointers meet everything.
static bool meets(const std::set<void *> &accesses, void *root) {
  return !accesses.empty() &&
         (!root || accesses.count(nullptr) || accesses.count(root));
}

void ThreadLowering::orderReads(void *root) {
  if (meets(accesses.writes, root))
    barrier();
  accesses.reads.insert(root);
}

void ThreadLowering::orderWrites(void *root) {
  if (meets(accesses.writes, root) || meets(accesses.reads, root))
    barrier();
  accesses.writes.insert(root);
}

static void *rootOf(Value view) {
  while (auto sub = view.getDefiningOp<memref::SubViewOp>())
    view = sub.getSource();
  return isa<BlockArgument>(view) ? view.getAsOpaquePointer() : nullptr;
}

// What a loop or branch does may have happened before any op in it or after it.
void ThreadLowering::noteAccesses(Operation *op) {
  op->walk([&](Operation *inner) {
    if (auto load = dyn_cast<LoadViewOp>(inner))
      accesses.reads.insert(rootOf(load.getView()));
    else if (auto store = dyn_cast<StoreViewOp>(inner))
      accesses.writes.insert(rootOf(store.getView()));
    else if (isa<LoadPtrOp>(inner))
      accesses.reads.insert(nullptr);
    else if (isa<StorePtrOp, AtomicRmwOp, AtomicCasOp>(inner))
      accesses.writes.insert(nullptr);
  });
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

Value ThreadLowering::pointer(Value address) {
  return LLVM::IntToPtrOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), 1),
      address);
}

Value ThreadLowering::loadAt(Value address, Type element) {
  Value number = LLVM::LoadOp::create(builder, loc, inMemory(element),
                                      pointer(address), bytesOf(element));
  return element.isInteger(1)
             ? elements().convert(number, element, false, false)
             : number;
}

// One instruction under a predicate: a branch for each element would leave
// ptxas more paths to join than it has registers for.
Value ThreadLowering::loadWhere(Value condition, Value address, Type element,
                                Value otherwise) {
  Type stored = inMemory(element), type = otherwise.getType();
  unsigned bits = stored.getIntOrFloatBitWidth();
  Type word = builder.getIntegerType(std::max(bits, 16u));
  auto cast = [&](Value value, Type to) {
    return value.getType() == to ? value : emit<arith::BitcastOp>(to, value);
  };
  if (otherwise.getType().isInteger(1))
    otherwise = elements().convert(otherwise, stored, true, false);
  otherwise = cast(otherwise, builder.getIntegerType(bits));
  if (bits < 16)
    otherwise = emit<arith::ExtUIOp>(word, otherwise);
  std::string size = std::to_string(std::max(bits, 16u));
  std::string text = "{ .reg .pred p; setp.ne.b32 p, $1, 0; mov.b" + size +
                     " $0, $3; @p ld.global.b" + std::to_string(bits) +
                     " $0, [$2]; }";
  std::string letter = bits == 64 ? "l" : bits == 32 ? "r" : "h";
  Value loaded =
      LLVM::InlineAsmOp::create(
          builder, loc, word,
          ValueRange{emit<arith::ExtUIOp>(builder.getI32Type(), condition),
                     address, otherwise},
          text, "=&" + letter + ",r,l," + letter, /*has_side_effects=*/true,
          /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
          nullptr, nullptr)
          .getResult(0);
  if (bits < 16)
    loaded = emit<arith::TruncIOp>(builder.getI8Type(), loaded);
  loaded = cast(loaded, stored);
  return type.isInteger(1) ? elements().convert(loaded, type, false, false)
                           : loaded;
}

void ThreadLowering::storeAt(Value number, Value address) {
  if (number.getType().isInteger(1))
    number = elements().convert(number, builder.getI8Type(), true, false);
  LLVM::StoreOp::create(builder, loc, number, pointer(address),
                        bytesOf(number.getType()));
}

void ThreadLowering::storeWhere(Value condition, Value number, Value address) {
  if (number.getType().isInteger(1))
    number = elements().convert(number, builder.getI8Type(), true, false);
  unsigned bits = number.getType().getIntOrFloatBitWidth();
  Type word = builder.getIntegerType(bits);
  if (number.getType() != word)
    number = emit<arith::BitcastOp>(word, number);
  if (bits < 16)
    number = emit<arith::ExtUIOp>(builder.getI16Type(), number);
  std::string text = "{ .reg .pred p; setp.ne.b32 p, $0, 0; @p st.global.b" +
                     std::to_string(bits) + " [$1], $2; }";
  std::string letter = bits == 64 ? "l" : bits == 32 ? "r" : "h";
  LLVM::InlineAsmOp::create(
      builder, loc, TypeRange(),
      ValueRange{emit<arith::ExtUIOp>(builder.getI32Type(), condition), address,
                 number},
      text, "r,l," + letter, /*has_side_effects=*/true,
      /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None, nullptr,
      nullptr);
}

// base + sum of index * stride, in bytes.
Value ThreadLowering::elementAddress(const View &view, ArrayRef<Value> index,
                                     Type element) {
  Value offset = constantIndex(0);
  for (auto [at, stride] : llvm::zip_equal(index, view.strides))
    offset = emit<arith::AddIOp>(offset, emit<arith::MulIOp>(at, stride));
  Value bytes = emit<arith::MulIOp>(offset, constantIndex(bytesOf(element)));
  return emit<arith::AddIOp>(view.address, toWord(bytes));
}

SmallVector<Value> ThreadLowering::viewIndex(ValueRange offsets,
                                             ArrayRef<std::int64_t> axes,
                                             ArrayRef<Value> coordinates) {
  SmallVector<Value> result;
  for (Value offset : offsets)
    result.push_back(scalar(offset));
  for (auto [at, axis] : llvm::zip_equal(coordinates, axes))
    result[axis] = emit<arith::AddIOp>(result[axis], toIndex(at));
  return result;
}

Value ThreadLowering::isInside(const View &view, ArrayRef<Value> index) {
  Value inside = arith::ConstantIntOp::create(builder, loc, 1, 1);
  for (auto [at, extent] : llvm::zip_equal(index, view.extents))
    // Negative numbers are large without a sign.
    inside = emit<arith::AndIOp>(
        inside, emit<arith::CmpIOp>(arith::CmpIPredicate::ult, at, extent));
  return inside;
}

Value ThreadLowering::isVectorial(const View &view, ValueRange offsets,
                                  ArrayRef<std::int64_t> axes,
                                  ArrayRef<std::int64_t> shape, Type element,
                                  unsigned width) {
  if (width == 1 || shape.empty() || shape.back() < width)
    return {};
  std::int64_t alignment = std::min<std::int64_t>(16, width * bytesOf(element));
  SmallVector<Value> starts;
  Value whole = arith::ConstantIntOp::create(builder, loc, 1, 1);
  auto require = [&](arith::CmpIPredicate predicate, Value a, Value b) {
    whole = emit<arith::AndIOp>(whole, emit<arith::CmpIOp>(predicate, a, b));
  };
  for (Value offset : offsets)
    starts.push_back(scalar(offset));
  Value unaligned = toWord(constantIndex(0));
  for (auto [axis, extent] : llvm::zip_equal(axes, shape)) {
    Value end = emit<arith::AddIOp>(starts[axis], constantIndex(extent));
    require(arith::CmpIPredicate::sge, starts[axis], constantIndex(0));
    require(arith::CmpIPredicate::sle, end, view.extents[axis]);
    Value stride = view.strides[axis];
    if (axis == axes.back())
      require(arith::CmpIPredicate::eq, stride, constantIndex(1));
    else if (extent > 1)
      unaligned = emit<arith::OrIOp>(
          unaligned,
          toWord(emit<arith::MulIOp>(stride, constantIndex(bytesOf(element)))));
  }
  unaligned =
      emit<arith::OrIOp>(unaligned, elementAddress(view, starts, element));
  Value low =
      emit<arith::AndIOp>(unaligned, toWord(constantIndex(alignment - 1)));
  require(arith::CmpIPredicate::eq, low, toWord(constantIndex(0)));
  return whole;
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

Value ThreadLowering::padding(LoadViewOp op) {
  Type element = op.getType().getElementType();
  if (!isa<FloatType>(element) || cpu::isPattern(element))
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

// How many registers in a row are neighbours.
static unsigned runOf(const Layout &layout) {
  unsigned run = 1;
  while (run < layout.registers.size() && layout.registers(run) == run)
    ++run;
  return run;
}

ThreadLowering::Registers ThreadLowering::loadView(LoadViewOp op) {
  const View &view = views[op.getView()];
  ArrayRef<std::int64_t> shape = op.getType().getShape();
  Type element = op.getType().getElementType();
  Layout layout = layoutOf(op.getResult());
  unsigned count = layout.registers.size();
  orderReads(rootOf(op.getView()));
  auto addressOf = [&](unsigned reg, SmallVector<Value> &index) {
    index = viewIndex(op.getOffsets(), op.getAxes(),
                      coordinates(flatIndex(layout, reg), shape));
    return elementAddress(view, index, element);
  };
  auto oneByOne = [&] {
    Registers result;
    for (unsigned reg = 0; reg < count; ++reg) {
      SmallVector<Value> index;
      Value address = addressOf(reg, index);
      result.push_back(
          loadWhere(isInside(view, index), address, element, padding(op)));
    }
    return result;
  };
  unsigned run =
      std::min<unsigned>(runOf(layout), shape.empty() ? 1 : shape.back());
  Value vectorial =
      isVectorial(view, op.getOffsets(), op.getAxes(), shape, element, run);
  if (!vectorial)
    return oneByOne();
  SmallVector<Type> types(count, cpu::registerType(element));
  auto made = scf::IfOp::create(builder, loc, types, vectorial, true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(made.thenBlock());
  Registers result;
  for (unsigned reg = 0; reg < count; reg += run) {
    SmallVector<Value> index;
    Value from = pointer(addressOf(reg, index));
    auto type = VectorType::get({run}, inMemory(element));
    Value all =
        LLVM::LoadOp::create(builder, loc, type, from,
                             std::min<unsigned>(16, run * bytesOf(element)));
    for (unsigned i = 0; i < run; ++i) {
      Value each =
          LLVM::ExtractElementOp::create(builder, loc, all, constant32(i));
      result.push_back(element.isInteger(1)
                           ? elements().convert(each, element, false, false)
                           : each);
    }
  }
  scf::YieldOp::create(builder, loc, result);
  builder.setInsertionPointToEnd(made.elseBlock());
  scf::YieldOp::create(builder, loc, oneByOne());
  return llvm::to_vector_of<Value>(made.getResults());
}

void ThreadLowering::storeView(StoreViewOp op) {
  const View &view = views[op.getView()];
  ArrayRef<std::int64_t> shape = tileType(op.getTile()).getShape();
  Type element = tileType(op.getTile()).getElementType();
  Layout layout = layoutOf(op.getTile());
  Registers &values = registers[op.getTile()];
  orderWrites(rootOf(op.getView()));
  auto addressOf = [&](unsigned reg, SmallVector<Value> &index) {
    index = viewIndex(op.getOffsets(), op.getAxes(),
                      coordinates(flatIndex(layout, reg), shape));
    return elementAddress(view, index, element);
  };
  auto oneByOne = [&] {
    for (unsigned reg = 0; reg < values.size(); ++reg) {
      SmallVector<Value> index;
      Value address = addressOf(reg, index);
      storeWhere(isInside(view, index), values[reg], address);
    }
  };
  auto inVectors = [&](unsigned run) {
    for (unsigned reg = 0; reg < values.size(); reg += run) {
      SmallVector<Value> index;
      Value to = pointer(addressOf(reg, index));
      Value all = LLVM::UndefOp::create(
          builder, loc, VectorType::get({run}, inMemory(element)));
      for (unsigned i = 0; i < run; ++i) {
        Value each = values[reg + i];
        if (element.isInteger(1))
          each = elements().convert(each, builder.getI8Type(), true, false);
        all = LLVM::InsertElementOp::create(builder, loc, all, each,
                                            constant32(i));
      }
      LLVM::StoreOp::create(builder, loc, all, to,
                            std::min<unsigned>(16, run * bytesOf(element)));
    }
  };
  unsigned run =
      std::min<unsigned>(runOf(layout), shape.empty() ? 1 : shape.back());
  where(owner(layout), [&] {
    Value vectorial =
        isVectorial(view, op.getOffsets(), op.getAxes(), shape, element, run);
    if (!vectorial)
      return oneByOne();
    auto made = scf::IfOp::create(builder, loc, vectorial, true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(made.thenBlock());
    inVectors(run);
    builder.setInsertionPointToStart(made.elseBlock());
    oneByOne();
  });
}

//===----------------------------------------------------------------------===//
// Pointers
//===----------------------------------------------------------------------===//

ThreadLowering::Registers ThreadLowering::address(AddressOp op) {
  const View &view = views[op.getView()];
  Type element = cast<MemRefType>(op.getView().getType()).getElementType();
  Registers result;
  for (unsigned reg = 0; reg < layoutOf(op.getResult()).registers.size();
       ++reg) {
    SmallVector<Value> index;
    for (Value tile : op.getIndices())
      index.push_back(emit<arith::IndexCastOp>(builder.getIndexType(),
                                               registers[tile][reg]));
    result.push_back(elementAddress(view, index, element));
  }
  return result;
}

ThreadLowering::Registers ThreadLowering::loadPtr(LoadPtrOp op) {
  Type element = op.getType().getElementType();
  orderReads(nullptr);
  Registers result;
  for (auto [reg, address] :
       llvm::enumerate(Registers(registers[op.getAddresses()]))) {
    if (!op.getMask()) {
      result.push_back(loadAt(address, element));
      continue;
    }
    result.push_back(loadWhere(registers[op.getMask()][reg], address, element,
                               scalar(op.getPadding())));
  }
  return result;
}

void ThreadLowering::storePtr(StorePtrOp op) {
  orderWrites(nullptr);
  where(owner(layoutOf(op.getValues())), [&] {
    for (auto [reg, address] :
         llvm::enumerate(Registers(registers[op.getAddresses()])))
      where(op.getMask() ? registers[op.getMask()][reg] : Value(),
            [&] { storeAt(registers[op.getValues()][reg], address); });
  });
}

//===----------------------------------------------------------------------===//
// Atomics
//===----------------------------------------------------------------------===//

// One thread for each element; where several hold it, it tells them the old
// value through shared memory.
ThreadLowering::Registers
ThreadLowering::atomic(Operation *op, Value mask,
                       llvm::function_ref<Value(unsigned)> work) {
  Value tile = op->getResult(0);
  Type type = cpu::registerType(tileType(tile).getElementType());
  Layout layout = layoutOf(tile);
  Value own = owner(layout);
  orderWrites(nullptr);
  Registers result;
  for (unsigned reg = 0; reg < layout.registers.size(); ++reg) {
    Value does = own;
    if (mask)
      does = own ? emit<arith::AndIOp>(own, registers[mask][reg])
                 : registers[mask][reg];
    result.push_back(does ? chosen(
                                does, type, [&] { return work(reg); },
                                [&] { return elements().number(type, 0); })
                          : work(reg));
  }
  if (!own || tile.use_empty())
    return result;
  registers[tile] = result;
  return gathered(tile, tile, [&](ArrayRef<Value> at) {
    return flatten(at, tileType(tile).getShape());
  });
}

ThreadLowering::Registers ThreadLowering::atomicRmw(AtomicRmwOp op) {
  return atomic(op, op.getMask(), [&](unsigned reg) -> Value {
    return LLVM::AtomicRMWOp::create(builder, loc, cpu::atomicOf(op),
                                     pointer(registers[op.getAddresses()][reg]),
                                     registers[op.getValues()][reg],
                                     LLVM::AtomicOrdering::acq_rel);
  });
}

ThreadLowering::Registers ThreadLowering::atomicCas(AtomicCasOp op) {
  Type type = cpu::registerType(op.getType().getElementType());
  Type bits = builder.getIntegerType(type.getIntOrFloatBitWidth());
  auto cast = [&](Value number, Type to) {
    return number.getType() == to ? number : emit<arith::BitcastOp>(to, number);
  };
  return atomic(op, op.getMask(), [&](unsigned reg) -> Value {
    Value made = LLVM::AtomicCmpXchgOp::create(
        builder, loc, pointer(registers[op.getAddresses()][reg]),
        cast(registers[op.getExpected()][reg], bits),
        cast(registers[op.getDesired()][reg], bits),
        LLVM::AtomicOrdering::acq_rel, LLVM::AtomicOrdering::monotonic);
    return cast(LLVM::ExtractValueOp::create(builder, loc, made, 0), type);
  });
}

} // namespace ferro::gpu
