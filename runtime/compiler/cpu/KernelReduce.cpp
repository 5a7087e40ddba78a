// Reductions, scans, and tiles put together of others.
#include "compiler/cpu/KernelLowering.h"

#include "compiler/cpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::cpu {

// Where the last axis is reduced a loop along it carries the total; else the
// totals are in memory, and the loop along the last axis updates neighbours.
void KernelLowering::reduce(ReduceOp op, Value to) {
  reading(op.getSource(), [&] { reduceInto(op, to); });
}

void KernelLowering::reduceInto(ReduceOp op, Value to) {
  ArrayRef<std::int64_t> shape = tileType(op.getSource()).getShape();
  Type type = op.getType().getElementType();
  ReduceKind kind = op.getKind();
  SmallVector<bool> isReduced(shape.size());
  for (std::int64_t axis : op.getAxes())
    isReduced[axis] = true;
  // The last axis that is longer than 1 decides.
  std::size_t last = shape.size();
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] != 1)
      last = axis;
  nest(op.getType().getShape(), [&](ArrayRef<Value> index) {
    store(elements().neutral(kind, type), to, index);
  });
  auto place = [&](ArrayRef<Value> index) {
    Index result(index);
    for (auto [axis, each] : llvm::enumerate(result))
      if (isReduced[axis])
        each = constant(0);
    return result;
  };
  bool carries = last < shape.size() && isReduced[last];
  SmallVector<std::int64_t> outer(shape);
  if (carries)
    outer[last] = 1;
  // Reduced axes outside, so that neighbours lie in the innermost loop.
  SmallVector<std::size_t> order;
  for (bool reducedFirst : {!carries, carries})
    for (std::size_t axis = 0; axis < outer.size(); ++axis)
      if (isReduced[axis] == reducedFirst)
        order.push_back(axis);
  SmallVector<std::int64_t> ordered;
  for (std::size_t axis : order)
    ordered.push_back(outer[axis]);
  nest(ordered, [&](ArrayRef<Value> walked) {
    Index index(walked.size());
    for (auto [at, axis] : llvm::zip_equal(walked, order))
      index[axis] = at;
    Value total = load(to, type, place(index));
    if (!carries) {
      store(elements().combine(kind, total, element(op.getSource(), index)), to,
            place(index));
      return;
    }
    auto loop =
        scf::ForOp::create(builder, loc, constant(0), constant(shape[last]),
                           constant(1), elements().neutral(kind, type));
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      index[last] = loop.getInductionVar();
      auto before = atHand;
      Value next = elements().combine(kind, loop.getRegionIterArg(0),
                                      element(op.getSource(), index));
      atHand = std::move(before);
      scf::YieldOp::create(builder, loc, next);
    }
    markReduction(loop, kind);
    index[last] = constant(0);
    store(elements().combine(kind, total, loop.getResult(0)), to, place(index));
  });
}

void KernelLowering::markReduction(scf::ForOp loop, ReduceKind kind) {
  if (!isVectorizable(loop))
    return;
  loop->setAttr(vectorAttr, builder.getUnitAttr());
  loop->setAttr(kindsAttr, builder.getDenseI64ArrayAttr(
                               {static_cast<std::int64_t>(kind)}));
}

void KernelLowering::reduceBy(ReduceByOp op, Value to) {
  settleLoads(op.getSource());
  ArrayRef<std::int64_t> shape = tileType(op.getSource()).getShape();
  std::size_t axis = op.getAxis();
  nest(op.getType().getShape(), [&](ArrayRef<Value> place) {
    Index index(place);
    auto loop =
        scf::ForOp::create(builder, loc, constant(0), constant(shape[axis]),
                           constant(1), scalar(op.getIdentity()));
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      index[axis] = loop.getInductionVar();
      auto before = atHand;
      Value next = inlined(op.getBody(), {loop.getRegionIterArg(0),
                                          element(op.getSource(), index)});
      atHand = std::move(before);
      scf::YieldOp::create(builder, loc, next);
    }
    store(loop.getResult(0), to, place);
  });
}

void KernelLowering::scan(ScanOp op, Value to) {
  settleLoads(op.getSource());
  SmallVector<std::int64_t> outer(op.getType().getShape());
  std::size_t axis = op.getAxis();
  std::int64_t length = std::exchange(outer[axis], 1);
  nest(outer, [&](ArrayRef<Value> place) {
    Index index(place);
    auto loop = scf::ForOp::create(builder, loc, constant(0), constant(length),
                                   constant(1), scalar(op.getIdentity()));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value at = loop.getInductionVar();
    if (op.getReverse())
      at = arith::SubIOp::create(builder, loc, constant(length - 1), at);
    index[axis] = at;
    Value total = loop.getRegionIterArg(0);
    auto before = atHand;
    Value next = inlined(op.getBody(), {total, element(op.getSource(), index)});
    atHand = std::move(before);
    store(op.getExclusive() ? total : next, to, index);
    scf::YieldOp::create(builder, loc, next);
  });
}

void KernelLowering::cat(CatOp op, Value to) {
  std::int64_t axis = op.getAxis();
  Value start = constant(0);
  for (Value part : {op.getLhs(), op.getRhs()}) {
    Value from = start;
    settleLoads(part);
    nest(tileType(part).getShape(), [&](ArrayRef<Value> index) {
      Index place(index);
      place[axis] = emit<arith::AddIOp>(from, place[axis]);
      store(element(part, index), to, place);
    });
    start = constant(tileType(part).getDimSize(axis));
  }
}

void KernelLowering::insert(InsertOp op, Value to) {
  fill(op.getSource(), to);
  settleLoads(op.getPart());
  ArrayRef<std::int64_t> shape = tileType(op.getPart()).getShape();
  SmallVector<Value> first;
  for (auto [axis, at] : llvm::enumerate(op.getIndices()))
    first.push_back(emit<arith::MulIOp>(scalar(at), constant(shape[axis])));
  nest(shape, [&](ArrayRef<Value> index) {
    Index place;
    for (auto [start, at] : llvm::zip_equal(first, index))
      place.push_back(emit<arith::AddIOp>(start, at));
    store(element(op.getPart(), index), to, place);
  });
}

} // namespace ferro::cpu
