#include "compiler/cpu/ToLlvm.h"

#include "compiler/cpu/Passes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/LoweringOptions.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;

namespace ferro::cpu {

// More than this comes from the host instead of the stack.
static constexpr std::int64_t stackBytes = 16 * 1024;
// How much a range given to a thread should hold.
static constexpr double rangeNanoseconds = 40e3;

//===----------------------------------------------------------------------===//
// Scratch
//===----------------------------------------------------------------------===//

static std::int64_t bytesOf(MemRefType type) {
  std::int64_t bits = std::max<std::int64_t>(type.getElementTypeBitWidth(), 8);
  return (type.getNumElements() * bits / 8 + 63) / 64 * 64;
}

static void placeScratch(func::FuncOp function) {
  SmallVector<memref::AllocaOp> allocations;
  std::int64_t bytes = 0;
  function.walk([&](memref::AllocaOp op) {
    allocations.push_back(op);
    bytes += bytesOf(op.getType());
  });
  Block &body = function.getBody().front();
  if (bytes <= stackBytes) {
    for (memref::AllocaOp op : llvm::reverse(allocations))
      op->moveBefore(&body, body.begin());
    return;
  }
  auto memory =
      MemRefType::get({bytes}, IntegerType::get(function.getContext(), 8));
  auto inputs = llvm::to_vector(function.getArgumentTypes());
  inputs.push_back(memory);
  function.setType(FunctionType::get(function.getContext(), inputs, {}));
  Value scratch = body.addArgument(memory, function.getLoc());
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  std::int64_t offset = 0;
  for (memref::AllocaOp op : allocations) {
    Value start = arith::ConstantIndexOp::create(builder, op.getLoc(), offset);
    Value view = memref::ViewOp::create(builder, op.getLoc(), op.getType(),
                                        scratch, start, ValueRange());
    offset += bytesOf(op.getType());
    op.replaceAllUsesWith(view);
    op.erase();
  }
  function->setAttr(scratchAttr, builder.getI64IntegerAttr(bytes));
}

void placeScratch(ModuleOp module) {
  for (auto function : llvm::to_vector(module.getOps<func::FuncOp>()))
    placeScratch(function);
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

static LogicalResult toControlFlow(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  populateSCFToControlFlowConversionPatterns(patterns);
  ConversionTarget target(*module.getContext());
  target.addIllegalDialect<scf::SCFDialect>();
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  return applyPartialConversion(module, target, std::move(patterns));
}

LogicalResult toLlvm(ModuleOp module) {
  if (failed(toControlFlow(module)))
    return failure();
  MLIRContext *context = module.getContext();
  LowerToLLVMOptions options(context);
  options.useBarePtrCallConv = true;
  LLVMTypeConverter types(context, options);
  RewritePatternSet patterns(context);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  arith::populateArithToLLVMConversionPatterns(types, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
  populateFuncToLLVMConversionPatterns(types, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(types, patterns);
  populateMathToLLVMConversionPatterns(types, patterns);
  populateVectorToLLVMConversionPatterns(types, patterns);
  vector::populateVectorMaskOpLoweringPatterns(patterns);
  vector::populateVectorMaskMaterializationPatterns(
      patterns, /*force32BitVectorIndices=*/true);
  vector::populateVectorBroadcastLoweringPatterns(patterns);
  ub::populateUBToLLVMConversionPatterns(types, patterns);
  LLVMConversionTarget target(*context);
  target.addLegalOp<ModuleOp>();
  return applyFullConversion(module, target, std::move(patterns));
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

// Builds the functions around the stages of one kernel.
struct KernelBuilder {
  ModuleOp module;
  OpBuilder builder;
  Location loc;
  Type pointer, i64;

  explicit KernelBuilder(ModuleOp module)
      : module(module), builder(module.getBodyRegion()), loc(module.getLoc()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())),
        i64(builder.getI64Type()) {}

  Value constant(std::int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, i64,
                                    builder.getI64IntegerAttr(value));
  }
  Value loadPointer(Value table, std::int64_t index) {
    Value at = LLVM::GEPOp::create(
        builder, loc, pointer, pointer, table,
        ArrayRef<LLVM::GEPArg>{static_cast<std::int32_t>(index)});
    return LLVM::LoadOp::create(builder, loc, pointer, at);
  }
  void storePointer(Value value, Value table, std::int64_t index) {
    Value at = LLVM::GEPOp::create(
        builder, loc, pointer, pointer, table,
        ArrayRef<LLVM::GEPArg>{static_cast<std::int32_t>(index)});
    LLVM::StoreOp::create(builder, loc, value, at);
  }
  Type voidType() { return LLVM::LLVMVoidType::get(module.getContext()); }

  LLVM::LLVMFuncOp function(StringRef name, ArrayRef<Type> arguments,
                            bool isPublic) {
    builder.setInsertionPointToEnd(module.getBody());
    auto type = LLVM::LLVMFunctionType::get(voidType(), arguments);
    auto made = LLVM::LLVMFuncOp::create(builder, loc, name, type,
                                         isPublic ? LLVM::Linkage::External
                                                  : LLVM::Linkage::Internal);
    builder.setInsertionPointToStart(made.addEntryBlock(builder));
    return made;
  }

  // void range(context, begin, end): fetches a stage's views and calls it.
  // The context holds the kernel's buffers, workspace and host.
  LLVM::LLVMFuncOp addRange(LLVM::LLVMFuncOp stage) {
    auto range = function((stage.getSymName() + ".range").str(),
                          {pointer, i64, i64}, false);
    Value context = range.getArgument(0);
    Value buffers = loadPointer(context, 0),
          workspace = loadPointer(context, 1);
    SmallVector<Value> arguments;
    for (std::int64_t buffer :
         stage->getAttrOfType<DenseI64ArrayAttr>(buffersAttr).asArrayRef())
      arguments.push_back(buffer == hostBuffer ? loadPointer(context, 2)
                          : buffer < 0         ? workspace
                                               : loadPointer(buffers, buffer));
    arguments.push_back(range.getArgument(1));
    arguments.push_back(range.getArgument(2));
    if (auto bytes = stage->getAttrOfType<IntegerAttr>(scratchAttr))
      arguments.push_back(takeScratch(loadPointer(context, 2), bytes.getInt()));
    LLVM::CallOp::create(builder, loc, stage, arguments);
    if (streams(stage)) // other threads read what went around the caches
      LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::seq_cst, "");
    LLVM::ReturnOp::create(builder, loc, ValueRange());
    return range;
  }

  static bool streams(LLVM::LLVMFuncOp stage) {
    return stage
        .walk([](LLVM::StoreOp store) {
          return store.getNontemporal() ? WalkResult::interrupt()
                                        : WalkResult::advance();
        })
        .wasInterrupted();
  }

  // host->scratch(bytes), the second entry of the table.
  Value takeScratch(Value host, std::int64_t bytes) {
    Value callee = loadPointer(host, 1);
    auto type = LLVM::LLVMFunctionType::get(pointer, {i64});
    return LLVM::CallOp::create(builder, loc, type,
                                ValueRange{callee, constant(bytes)})
        .getResult();
  }

  // How many blocks a kernel's grid has; known at launch.
  Value gridSize(LLVM::LLVMFuncOp stage, Value context) {
    Value words =
        loadPointer(loadPointer(context, 0),
                    stage->getAttrOfType<IntegerAttr>(gridAttr).getInt());
    Value blocks;
    for (std::int32_t axis = 0; axis < 3; ++axis) {
      Value at = LLVM::GEPOp::create(builder, loc, pointer, i64, words,
                                     ArrayRef<LLVM::GEPArg>{axis});
      Value extent = LLVM::LoadOp::create(builder, loc, i64, at);
      blocks =
          blocks ? LLVM::MulOp::create(builder, loc, blocks, extent) : extent;
    }
    return blocks;
  }

  void callParallel(Value blocks, std::int64_t grain, LLVM::LLVMFuncOp range,
                    Value context, Value host) {
    Value parallelFor = loadPointer(host, 0);
    Value body =
        LLVM::AddressOfOp::create(builder, loc, pointer, range.getSymName());
    auto type =
        LLVM::LLVMFunctionType::get(voidType(), {i64, i64, pointer, pointer});
    LLVM::CallOp::create(
        builder, loc, type,
        ValueRange{parallelFor, blocks, constant(grain), body, context});
  }

  void callStage(LLVM::LLVMFuncOp stage, LLVM::LLVMFuncOp range, Value context,
                 Value host) {
    if (stage->hasAttr(gridAttr)) {
      double cost =
          stage->getAttrOfType<FloatAttr>(costAttr).getValueAsDouble();
      auto grain =
          static_cast<std::int64_t>(rangeNanoseconds / std::max(cost, 1.0));
      return callParallel(gridSize(stage, context),
                          std::max<std::int64_t>(grain, 1), range, context,
                          host);
    }
    std::int64_t blocks =
        stage->getAttrOfType<IntegerAttr>(blocksAttr).getInt();
    double cost = stage->getAttrOfType<FloatAttr>(costAttr).getValueAsDouble();
    if (blocks == 1 || cost * static_cast<double>(blocks) < serialNanoseconds) {
      LLVM::CallOp::create(builder, loc, range,
                           ValueRange{context, constant(0), constant(blocks)});
      return;
    }
    auto grain = std::min<std::int64_t>(
        static_cast<std::int64_t>(rangeNanoseconds / std::max(cost, 1.0)),
        blocks / 8);
    if (auto attr = stage->getAttrOfType<IntegerAttr>(grainAttr))
      grain = attr.getInt();
    grain = std::max<std::int64_t>(grain, 1);
    callParallel(constant(blocks), grain, range, context, host);
  }

  void addKernel(StringRef name, ArrayRef<LLVM::LLVMFuncOp> stages) {
    SmallVector<LLVM::LLVMFuncOp> ranges;
    for (LLVM::LLVMFuncOp stage : stages)
      ranges.push_back(addRange(stage));
    auto kernel = function(name, {pointer, pointer, pointer}, true);
    Value three = constant(3);
    Value context =
        LLVM::AllocaOp::create(builder, loc, pointer, pointer, three);
    for (unsigned i = 0; i < 3; ++i)
      storePointer(kernel.getArgument(i), context, i);
    for (auto [stage, range] : llvm::zip_equal(stages, ranges))
      callStage(stage, range, context, kernel.getArgument(2));
    LLVM::ReturnOp::create(builder, loc, ValueRange());
  }
};

void addKernels(ModuleOp module, ArrayRef<std::string> kernels) {
  // A single stage has its kernel's name, which the kernel itself needs.
  SmallVector<LLVM::LLVMFuncOp> stages(module.getOps<LLVM::LLVMFuncOp>());
  for (LLVM::LLVMFuncOp stage : stages)
    if (auto title = stage->getAttrOfType<StringAttr>(titleAttr))
      stage.setSymName(title);
    else if (stage->hasAttr(kernelAttr))
      stage.setSymName((stage.getSymName() + ".blocks").str());
  KernelBuilder builder(module);
  for (const std::string &kernel : kernels) {
    SmallVector<LLVM::LLVMFuncOp> own;
    for (LLVM::LLVMFuncOp stage : stages)
      if (auto of = stage->getAttrOfType<StringAttr>(kernelAttr);
          of && of == kernel)
        own.push_back(stage);
    builder.addKernel(kernel, own);
  }
  for (LLVM::LLVMFuncOp stage : stages) {
    if (stage.isExternal())
      continue; // a scalar function
    stage.setLinkage(LLVM::Linkage::Internal);
    for (StringRef attr :
         {kernelAttr, blocksAttr, buffersAttr, costAttr, scratchAttr, grainAttr,
          workspaceAttr, gridAttr, titleAttr})
      stage->removeAttr(attr);
  }
}

} // namespace ferro::cpu
