// One tile.entry on its way to loops.
#pragma once

#include "compiler/cpu/Elements.h"
#include "compiler/cpu/Passes.h"
#include "compiler/cpu/Phases.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

#include <map>
#include <set>
#include <vector>

namespace ferro::cpu {

using llvm::ArrayRef;
using llvm::MutableArrayRef;
using llvm::SmallVector;
using mlir::Type;
using mlir::Value;

/// The position of an element in a tile.
using Index = SmallVector<Value>;

/// Replaces an entry by a function that loops over a range of its blocks.
struct EntryLowering {
  tile::EntryOp entry;
  const CpuTarget &target;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::IRMapping views;
  Value block;                     ///< the running one
  mlir::Operation *loop = nullptr; ///< the outermost of the running phase
  /// The running element of a matrix product (ProductLowering).
  Value product, productElement;

  EntryLowering(tile::EntryOp entry, const CpuTarget &target)
      : entry(entry), target(target), builder(entry), loc(entry.getLoc()) {}

  void run();
  /// A function over the entry's views, then the workspace if there is one,
  /// then the range of blocks; leaves the builder inside the loop over them.
  mlir::func::FuncOp openFunction(llvm::StringRef name, std::int64_t blocks,
                                  Type workspace = nullptr);
  /// An element of a tile, computed unless it is at hand.
  Value get(Value tile, ArrayRef<Value> index);
  void forgetElements();
  void storeElement(tile::StoreOp store, Index &index);
  /// Zero, at the function's start.
  Value zero() { return zeroIndex; }

private:
  Phases phases;
  const Phase *running = nullptr;
  llvm::DenseMap<Value, Value> scratch; // tile -> memref
  // Elements at hand, by tile and index; those of a phase go with its loops.
  using Key = std::pair<void *, std::vector<void *>>;
  std::map<Key, Value> elements;
  std::vector<Key> phaseKeys;
  std::map<std::pair<void *, std::int64_t>, Value> origins; // of tiles
  Value zeroIndex;
  Value blockStart; // where the axis that walkAxis opens begins
  // Rows of a later block that its first phase will read, and that block's ids
  // in place of the running one's; `running` asks the memory for them.
  SmallVector<tile::LoadOp> rowsAhead;
  mlir::IRMapping ahead;
  const Phase *prefetching = nullptr;

  ElementBuilder scalars() { return {builder, loc}; }
  void lowerBlock(Value block);
  void mapBlockIds(tile::BlockIdOp ids, Value block, mlir::IRMapping &to);
  void planPrefetches();
  void prefetchRows(ArrayRef<Value> index);

  static Type scratchElement(Value tile);
  Value allocate(Value tile);
  void keep(Value tile, ArrayRef<Value> index);
  Value reload(Value memory, Value tile, ArrayRef<Value> index);

  Value make(Value tile, ArrayRef<Value> index);
  Value makeConstant(tile::ConstantOp op);
  Index narrowed(ArrayRef<Value> index, ArrayRef<std::int64_t> shape);
  Index reshaped(ArrayRef<Value> index, tile::ReshapeOp reshape);
  Index address(ArrayRef<Value> block, mlir::RankedTensorType tile,
                ArrayRef<Value> index);
  SmallVector<Value> mapped(mlir::ValueRange block);
  Value scaled(Value at, std::int64_t extent);

  Value bound(const Phase &phase, std::size_t axis);
  Value clipped(Value bound, mlir::ValueRange block, Value view, Value tile,
                std::size_t axis, std::int64_t extent);
  Value clipOf(Value tile, std::size_t axis, std::int64_t extent, Value bound,
               std::set<void *> &seen);

  void lowerPhase(const Phase &phase);
  mlir::scf::ForOp openLoop(Value bound, mlir::ValueRange carried, bool vector);
  void walkKept(const Phase &phase, MutableArrayRef<tile::ReduceOp> reductions,
                ArrayRef<std::size_t> outer, ArrayRef<std::size_t> inner,
                ArrayRef<Value> bounds, Index &index);
  void runSinks(const Phase &phase, Index &index);
  void runReductions(const Phase &phase,
                     MutableArrayRef<tile::ReduceOp> reductions,
                     ArrayRef<std::size_t> inner, ArrayRef<Value> bounds,
                     Index &index);
  SmallVector<Value> walkReduced(const Phase &phase,
                                 MutableArrayRef<tile::ReduceOp> reductions,
                                 ArrayRef<std::size_t> inner,
                                 ArrayRef<Value> bounds, Index &index,
                                 SmallVector<Value> totals);
  SmallVector<Value>
  walkBlocks(const Phase &phase, MutableArrayRef<tile::ReduceOp> reductions,
             ArrayRef<std::size_t> inner, ArrayRef<Value> bounds, Index &index,
             SmallVector<Value> totals, ArrayRef<std::int64_t> sizes);
  SmallVector<Value> walkAxis(const Phase &phase,
                              MutableArrayRef<tile::ReduceOp> reductions,
                              ArrayRef<std::size_t> inner,
                              ArrayRef<Value> bounds, Index &index,
                              SmallVector<Value> totals, bool vector);
  SmallVector<Value> neutrals(MutableArrayRef<tile::ReduceOp> reductions);
};

/// Lowers an entry around one matrix product, and erases it.
void lowerProduct(EntryLowering &entry, mlir::scf::ForOp loop);

} // namespace ferro::cpu
