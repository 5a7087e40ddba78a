#include "compiler/gpu/ThreadLowering.h"

#include "ferro/Error.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/TypeSwitch.h"

#include <bit>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::gpu {

void ThreadLowering::refuse(const std::string &what) {
  std::string place;
  llvm::raw_string_ostream(place) << loc;
  throw Error(Code::UnsupportedOp, "PTX", what + ", at " + place);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Type ThreadLowering::inMemory(Type element) {
  return element.isInteger(1) ? Type(builder.getI8Type())
                              : cpu::registerType(element);
}
std::int64_t ThreadLowering::bytesOf(Type element) {
  return inMemory(element).getIntOrFloatBitWidth() / 8;
}
Value ThreadLowering::constant32(std::int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, value, 32);
}
Value ThreadLowering::constantIndex(std::int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}
Value ThreadLowering::toIndex(Value i32) {
  return emit<arith::IndexCastUIOp>(builder.getIndexType(), i32);
}
Value ThreadLowering::toWord(Value index) {
  return emit<arith::IndexCastOp>(builder.getI64Type(), index);
}
Value ThreadLowering::intrinsic(StringRef name, Type type,
                                ValueRange operands) {
  auto call = LLVM::CallIntrinsicOp::create(
      builder, loc, type, builder.getStringAttr(name), operands);
  return type ? call.getResult(0) : Value();
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

// Four to eight elements of the largest tile for each thread; vectors of 16
// bytes of the narrowest element that is read or written.
void ThreadLowering::chooseThreads() {
  std::uint64_t largest = 1;
  unsigned narrowest = 4;
  kernel.walk([&](Operation *op) {
    loc = op->getLoc();
    for (Value value : op->getResults()) {
      if (!isTile(value))
        continue;
      for (std::int64_t extent : tileType(value).getShape())
        if (!std::has_single_bit(static_cast<std::uint64_t>(extent)))
          refuse("a tile has an extent of " + std::to_string(extent) +
                 ", and GPUs need powers of two");
      std::uint64_t count = tileType(value).getNumElements();
      largest = std::max(largest, count);
      if (isa<LoadViewOp>(op))
        narrowest = std::min<unsigned>(
            narrowest, bytesOf(tileType(value).getElementType()));
    }
  });
  numThreads = std::clamp<std::uint64_t>(largest / 8, 32, 256);
  width = std::clamp(16 / narrowest, 1u, 8u);
}

func::FuncOp ThreadLowering::open() {
  Type global = LLVM::LLVMPointerType::get(builder.getContext(), 1);
  Type plain = LLVM::LLVMPointerType::get(builder.getContext());
  SmallVector<Type> inputs;
  for (Type type : kernel.block().getArgumentTypes())
    if (isa<MemRefType>(type))
      inputs.push_back(global);
  SmallVector<Attribute> globals;
  kernel.walk([&](GlobalOp op) {
    if (!llvm::is_contained(globals, op.getNameAttr()))
      globals.push_back(op.getNameAttr());
  });
  unsigned firstGlobal = inputs.size();
  inputs.append(globals.size(), builder.getI64Type());
  inputs.push_back(global); // of a failure
  inputs.push_back(plain);  // of the words
  auto function = func::FuncOp::create(builder, loc, kernel.getSymName(),
                                       builder.getFunctionType(inputs, {}));
  unsigned last = inputs.size() - 1;
  auto array = LLVM::LLVMArrayType::get(builder.getI64Type(),
                                        kernel.wordPlaces().back() / 8);
  function.setArgAttr(last, "llvm.byval", TypeAttr::get(array));
  function.setArgAttr(last, "llvm.align", builder.getI64IntegerAttr(16));
  function->setAttr(globalsAttr, builder.getArrayAttr(globals));
  function->setAttr(wordsAttr,
                    builder.getI64IntegerAttr(kernel.wordPlaces().back() / 8));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  words = function.getArgument(last);
  failure = function.getArgument(last - 1);
  kernel.walk([&](GlobalOp op) {
    auto at = llvm::find(globals, op.getNameAttr()) - globals.begin();
    scalars.map(op.getResult(), function.getArgument(firstGlobal + at));
  });
  return function;
}

// A number of the launch, `place` bytes from its first word.
static Value wordPlace(OpBuilder &builder, Location loc, Value words,
                       std::int64_t place) {
  return LLVM::GEPOp::create(
      builder, loc, words.getType(), builder.getI8Type(), words,
      ArrayRef<LLVM::GEPArg>{static_cast<std::int32_t>(place)});
}

void ThreadLowering::bindArguments(func::FuncOp function) {
  auto word = [&](std::int64_t place) {
    Value number = LLVM::LoadOp::create(builder, loc, builder.getI64Type(),
                                        wordPlace(builder, loc, words, place),
                                        /*alignment=*/8);
    return emit<arith::IndexCastOp>(builder.getIndexType(), number);
  };
  unsigned buffer = 0;
  for (auto [argument, first] :
       llvm::zip_first(kernel.block().getArguments(), kernel.wordPlaces())) {
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!type) {
      Type element = argument.getType();
      Type stored =
          element.isIndex() ? Type(builder.getI64Type()) : inMemory(element);
      Value number = LLVM::LoadOp::create(
          builder, loc, stored, wordPlace(builder, loc, words, first));
      if (element.isIndex())
        number = emit<arith::IndexCastOp>(element, number);
      else if (element.isInteger(1))
        number = elements().convert(number, element, false, false);
      scalars.map(argument, number);
      continue;
    }
    SmallVector<std::int64_t> known;
    std::int64_t offset;
    (void)type.getStridesAndOffset(known, offset);
    auto choose = [&](std::int64_t constant, std::int64_t place) {
      return ShapedType::isDynamic(constant) ? word(place)
                                             : constantIndex(constant);
    };
    View view;
    view.root = argument.getAsOpaquePointer();
    view.address = LLVM::PtrToIntOp::create(builder, loc, builder.getI64Type(),
                                            function.getArgument(buffer++));
    for (std::int64_t axis = 0; axis < type.getRank(); ++axis) {
      view.extents.push_back(choose(type.getShape()[axis], first + 8 * axis));
      view.strides.push_back(
          choose(known[axis], first + 8 * (type.getRank() + axis)));
    }
    views[argument] = view;
  }
  SmallVector<Value> grid{word(0), word(8), word(16)};
  kernel.walk([&](NumBlocksOp op) { scalars.map(op.getResults(), grid); });
  // Block (x, y, z) is number x + X (y + Y z), the index of the CUDA block.
  Type i32 = builder.getI32Type();
  thread = intrinsic("llvm.nvvm.read.ptx.sreg.tid.x", i32, {});
  blockNumber = intrinsic("llvm.nvvm.read.ptx.sreg.ctaid.x", i32, {});
  auto narrow = [&](Value extent) {
    return emit<arith::IndexCastOp>(i32, extent);
  };
  Value x = emit<arith::RemUIOp>(blockNumber, narrow(grid[0]));
  Value rest = emit<arith::DivUIOp>(blockNumber, narrow(grid[0]));
  Value y = emit<arith::RemUIOp>(rest, narrow(grid[1]));
  Value z = emit<arith::DivUIOp>(rest, narrow(grid[1]));
  SmallVector<Value> ids{toIndex(x), toIndex(y), toIndex(z)};
  kernel.walk([&](BlockIdOp op) { scalars.map(op.getResults(), ids); });
}

