#include "compiler/cpu/KernelLowering.h"

#include "compiler/cpu/Passes.h"
#include "compiler/cpu/ScalarFunctions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

static Value textConstant(OpBuilder &builder, Location loc, StringRef text);

// Truth values are bytes in memory.
Type KernelLowering::inMemory(Type element) {
  return element.isInteger(1) ? Type(builder.getI8Type())
                              : registerType(element);
}

Value KernelLowering::constant(std::int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

// The host finds the numbers of the program once a range of blocks.
void KernelLowering::findGlobals() {
  Type pointerType = LLVM::LLVMPointerType::get(builder.getContext());
  auto type = LLVM::LLVMFunctionType::get(pointerType, {pointerType});
  kernel.walk([&](GlobalOp op) {
    loc = op.getLoc();
    Value callee = LLVM::LoadOp::create(builder, loc, pointerType,
                                        hostEntry(HostEntry::Global));
    Value found =
        LLVM::CallOp::create(
            builder, loc, type,
            ValueRange{callee, textConstant(builder, loc, op.getName())})
            .getResult();
    scalars.map(op.getResult(), LLVM::PtrToIntOp::create(
                                    builder, loc, builder.getI64Type(), found));
  });
}

// Views come as their first elements; everything else is in the words.
func::FuncOp KernelLowering::open() {
  SmallVector<Type> inputs;
  SmallVector<std::int64_t> buffers;
  for (Type type : kernel.block().getArgumentTypes())
    if (auto view = dyn_cast<MemRefType>(type)) {
      inputs.push_back(MemRefType::get({1}, inMemory(view.getElementType())));
      buffers.push_back(static_cast<std::int64_t>(buffers.size()));
    }
  std::int64_t numViews = static_cast<std::int64_t>(buffers.size());
  Type word = builder.getI64Type();
  inputs.push_back(MemRefType::get({kernel.wordPlaces().back() / 8}, word));
  buffers.push_back(numViews);
  inputs.push_back(MemRefType::get({1}, word));
  buffers.push_back(hostBuffer);
  inputs.append(2, builder.getIndexType());
  auto function = func::FuncOp::create(builder, loc, kernel.getSymName(),
                                       builder.getFunctionType(inputs, {}));
  function.setPrivate();
  function->setAttr(kernelAttr, kernel.getSymNameAttr());
  if (auto title = kernel->getAttrOfType<StringAttr>(titleAttr))
    function->setAttr(titleAttr, title);
  function->setAttr(gridAttr, builder.getI64IntegerAttr(numViews));
  function->setAttr(buffersAttr, builder.getDenseI64ArrayAttr(buffers));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  words = function.getArgument(numViews);
  host = function.getArgument(numViews + 1);
  return function;
}

// The index in the words at byte `place`, which is a multiple of 8.
Value KernelLowering::word(std::int64_t place) {
  Value number =
      memref::LoadOp::create(builder, loc, words, constant(place / 8));
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                    number);
}

Value KernelLowering::addressOf(Value memref) {
  Value index =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memref);
  return arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
}

// What the launch says of a tensor, for LLVM.
void KernelLowering::assumeFacts(BlockArgument tensor, const View &parts,
                                 ArrayRef<Value> extents) {
  auto list = kernel->getAttrOfType<ArrayAttr>("facts");
  auto facts = list ? cast<DictionaryAttr>(list[tensor.getArgNumber()])
                    : DictionaryAttr();
  if (!facts || facts.empty())
    return;
  auto assume = [&](Value condition) {
    LLVM::AssumeOp::create(builder, loc, condition);
  };
  auto assumeDivisor = [&](Value number, std::int64_t divisor) {
    if (divisor == 1)
      return;
    Value rest =
        arith::AndIOp::create(builder, loc, number, constant(divisor - 1));
    assume(arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, rest,
                                 constant(0)));
  };
  if (auto divisors = facts.getAs<DenseI64ArrayAttr>("extents"))
    for (auto [extent, divisor] :
         llvm::zip_equal(extents, divisors.asArrayRef())) {
      assume(arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                   extent, constant(0)));
      assumeDivisor(extent, divisor);
    }
  if (auto divisors = facts.getAs<DenseI64ArrayAttr>("strides"))
    for (auto [stride, divisor] :
         llvm::zip_equal(parts.strides, divisors.asArrayRef()))
      assumeDivisor(stride, divisor);
  if (auto divisor = facts.getAs<IntegerAttr>("divisor"))
    LLVM::AssumeOp::create(
        builder, loc, arith::ConstantIntOp::create(builder, loc, 1, 1),
        LLVM::AssumeAlignTag(), pointer(addressOf(parts.tensor)),
        arith::ConstantIntOp::create(builder, loc, divisor.getInt(), 64));
}

