// Matrix products: cpu/Matmul.h makes their blocks, the entry's other ops
// become the epilogue.
#include "compiler/cpu/EntryLowering.h"
#include "compiler/cpu/Matmul.h"
#include "compiler/cpu/Vectorize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

static Value constant(OpBuilder &builder, Location loc, std::int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

// An entry around one product: cpu/Matmul.h plans its blocks anew, the entry's
// ops behind the product become the epilogue of its row segments.
struct ProductLowering {
  EntryLowering &base;
  scf::ForOp loop;
  LoadOp lhs, rhs;
  bool lhsUnsigned = false, rhsUnsigned = false;
  SmallVector<StoreOp> stores;
  MatmulPlan plan;

  ProductLowering(EntryLowering &base, scf::ForOp loop)
      : base(base), loop(loop) {
    loop.walk([&](MmaOp mma) {
      lhs = loadBehind(mma.getLhs(), lhsUnsigned);
      rhs = loadBehind(mma.getRhs(), rhsUnsigned);
    });
    base.entry.walk([&](StoreOp store) { stores.push_back(store); });
    plan = planMatmul(describe(), base.target);
  }

  // Operands may be converted on their way.
  static LoadOp loadBehind(Value tile, bool &isUnsigned) {
    while (auto convert = tile.getDefiningOp<ConvertOp>()) {
      isUnsigned |= convert.getZeroExtend();
      tile = convert.getSource();
    }
    return tile.getDefiningOp<LoadOp>();
  }

  static MemRefType typeOf(LoadOp load) {
    return cast<MemRefType>(load.getView().getType());
  }

  // One of the last two axes runs along k.
  static MatmulOperand operand(MemRefType type, std::int64_t fromEndK) {
    SmallVector<std::int64_t> strides;
    std::int64_t offset;
    (void)type.getStridesAndOffset(strides, offset);
    std::int64_t rank = type.getRank();
    MatmulOperand result;
    result.element = type.getElementType();
    for (std::int64_t i = 0; i + 2 < rank; ++i)
      result.batchStrides.push_back(type.getDimSize(i) == 1 ? 0 : strides[i]);
    result.alongK = strides[rank - fromEndK];
    result.alongOther = strides[rank - (3 - fromEndK)];
    return result;
  }

  Matmul describe() {
    MemRefType left = typeOf(lhs), right = typeOf(rhs);
    auto result = cast<MemRefType>(stores.front().getView().getType());
    std::int64_t rank = left.getRank();
    Matmul product;
    product.batch.append(result.getShape().begin(),
                         result.getShape().end() - 2);
    product.m = left.getDimSize(rank - 2);
    product.k = left.getDimSize(rank - 1);
    product.n = right.getDimSize(rank - 1);
    product.lhs = operand(left, 1);
    product.rhs = operand(right, 2);
    product.lhs.isUnsigned = lhsUnsigned;
    product.rhs.isUnsigned = rhsUnsigned;
    product.compute = tileType(loop.getResult(0)).getElementType();
    return product;
  }

  void run() {
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage)
      emitStage(stage);
    base.entry.erase();
  }

  void emitStage(std::size_t stage) {
    bool isLast = stage + 1 == plan.stages.size();
    EntryOp entry = base.entry;
    std::string name = entry.getSymName().str() + (isLast ? "" : ".pack");
    std::int64_t blocks = plan.stages[stage].blocks,
                 grain = plan.stages[stage].grain;
    auto workspace =
        MemRefType::get({std::max<std::int64_t>(plan.workspaceBytes, 1)},
                        IntegerType::get(entry.getContext(), 8));
    func::FuncOp function = base.openFunction(name, blocks, workspace);
    OpBuilder &builder = base.builder;
    function->setAttr(grainAttr, builder.getI64IntegerAttr(grain));
    // As many blocks as a thread's grain are worth leaving the calling thread.
    function->setAttr(costAttr,
                      builder.getF64FloatAttr(serialNanoseconds /
                                              static_cast<double>(grain)));
    function->setAttr(workspaceAttr,
                      builder.getI64IntegerAttr(plan.workspaceBytes));
    for (Operation &op : entry.block().without_terminator())
      if (isa<arith::ConstantOp>(op))
        builder.clone(op, base.views);
    Value space = function.getArgument(entry.block().getNumArguments());
    MatmulMemory memory{pointer(base.views.lookup(lhs.getView())),
                        pointer(base.views.lookup(rhs.getView())),
                        pointer(space)};
    emitMatmulStage(builder, base.loc, plan, stage, base.block, memory,
                    [&](OpBuilder &at, Location, const MatmulSegment &segment) {
                      OpBuilder::InsertionGuard guard(builder);
                      builder.restoreInsertionPoint(at.saveInsertionPoint());
                      emitEpilogue(segment);
                      at.restoreInsertionPoint(builder.saveInsertionPoint());
                    });
  }

  Value pointer(Value view) {
    OpBuilder &builder = base.builder;
    Value address =
        memref::ExtractAlignedPointerAsIndexOp::create(builder, base.loc, view);
    Value bits = arith::IndexCastUIOp::create(builder, base.loc,
                                              builder.getI64Type(), address);
    return LLVM::IntToPtrOp::create(
        builder, base.loc, LLVM::LLVMPointerType::get(builder.getContext()),
        bits);
  }

  // The entry's block ids stand for the batch; rows and columns are walked.
  void mapBlock(const MatmulSegment &segment) {
    StoreOp store = stores.front();
    for (auto [axis, at] : llvm::enumerate(store.getIndices()))
      if (at.getDefiningOp<BlockIdOp>())
        base.views.map(at, axis < segment.batch.size() ? segment.batch[axis]
                                                       : base.zero());
  }

  void emitEpilogue(const MatmulSegment &segment) {
    OpBuilder &builder = base.builder;
    base.forgetElements();
    mapBlock(segment);
    Index index(segment.batch.size(), base.zero());
    index.push_back(segment.row);
    index.push_back(segment.column);
    auto lanes = dyn_cast<VectorType>(segment.elements.getType());
    if (!lanes)
      return storeAll(segment.elements, index);
    std::int64_t count = lanes.getNumElements();
    Value end = arith::AddIOp::create(builder, base.loc, segment.column,
                                      constant(builder, base.loc, count));
    auto scalar = scf::ForOp::create(builder, base.loc, segment.column, end,
                                     constant(builder, base.loc, 1));
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(scalar.getBody());
      base.loop = scalar;
      index.back() = scalar.getInductionVar();
      Value element =
          ub::PoisonOp::create(builder, base.loc, lanes.getElementType());
      storeAll(element, index);
      base.loop = nullptr;
      builder.setInsertionPoint(scalar);
      widenBody(builder, scalar, segment.column, count, segment.mask, element,
                segment.elements);
    }
    scalar.erase();
    base.forgetElements();
  }

  // Everything is computed before anything is stored.
  void storeAll(Value element, Index &index) {
    base.product = loop.getResult(0);
    base.productElement = element;
    for (StoreOp store : stores)
      base.get(store.getTile(), index);
    for (StoreOp store : stores)
      base.storeElement(store, index);
  }
};

void lowerProduct(EntryLowering &entry, scf::ForOp loop) {
  ProductLowering(entry, loop).run();
}

} // namespace ferro::cpu
