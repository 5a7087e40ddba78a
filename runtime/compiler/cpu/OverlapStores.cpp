// overlap-stores.
//
// A block of rows first reads its row, then computes, then stores: while it
// stores, the processor waits for the memory, and while it computes, the memory
// waits for the processor. So the last loop of a block, the one that stores,
// runs inside the loop before it of the next block:
//
//   for block:            read(first); compute(first)
//     read(block)         for block behind the first:
//     compute(block)  =>    read(block); store(block - 1) with compute(block)
//     store(block)        store(last)
//
// Both loops walk the same positions, so the row in scratch is read at each
// position before it is written there.
#include "compiler/cpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using llvm::SmallVector;

namespace ferro::cpu {
namespace {

// A loop over positions that the vectorizer will take, with nothing nested.
bool isFlatLoop(scf::ForOp loop) {
  return loop->hasAttr(vectorAttr) &&
         llvm::none_of(loop.getBody()->without_terminator(),
                       [](Operation &op) { return op.getNumRegions() != 0; });
}

std::optional<std::int64_t> lengthOf(scf::ForOp loop) {
  auto bound = loop.getUpperBound().getDefiningOp<arith::ConstantIndexOp>();
  return bound ? std::optional(bound.value()) : std::nullopt;
}

bool streams(scf::ForOp loop) {
  return llvm::any_of(loop.getBody()->getOps<memref::StoreOp>(),
                      [](auto store) { return store->hasAttr(streamAttr); });
}

// The loop over blocks, and in it the one that stores and its host.
struct Overlap {
  scf::ForOp blocks, host, last;

  static std::optional<Overlap> find(func::FuncOp function) {
    Overlap found;
    for (auto loop : function.getBody().front().getOps<scf::ForOp>()) {
      if (found.blocks)
        return std::nullopt;
      found.blocks = loop;
    }
    if (!found.blocks || found.blocks.getNumResults() != 0)
      return std::nullopt;
    SmallVector<scf::ForOp> loops;
    for (Operation &op : found.blocks.getBody()->without_terminator())
      if (op.getNumRegions() != 0) {
        auto loop = dyn_cast<scf::ForOp>(op);
        if (!loop)
          return std::nullopt;
        loops.push_back(loop);
      }
    if (loops.size() < 2)
      return std::nullopt;
    found.last = loops.pop_back_val();
    found.host = loops.back();
    bool isAtEnd =
        found.last->getNextNode() == found.blocks.getBody()->getTerminator();
    bool fits = isAtEnd && isFlatLoop(found.host) && isFlatLoop(found.last) &&
                found.last.getNumResults() == 0 && lengthOf(found.host) &&
                lengthOf(found.host) == lengthOf(found.last) &&
                streams(found.last) && found.isSafe();
    return fits ? std::optional(found) : std::nullopt;
  }

  // What `last` reads in scratch, only `host` writes, at the same position;
  // what it reads elsewhere, no block writes.
  bool isSafe() {
    for (auto load : last.getBody()->getOps<memref::LoadOp>())
      if (!load.getMemRef().getDefiningOp<memref::AllocaOp>() &&
          isStoredTo(load.getMemRef()))
        return false;
    for (auto alloca : blocks.getBody()->getOps<memref::AllocaOp>()) {
      bool isRead = false, isWrittenElsewhere = false, isInPlace = true;
      for (Operation *user : alloca->getUsers()) {
        bool inLast = user->getBlock() == last.getBody();
        isRead |= inLast;
        if (auto store = dyn_cast<memref::StoreOp>(user)) {
          isWrittenElsewhere |= user->getBlock() != host.getBody();
          isInPlace &= isAtPosition(store.getIndices(), host);
        } else if (auto load = dyn_cast<memref::LoadOp>(user)) {
          isInPlace &= !inLast || isAtPosition(load.getIndices(), last);
        } else {
          return false;
        }
      }
      if (isRead && (isWrittenElsewhere || !isInPlace))
        return false;
    }
    return true;
  }
  bool isStoredTo(Value memory) {
    return llvm::any_of(memory.getUsers(), [&](Operation *user) {
      auto store = dyn_cast<memref::StoreOp>(user);
      return store && store.getMemRef() == memory;
    });
  }
  static bool isAtPosition(ValueRange index, scf::ForOp loop) {
    return !index.empty() && index.back() == loop.getInductionVar() &&
           llvm::all_of(index.drop_back(), [](Value i) {
             return getConstantIntValue(i) == std::int64_t(0);
           });
  }

  // What the blocks share stands before them.
  void hoist() {
    for (Operation &op :
         llvm::make_early_inc_range(blocks.getBody()->without_terminator()))
      if (isa<memref::AllocaOp>(op) || op.hasTrait<OpTrait::ConstantLike>())
        op.moveBefore(blocks);
  }

  // The values of a block that `last` needs.
  SmallVector<Value> state() {
    llvm::SetVector<Value> values;
    last.walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        if (operand.getParentBlock() == blocks.getBody())
          values.insert(operand);
    });
    return values.takeVector();
  }

  void apply() {
    hoist();
    SmallVector<Value> needed = state();
    Location loc = blocks.getLoc();
    OpBuilder builder(blocks);
    Value begin = blocks.getLowerBound(), end = blocks.getUpperBound();
    Value any = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                                      begin, end);
    auto branch = scf::IfOp::create(builder, loc, any, false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
    IRMapping first;
    first.map(blocks.getInductionVar(), begin);
    cloneHead(builder, first, {});
    Value second = arith::AddIOp::create(builder, loc, begin, blocks.getStep());
    auto others = scf::ForOp::create(builder, loc, second, end,
                                     blocks.getStep(), lookup(first, needed));
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(others.getBody());
      IRMapping own, before;
      own.map(blocks.getInductionVar(), others.getInductionVar());
      before.map(needed, others.getRegionIterArgs());
      cloneHead(builder, own, before);
      if (!needed.empty())
        scf::YieldOp::create(builder, loc, lookup(own, needed));
    }
    IRMapping final;
    final.map(needed, others.getResults());
    builder.clone(*last, final);
    blocks.erase();
  }

  static SmallVector<Value> lookup(const IRMapping &map,
                                   llvm::ArrayRef<Value> values) {
    return llvm::map_to_vector(values,
                               [&](Value value) { return map.lookup(value); });
  }

  // A block without its last loop; \p before, if given, has the state of the
  // block whose last loop runs along.
  void cloneHead(OpBuilder &builder, IRMapping &own,
                 std::optional<IRMapping> before) {
    for (Operation &op : blocks.getBody()->without_terminator()) {
      if (&op == last)
        continue;
      Operation *copy = builder.clone(op, own);
      if (&op != host || !before)
        continue;
      auto merged = cast<scf::ForOp>(copy);
      before->map(last.getInductionVar(), merged.getInductionVar());
      OpBuilder inside = OpBuilder::atBlockBegin(merged.getBody());
      for (Operation &store : last.getBody()->without_terminator())
        inside.clone(store, *before);
    }
  }
};

} // namespace

void overlapStores(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal())
      if (std::optional<Overlap> overlap = Overlap::find(function))
        overlap->apply();
}

} // namespace ferro::cpu