void KernelLowering::bindArguments(func::FuncOp function) {
  SmallVector<std::int64_t> places = kernel.wordPlaces();
  Value start = addressOf(words);
  unsigned view = 0;
  for (auto [argument, first] :
       llvm::zip_first(kernel.block().getArguments(), places)) {
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!type) {
      Value at = arith::AddIOp::create(
          builder, loc, start,
          arith::ConstantIntOp::create(builder, loc, first, 64));
      scalars.map(argument, loadAt(at, argument.getType()));
      continue;
    }
    std::int64_t place = first;
    auto next = [&] { return word(std::exchange(place, place + 8)); };
    SmallVector<Value> extents;
    View parts{function.getArgument(view++), constant(0), {}};
    for (std::int64_t axis = 0; axis < type.getRank(); ++axis)
      extents.push_back(next());
    for (std::int64_t axis = 0; axis < type.getRank(); ++axis)
      parts.strides.push_back(next());
    assumeFacts(argument, parts, extents);
    scalars.map(argument, makeView(type, parts, extents));
    views[argument] = parts;
  }
}

// Where the host's table has an entry.
Value KernelLowering::hostEntry(HostEntry entry) {
  Type type = LLVM::LLVMPointerType::get(builder.getContext());
  return LLVM::GEPOp::create(
      builder, loc, type, type, pointer(addressOf(host)),
      ArrayRef<LLVM::GEPArg>{static_cast<std::int32_t>(entry)});
}

// What the type knows is not computed with.
Value KernelLowering::makeView(MemRefType type, const View &view,
                               ArrayRef<Value> extents) {
  SmallVector<std::int64_t> typeStrides;
  std::int64_t typeOffset;
  (void)type.getStridesAndOffset(typeStrides, typeOffset);
  auto choose = [&](std::int64_t known, Value given) {
    return ShapedType::isDynamic(known)
               ? OpFoldResult(given)
               : OpFoldResult(builder.getIndexAttr(known));
  };
  SmallVector<OpFoldResult> sizes, strides;
  for (auto [known, given] : llvm::zip_equal(type.getShape(), extents))
    sizes.push_back(choose(known, given));
  for (auto [known, given] : llvm::zip_equal(typeStrides, view.strides))
    strides.push_back(choose(known, given));
  type = MemRefType::get(type.getShape(), inMemory(type.getElementType()),
                         type.getLayout());
  return memref::ReinterpretCastOp::create(builder, loc, type, view.tensor,
                                           choose(typeOffset, view.offset),
                                           sizes, strides);
}

// Once for each range of blocks, before the first.
void KernelLowering::checkAtLaunch(ArrayRef<Value> grid) {
  kernel.walk([&](NumBlocksOp counts) {
    for (auto [result, extent] : llvm::zip_equal(counts.getResults(), grid))
      scalars.map(result, extent);
  });
  SetVector<Operation *> needed;
  auto need = [&](auto &&self, Operation *op) -> void {
    if (!op || needed.contains(op))
      return;
    for (Value operand : op->getOperands())
      self(self, operand.getDefiningOp());
    needed.insert(op);
  };
  for (CheckOp op : kernel.block().getOps<CheckOp>())
    if (op.getAtLaunch())
      need(need, op);
  for (Operation *op : needed) {
    loc = op->getLoc();
    if (auto launch = dyn_cast<CheckOp>(op))
      check(launch);
    else if (!isa<NumBlocksOp>(op))
      builder.clone(*op, scalars);
  }
}

