#include "MatmulKernels.h"

#include "compiler/cpu/Math.h"
#include "compiler/cpu/Matmul.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;

namespace ferro::test {

GuardedBytes::GuardedBytes(std::size_t size) : bytes(size) {
  std::size_t page = static_cast<std::size_t>(getpagesize());
  std::size_t used = (size + page - 1) / page * page;
  mapped = used + page;
  pages = mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  first = static_cast<std::byte *>(pages) + used - size;
  mprotect(static_cast<std::byte *>(pages) + used, page, PROT_NONE);
}

GuardedBytes::~GuardedBytes() { munmap(pages, mapped); }

ProductCase rowMajorCase(std::vector<std::int64_t> batch, std::int64_t m,
                         std::int64_t n, std::int64_t k, bool lhsTransposed,
                         bool rhsTransposed) {
  ProductCase product{batch, m, n, k, {}, {}};
  product.lhs = {{}, lhsTransposed ? m : 1, lhsTransposed ? 1 : k};
  product.rhs = {{}, rhsTransposed ? 1 : n, rhsTransposed ? k : 1};
  std::int64_t matrices = 1;
  for (std::size_t i = batch.size(); i-- > 0;) {
    product.lhs.batch.insert(product.lhs.batch.begin(), matrices * m * k);
    product.rhs.batch.insert(product.rhs.batch.begin(), matrices * k * n);
    matrices *= batch[i];
  }
  return product;
}

static Type typeOf(OpBuilder &builder, DType dtype) {
  switch (dtype) {
  case DType::F16:
    return builder.getF16Type();
  case DType::BF16:
    return builder.getBF16Type();
  case DType::F32:
    return builder.getF32Type();
  case DType::F64:
    return builder.getF64Type();
  case DType::Bool:
  case DType::U8:
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
    return builder.getIntegerType(8 * byteSize(dtype));
  }
  __builtin_unreachable();
}

static cpu::Matmul describe(OpBuilder &builder, const ProductCase &product) {
  auto operand = [&](const Layout &layout) {
    cpu::MatmulOperand result;
    result.element = typeOf(builder, product.dtype);
    result.isUnsigned = kindOf(product.dtype) == DTypeKind::Unsigned;
    result.batchStrides.assign(layout.batch.begin(), layout.batch.end());
    result.alongK = layout.alongK;
    result.alongOther = layout.alongOther;
    return result;
  };
  cpu::Matmul result;
  result.batch.assign(product.batch.begin(), product.batch.end());
  result.m = product.m;
  result.n = product.n;
  result.k = product.k;
  result.lhs = operand(product.lhs);
  result.rhs = operand(product.rhs);
  result.compute = typeOf(builder, computeType(product.dtype));
  return result;
}

/// Stores a segment at its place in a row-major result.
static void emitFinish(OpBuilder &builder, Location loc,
                       const ProductCase &product,
                       const cpu::MatmulSegment &segment, Value row,
                       Value result) {
  ImplicitLocOpBuilder emit(loc, builder);
  auto number = [&](std::int64_t value) {
    return arith::ConstantIndexOp::create(emit, value);
  };
  Value place = number(0);
  auto append = [&](Value coordinate, std::int64_t extent) {
    place = arith::AddIOp::create(
        emit, arith::MulIOp::create(emit, place, number(extent)), coordinate);
  };
  for (auto [coordinate, extent] : llvm::zip(segment.batch, product.batch))
    append(coordinate, extent);
  append(segment.row, product.m);
  append(segment.column, product.n);

  Value elements = segment.elements;
  Type type = elements.getType();
  Type element = typeOf(emit, computeType(product.dtype));
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  auto at = [&](Value pointer, Value index) {
    Value offset = arith::IndexCastOp::create(emit, emit.getI64Type(), index);
    return LLVM::GEPOp::create(emit, pointer.getType(), element, pointer,
                               ArrayRef<LLVM::GEPArg>{offset});
  };
  if (product.finish != Finish::Store) {
    Value from = at(row, segment.column);
    Value added;
    if (segment.mask)
      added = LLVM::MaskedLoadOp::create(
          emit, type, from, segment.mask,
          arith::ConstantOp::create(emit, emit.getZeroAttr(type)), alignment);
    else
      added = LLVM::LoadOp::create(emit, type, from, alignment);
    if (isa<FloatType>(element))
      elements = arith::AddFOp::create(emit, elements, added);
    else
      elements = arith::AddIOp::create(emit, elements, added);
  }
  if (product.finish == Finish::AddRowTanh)
    elements = cpu::emitTanh(emit, loc, elements);
  if (segment.mask)
    LLVM::MaskedStoreOp::create(emit, elements, at(result, place), segment.mask,
                                alignment);
  else
    LLVM::StoreOp::create(emit, elements, at(result, place), alignment);
}

CompiledProduct::CompiledProduct(const Machine &machine,
                                 const ProductCase &product) {
  auto build = [&](OpBuilder &builder) {
    Location loc = builder.getUnknownLoc();
    cpu::MatmulPlan plan =
        cpu::planMatmul(describe(builder, product), machine.target);
    workspaceBytes = static_cast<std::size_t>(plan.workspaceBytes);
    Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
    Type i64 = builder.getI64Type();
    auto type = builder.getFunctionType(
        {i64, pointer, pointer, pointer, pointer, pointer}, {});
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
      blocks.push_back(plan.stages[i].blocks);
      auto function =
          func::FuncOp::create(builder, loc, "stage" + std::to_string(i), type);
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(function.addEntryBlock());
      auto arguments = function.getArguments();
      Value block = arith::IndexCastOp::create(
          builder, loc, builder.getIndexType(), arguments[0]);
      auto finish = [&](OpBuilder &builder, Location loc,
                        const cpu::MatmulSegment &segment) {
        emitFinish(builder, loc, product, segment, arguments[3], arguments[4]);
      };
      cpu::emitMatmulStage(builder, loc, plan, i, block,
                           {arguments[1], arguments[2], arguments[5]}, finish);
      func::ReturnOp::create(builder, loc);
    }
  };
  code = std::make_unique<NativeModule>(machine, build);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    entries.push_back(
        reinterpret_cast<Stage>(code->find("stage" + std::to_string(i))));
}

void CompiledProduct::run(const void *lhs, const void *rhs, const void *row,
                          void *result, bool backwards) const {
  // The host aligns the workspace; what is in it is anything.
  GuardedBytes workspace((workspaceBytes + 63) / 64 * 64);
  std::fill_n(workspace.begin(), workspace.size(), std::byte{0xff});
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (std::int64_t block = 0; block < blocks[i]; ++block)
      entries[i](backwards ? blocks[i] - 1 - block : block, lhs, rhs, row,
                 result, workspace.begin());
}

} // namespace ferro::test