void ThreadLowering::run() {
  chooseThreads();
  loc = kernel.getLoc();
  func::FuncOp function = open();
  bindArguments(function);
  block(kernel.block());
  func::ReturnOp::create(builder, loc);
  if (sharedBytes > target.sharedBytes)
    refuse("the kernel needs " + std::to_string(sharedBytes) +
           " bytes of shared memory, and " + std::string(target.name) +
           " has " + std::to_string(target.sharedBytes));
  function->setAttr(threadsAttr, builder.getI64IntegerAttr(numThreads));
  function->setAttr(sharedAttr, builder.getI64IntegerAttr(sharedBytes));
  function->setAttr(checksAttr, builder.getArrayAttr(checks));
  kernel.erase();
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void ThreadLowering::block(Block &block) {
  for (Operation &op : block.without_terminator())
    operation(&op);
}

void ThreadLowering::operation(Operation *op) {
  loc = op->getLoc();
  TypeSwitch<Operation *>(op)
      .Case<BlockIdOp, NumBlocksOp, GlobalOp>([](auto) {})
      .Case([&](ViewOfOp op) { viewOf(op); })
      .Case([&](CheckOp op) { check(op); })
      .Case([&](PrintOp) { refuse("tile.print has no PTX yet"); })
      .Case([&](StoreViewOp op) { storeView(op); })
      .Case([&](StorePtrOp op) { storePtr(op); })
      .Case([&](scf::ForOp op) { forLoop(op); })
      .Case([&](scf::WhileOp op) { whileLoop(op); })
      .Case([&](scf::IfOp op) { branch(op); })
      .Case([&](TileToScalarOp op) {
        scalars.map(op.getResult(), tileToScalar(op.getSource()));
      })
      .Case([&](memref::SubViewOp op) { subview(op); })
      .Case([&](memref::DimOp op) {
        auto axis = getConstantIntValue(op.getIndex());
        if (!axis)
          refuse("an extent is asked of an axis that is not known");
        scalars.map(op.getResult(), views[op.getSource()].extents[*axis]);
      })
      .Case([&](BaseAddressOp op) {
        scalars.map(op.getResult(), views[op.getView()].address);
      })
      .Default([&](Operation *op) {
        auto number = dyn_cast<arith::ConstantOp>(op);
        if (op->getNumResults() == 1 && isTile(op->getResult(0)))
          registers[op->getResult(0)] = define(op);
        else if (number && cpu::isPattern(number.getType()))
          scalars.map(op->getResult(0),
                      splat(ConstantOp::create(
                          builder, loc,
                          DenseElementsAttr::get(
                              RankedTensorType::get({}, number.getType()),
                              Attribute(number.getValue())))));
        else
          builder.clone(*op, scalars);
      });
}

void ThreadLowering::subview(memref::SubViewOp op) {
  View view = views[op.getSource()];
  auto valueOf = [&](OpFoldResult known) -> Value {
    if (auto attr = dyn_cast<Attribute>(known))
      return constantIndex(cast<IntegerAttr>(attr).getInt());
    return scalar(cast<Value>(known));
  };
  auto starts = llvm::map_to_vector(op.getMixedOffsets(), valueOf);
  view.address = elementAddress(view, starts, op.getType().getElementType());
  view.extents = llvm::map_to_vector(op.getMixedSizes(), valueOf);
  views[op] = view;
}

void ThreadLowering::viewOf(ViewOfOp op) {
  View view;
  view.root = nullptr;
  view.address = scalar(op.getAddress());
  auto given = op.getExtents().begin();
  for (std::int64_t extent : cast<MemRefType>(op.getType()).getShape())
    view.extents.push_back(ShapedType::isDynamic(extent)
                               ? scalar(*given++)
                               : constantIndex(extent));
  for (Value stride : op.getStrides())
    view.strides.push_back(scalar(stride));
  views[op.getResult()] = view;
}

// The first thread that fails says which check, where and with what; then the
// block ends. The condition is the same in every thread.
void ThreadLowering::check(CheckOp op) {
  std::string place;
  if (auto at = dyn_cast<FileLineColLoc>(op.getLoc()))
    place = at.getFilename().str() + ":" + std::to_string(at.getLine()) + ":" +
            std::to_string(at.getColumn());
  std::int64_t number = static_cast<std::int64_t>(checks.size()) + 1;
  checks.push_back(builder.getArrayAttr(
      {op.getCodeAttr(), builder.getStringAttr(op.getText() + "\n" + place)}));
  Value holds = scalar(op.getCondition());
  Value fails = emit<arith::XOrIOp>(
      holds, arith::ConstantIntOp::create(builder, loc, 1, 1));
  // Flat, for ptxas spills the state of branches that are nested deeply.
  Value isFirst =
      emit<arith::CmpIOp>(arith::CmpIPredicate::eq, thread, constant32(0));
  where(emit<arith::AndIOp>(fails, isFirst), [&] {
    auto made = LLVM::AtomicCmpXchgOp::create(
        builder, loc, failure, constant32(0), constant32(number),
        LLVM::AtomicOrdering::monotonic, LLVM::AtomicOrdering::monotonic);
    Value wins = LLVM::ExtractValueOp::create(builder, loc, made, 1);
    where(wins, [&] {
      auto put = [&](std::int64_t byte, Value value) {
        LLVM::StoreOp::create(builder, loc, value,
                              wordPlace(builder, loc, failure, byte));
      };
      put(4, blockNumber);
      for (auto [i, value] : llvm::enumerate(op.getValues()))
        put(8 + 8 * static_cast<std::int64_t>(i), scalar(value));
    });
  });
  where(fails, [&] { intrinsic("llvm.nvvm.exit", {}, {}); });
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

SmallVector<Value> ThreadLowering::flattened(ValueRange values) {
  SmallVector<Value> result;
  for (Value value : values)
    if (isTile(value))
      llvm::append_range(result, registers[value]);
    else
      result.push_back(scalar(value));
  return result;
}

SmallVector<Type> ThreadLowering::flattenedTypes(ValueRange values) {
  SmallVector<Type> result;
  for (Value value : values)
    if (isTile(value))
      result.append(layoutOf(value).registers.size(),
                    cpu::registerType(tileType(value).getElementType()));
    else
      result.push_back(value.getType());
  return result;
}

void ThreadLowering::bind(ValueRange names, ValueRange values) {
  std::size_t next = 0;
  for (Value name : names) {
    if (!isTile(name)) {
      scalars.map(name, values[next++]);
      continue;
    }
    unsigned count = layoutOf(name).registers.size();
    registers[name] = llvm::to_vector(values.slice(next, count));
    next += count;
  }
}

void ThreadLowering::forLoop(scf::ForOp op) {
  noteAccesses(op);
  Accesses before = accesses; // and after a loop that does not run
  auto loop = scf::ForOp::create(
      builder, loc, scalar(op.getLowerBound()), scalar(op.getUpperBound()),
      scalar(op.getStep()), flattened(op.getInitArgs()));
  loop.setUnsignedCmp(op.getUnsignedCmp());
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  bind(op.getRegionIterArgs(), loop.getRegionIterArgs());
  {
    OpBuilder::InsertionGuard guard(builder);
    if (!loop.getBody()->empty())
      loop.getBody()->back().erase();
    builder.setInsertionPointToEnd(loop.getBody());
    block(*op.getBody());
    loc = op.getLoc();
    scf::YieldOp::create(
        builder, loc, flattened(op.getBody()->getTerminator()->getOperands()));
  }
  bind(op.getResults(), loop.getResults());
  accesses.add(before);
}

void ThreadLowering::whileLoop(scf::WhileOp op) {
  noteAccesses(op);
  Accesses before = accesses;
  SmallVector<Value> inits = flattened(op.getInits());
  auto loop = scf::WhileOp::create(builder, loc,
                                   flattenedTypes(op.getResults()), inits);
  auto enter = [&](Region &region, Block &from) {
    SmallVector<Type> types = flattenedTypes(from.getArguments());
    SmallVector<Location> places(types.size(), loc);
    Block *body = builder.createBlock(&region, {}, types, places);
    bind(from.getArguments(), body->getArguments());
    block(from);
    loc = op.getLoc();
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    enter(loop.getBefore(), *op.getBeforeBody());
    scf::ConditionOp end = op.getConditionOp();
    scf::ConditionOp::create(builder, loc, scalar(end.getCondition()),
                             flattened(end.getArgs()));
    enter(loop.getAfter(), *op.getAfterBody());
    scf::YieldOp::create(builder, loc,
                         flattened(op.getYieldOp().getOperands()));
  }
  bind(op.getResults(), loop.getResults());
  accesses.add(before);
}

void ThreadLowering::branch(scf::IfOp op) {
  auto made =
      scf::IfOp::create(builder, loc, flattenedTypes(op.getResults()),
                        scalar(op.getCondition()), !op.getElseRegion().empty());
  auto fillRegion = [&](Block *to, Block *from) {
    OpBuilder::InsertionGuard guard(builder);
    if (!to->empty())
      to->back().erase();
    builder.setInsertionPointToEnd(to);
    block(*from);
    loc = op.getLoc();
    scf::YieldOp::create(builder, loc,
                         flattened(from->getTerminator()->getOperands()));
  };
  Accesses before = accesses;
  fillRegion(made.thenBlock(), op.thenBlock());
  Accesses afterThen = std::exchange(accesses, before);
  if (!op.getElseRegion().empty())
    fillRegion(made.elseBlock(), op.elseBlock());
  accesses.add(afterThen);
  bind(op.getResults(), made.getResults());
}

void kernelsToThreads(ModuleOp module, const GpuTarget &target) {
  auto kernels = llvm::to_vector(module.getOps<KernelOp>());
  if (!kernels.empty()) {
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    auto bytes = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
    LLVM::GlobalOp::create(builder, module.getLoc(), bytes,
                           /*isConstant=*/false, LLVM::Linkage::External,
                           sharedSymbol, Attribute(), /*alignment=*/16,
                           /*addrSpace=*/3);
  }
  for (KernelOp kernel : kernels)
    ThreadLowering(kernel, target).run();
}

} // namespace ferro::gpu