void KernelLowering::run() {
  func::FuncOp function = open();
  unsigned count = function.getNumArguments();
  Value first = function.getArgument(count - 2),
        last = function.getArgument(count - 1);
  bindArguments(function);
  SmallVector<Value> grid;
  for (std::int64_t axis = 0; axis < 3; ++axis)
    grid.push_back(word(8 * axis));
  findGlobals();
  checkAtLaunch(grid);
  auto loop = scf::ForOp::create(builder, loc, first, last, constant(1));
  func::ReturnOp::create(builder, loc);
  builder.setInsertionPointToStart(loop.getBody());
  // Block (x, y, z) is number x + X (y + Y z).
  Value number = loop.getInductionVar();
  Value x = arith::RemUIOp::create(builder, loc, number, grid[0]);
  Value rest = arith::DivUIOp::create(builder, loc, number, grid[0]);
  Value y = arith::RemUIOp::create(builder, loc, rest, grid[1]);
  Value z = arith::DivUIOp::create(builder, loc, rest, grid[1]);
  kernel.walk([&](BlockIdOp ids) {
    scalars.map(ids.getResult(0), x);
    scalars.map(ids.getResult(1), y);
    scalars.map(ids.getResult(2), z);
  });
  block(kernel.block());
  function->setAttr(
      costAttr, builder.getF64FloatAttr(0.4 * cost / double(target.lanes())));
  kernel.erase();
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

// A part of a view: its first element moves, the strides stay.
Value KernelLowering::subview(memref::SubViewOp op) {
  View parts = views[op.getSource()];
  auto valueOf = [&](OpFoldResult known) -> Value {
    if (auto attr = dyn_cast<Attribute>(known))
      return constant(cast<IntegerAttr>(attr).getInt());
    return scalar(cast<Value>(known));
  };
  for (auto [start, stride] :
       llvm::zip_equal(op.getMixedOffsets(), parts.strides))
    parts.offset = emit<arith::AddIOp>(
        parts.offset, emit<arith::MulIOp>(valueOf(start), stride));
  views[op] = parts;
  return makeView(op.getType(), parts,
                  llvm::map_to_vector(op.getMixedSizes(), valueOf));
}

// A memref where there was a number: a function without a body that returns it,
// which ScalarFunctions.cpp gives one.
Value KernelLowering::viewOf(ViewOfOp op) {
  auto type = op.getType();
  Type element = inMemory(cast<MemRefType>(type).getElementType());
  auto start = MemRefType::get({1}, element);
  std::string name = scalarPrefix.str() + "view.";
  llvm::raw_string_ostream(name) << element;
  auto module = kernel->getParentOfType<ModuleOp>();
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function) {
    OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
    function = func::FuncOp::create(
        atEnd, loc, name,
        builder.getFunctionType({builder.getI64Type()}, {start}));
    function.setPrivate();
  }
  View parts{
      func::CallOp::create(builder, loc, function, scalar(op.getAddress()))
          .getResult(0),
      constant(0),
      {}};
  for (Value stride : op.getStrides())
    parts.strides.push_back(scalar(stride));
  views[op.getResult()] = parts;
  SmallVector<Value> extents;
  auto given = op.getExtents().begin();
  for (std::int64_t extent : cast<MemRefType>(type).getShape())
    extents.push_back(ShapedType::isDynamic(extent) ? scalar(*given++)
                                                    : constant(extent));
  return makeView(cast<MemRefType>(type), parts, extents);
}

void KernelLowering::block(Block &block) {
  for (Operation &op : block.without_terminator())
    operation(&op);
}

void KernelLowering::operation(Operation *op) {
  loc = op->getLoc();
  llvm::TypeSwitch<Operation *>(op)
      .Case<BlockIdOp, NumBlocksOp, GlobalOp>([](auto) {})
      .Case([&](ViewOfOp op) { scalars.map(op, viewOf(op)); })
      .Case([&](CheckOp op) {
        if (!op.getAtLaunch())
          check(op);
      })
      .Case([&](PrintOp op) { print(op); })
      .Case([&](StoreViewOp op) { storeView(op); })
      .Case([&](StorePtrOp op) { storePtr(op); })
      .Case([&](scf::ForOp op) { forLoop(op); })
      .Case([&](scf::WhileOp op) { whileLoop(op); })
      .Case([&](scf::IfOp op) { branch(op); })
      .Case([&](TileToScalarOp op) {
        settleLoads(op.getSource());
        atHand.clear();
        Index zero(tileType(op.getSource()).getRank(), constant(0));
        scalars.map(op.getResult(), element(op.getSource(), zero));
        atHand.clear();
      })
      .Case([&](memref::SubViewOp op) { scalars.map(op, subview(op)); })
      .Case([&](BaseAddressOp op) {
        scalars.map(op.getResult(), addressOf(scalar(op.getView())));
      })
      .Default([&](Operation *op) {
        bool makesTile = op->getNumResults() == 1 &&
                         isa<RankedTensorType>(op->getResult(0).getType());
        auto number = dyn_cast<arith::ConstantOp>(op);
        if (makesTile)
          define(op);
        else if (number && isPattern(number.getType()))
          scalars.map(op->getResult(0), patternConstant(number.getValue()));
        else
          builder.clone(*op, scalars);
      });
}

// A function of its own for each number of values: the array is made only where
// the check fails.
static LLVM::LLVMFuncOp failFunction(Operation *from, std::size_t count) {
  auto module = from->getParentOfType<ModuleOp>();
  std::string name = failPrefix.str() + std::to_string(count);
  if (auto found = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return found;
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = from->getLoc();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type word = builder.getI64Type();
  Type none = LLVM::LLVMVoidType::get(builder.getContext());
  // host, code, text, block, values...
  SmallVector<Type> inputs{pointer, pointer, pointer, word};
  inputs.append(count, word);
  auto made = LLVM::LLVMFuncOp::create(
      builder, loc, name, LLVM::LLVMFunctionType::get(none, inputs),
      LLVM::Linkage::Internal);
  made.setPassthroughAttr(builder.getArrayAttr(
      {builder.getStringAttr("cold"), builder.getStringAttr("noinline"),
       builder.getStringAttr("noreturn")}));
  builder.setInsertionPointToStart(made.addEntryBlock(builder));
  Value size = LLVM::ConstantOp::create(
      builder, loc, word,
      builder.getI64IntegerAttr(static_cast<std::int64_t>(count) + 1));
  Value values = LLVM::AllocaOp::create(builder, loc, pointer, word, size);
  auto at = [&](Value base, std::int32_t index, Type type) {
    return LLVM::GEPOp::create(builder, loc, pointer, type, base,
                               ArrayRef<LLVM::GEPArg>{index});
  };
  for (std::size_t i = 0; i < count; ++i)
    LLVM::StoreOp::create(builder, loc, made.getArgument(4 + i),
                          at(values, static_cast<std::int32_t>(i), word));
  Value callee = LLVM::LoadOp::create(
      builder, loc, pointer,
      at(made.getArgument(0), static_cast<std::int32_t>(HostEntry::Fail),
         pointer));
  auto type = LLVM::LLVMFunctionType::get(
      none, {pointer, pointer, pointer, word, word});
  Value number = LLVM::ConstantOp::create(
      builder, loc, word,
      builder.getI64IntegerAttr(static_cast<std::int64_t>(count)));
  LLVM::CallOp::create(builder, loc, type,
                       ValueRange{callee, made.getArgument(1),
                                  made.getArgument(2), values, number,
                                  made.getArgument(3)});
  LLVM::UnreachableOp::create(builder, loc);
  return made;
}

// A text that the code carries.
static Value textConstant(OpBuilder &builder, Location loc, StringRef text) {
  auto module =
      builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  std::string bytes = text.str() + '\0';
  std::string name;
  for (LLVM::GlobalOp each : module.getOps<LLVM::GlobalOp>())
    if (auto value = dyn_cast_or_null<StringAttr>(each.getValueAttr());
        value && value.getValue() == StringRef(bytes))
      name = each.getSymName().str();
  if (name.empty()) {
    std::size_t count = llvm::range_size(module.getOps<LLVM::GlobalOp>());
    name = "ferro.text." + std::to_string(count);
    OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
    LLVM::GlobalOp::create(atEnd, loc, type, /*isConstant=*/true,
                           LLVM::Linkage::Internal, name,
                           builder.getStringAttr(bytes));
  }
  return LLVM::AddressOfOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), name);
}

void KernelLowering::check(CheckOp op) {
  Value holds = scalar(op.getCondition());
  Value fails = arith::XOrIOp::create(
      builder, loc, holds, arith::ConstantIntOp::create(builder, loc, 1, 1));
  auto guard = scf::IfOp::create(builder, loc, fails, false);
  OpBuilder::InsertionGuard outer(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  Value block;
  if (op.getAtLaunch()) {
    block = arith::ConstantIntOp::create(builder, loc, -1, 64);
  } else {
    auto loop = guard->getParentOfType<func::FuncOp>()
                    .getBody()
                    .front()
                    .getOps<scf::ForOp>();
    block = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                       (*loop.begin()).getInductionVar());
  }
  std::string place;
  if (auto at = dyn_cast<FileLineColLoc>(op.getLoc()))
    place = at.getFilename().str() + ":" + std::to_string(at.getLine()) + ":" +
            std::to_string(at.getColumn());
  SmallVector<Value> arguments{
      pointer(addressOf(host)), textConstant(builder, loc, op.getCode()),
      textConstant(builder, loc, op.getText().str() + "\n" + place), block};
  for (Value value : op.getValues())
    arguments.push_back(scalar(value));
  LLVM::CallOp::create(builder, loc, failFunction(guard, op.getValues().size()),
                       arguments);
}

// FerroPrinted of Abi.h, word by word.
void KernelLowering::print(PrintOp op) {
  constexpr std::int64_t wordsOfOne = 9;
  std::int64_t count = static_cast<std::int64_t>(op.getValues().size());
  Type word = builder.getI64Type();
  Value table = memref::AllocaOp::create(
      builder, loc,
      MemRefType::get({std::max<std::int64_t>(count, 1) * wordsOfOne}, word));
  auto set = [&](std::int64_t at, Value value) {
    memref::StoreOp::create(builder, loc, value, table, constant(at));
  };
  auto number = [&](std::int64_t value) -> Value {
    return arith::ConstantIntOp::create(builder, loc, value, 64);
  };
  for (std::int64_t i = 0; i < count; ++i) {
    Value value = op.getValues()[i];
    ArrayRef<std::int64_t> shape;
    Value elements;
    if (auto type = dyn_cast<RankedTensorType>(value.getType())) {
      shape = type.getShape();
      elements = memoryOf(value);
    } else {
      elements = allocate(RankedTensorType::get({}, value.getType()));
      store(scalar(value), elements, {});
    }
    set(i * wordsOfOne, addressOf(elements));
    set(i * wordsOfOne + 1, number(op.getElements()[i]));
    set(i * wordsOfOne + 2, number(static_cast<std::int64_t>(shape.size())));
    for (auto [axis, extent] : llvm::enumerate(shape))
      set(i * wordsOfOne + 3 + static_cast<std::int64_t>(axis), number(extent));
  }
  Type pointerType = LLVM::LLVMPointerType::get(builder.getContext());
  Value callee = LLVM::LoadOp::create(builder, loc, pointerType,
                                      hostEntry(HostEntry::Print));
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()),
                                  {pointerType, pointerType, word});
  LLVM::CallOp::create(builder, loc, type,
                       ValueRange{callee,
                                  textConstant(builder, loc, op.getText()),
                                  pointer(addressOf(table)), number(count)});
}

void kernelsToLoops(ModuleOp module, const CpuTarget &target) {
  for (auto kernel : llvm::to_vector(module.getOps<KernelOp>()))
    KernelLowering(kernel, target).run();
}

} // namespace ferro::cpu
