// One tile.kernel on its way to loops.
//
// Tiles are values; here each is one of two things. What is computed element by
// element is not kept: whoever needs an element computes it, so chains of such
// ops become one loop. What is read by several, or in another order than it is
// made, is kept in memory of the block. A loop that carries tiles has memory
// for each, and so has the result of an if.
#pragma once

#include "compiler/cpu/CpuTarget.h"
#include "compiler/cpu/Elements.h"
#include "compiler/tile/Tile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/SetVector.h"

#include <map>

namespace ferro::cpu {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Type;
using mlir::Value;

/// Places in FerroHost (Abi.h).
enum class HostEntry : std::int32_t {
  ParallelFor,
  Scratch,
  Fail,
  Print,
  Global
};

/// Whether vectorize can walk the loop in vectors.
bool isVectorizable(mlir::scf::ForOp loop);

class KernelLowering {
public:
  KernelLowering(tile::KernelOp kernel, const CpuTarget &target)
      : kernel(kernel), target(target), builder(kernel), loc(kernel.getLoc()) {}

  /// Replaces the kernel by a function over its memory, the words of the launch
  /// (Abi.h) and a range of blocks.
  void run();

private:
  using Index = SmallVector<Value>;
  using Work = llvm::function_ref<void()>;
  using ElementWork = llvm::function_ref<void(ArrayRef<Value>)>;

  // --- the function (KernelLowering.cpp)
  Value hostEntry(HostEntry entry);
  mlir::func::FuncOp open();
  void findGlobals();
  void bindArguments(mlir::func::FuncOp function);
  Value word(std::int64_t place);
  Value addressOf(Value memref);
  void block(mlir::Block &block);
  void operation(mlir::Operation *op);
  Value patternConstant(mlir::TypedAttr number);
  Value subview(mlir::memref::SubViewOp op);
  Value viewOf(tile::ViewOfOp op);
  void checkAtLaunch(ArrayRef<Value> grid);
  void check(tile::CheckOp op);
  void print(tile::PrintOp op);

  // --- control flow (KernelControl.cpp)
  void forLoop(mlir::scf::ForOp op);
  void whileLoop(mlir::scf::WhileOp op);
  void branch(mlir::scf::IfOp op);
  struct Carried {
    SmallVector<Value> numbers, tiles;
    SmallVector<Type> types; // of the numbers
  };
  Carried carried(mlir::ValueRange values);
  SmallVector<Value> allocateAll(ArrayRef<Value> tiles);
  void bind(mlir::ValueRange names, mlir::ValueRange numbers,
            ArrayRef<Value> buffers);
  SmallVector<Value> leave(mlir::ValueRange values, ArrayRef<Value> buffers);
  void fillAll(ArrayRef<Value> tiles, ArrayRef<Value> buffers);
  bool readsElsewhere(Value tile, Value buffer, bool isInPlace) const;
  bool reads(Value tile, Value buffer) const;

  // --- tiles (KernelTiles.cpp)
  void define(mlir::Operation *op);
  bool isKept(mlir::Operation *op);
  bool isCheap(Value tile) const;
  double price(Value tile) const;
  bool mayChangeBeforeUse(tile::LoadViewOp load) const;
  Value memoryOf(Value tile);
  Value allocate(mlir::RankedTensorType type);
  void fill(Value tile, Value memory);
  Value element(Value tile, ArrayRef<Value> index);
  Value compute(Value tile, ArrayRef<Value> index);
  Value constantElement(tile::ConstantOp op, ArrayRef<Value> index);
  Index reshaped(ArrayRef<Value> index, ArrayRef<std::int64_t> from,
                 ArrayRef<std::int64_t> to);
  Value load(Value memory, Type element, ArrayRef<Value> index);
  void store(Value number, Value memory, ArrayRef<Value> index);
  void nest(ArrayRef<Value> bounds, ElementWork body);
  void nest(ArrayRef<std::int64_t> shape, ElementWork body);
  ElementBuilder elements() { return {builder, loc}; }

  // --- functions of numbers (KernelFunctions.cpp)
  Value applied(mlir::Operation *op, mlir::ValueRange operands);
  Value inlined(mlir::Region &region, ArrayRef<Value> arguments);
  void inlineBlock(mlir::Block &block, mlir::IRMapping &numbers);
  void inlineOperation(mlir::Operation *op, mlir::IRMapping &numbers);
  void inlineControl(mlir::Operation *op, mlir::IRMapping &numbers);
  Value numberOf(Value value, const mlir::IRMapping &numbers);
  SmallVector<Value> numbersOf(mlir::ValueRange values,
                               const mlir::IRMapping &numbers);

  // --- memory (KernelMemory.cpp)
  struct Loads {
    llvm::SetVector<mlir::Operation *> straight, others;
  };
  void loadsOf(Value tile, bool isStraight, Loads &loads) const;
  void settleLoads(Value tile);
  void settle(ArrayRef<mlir::Operation *> loads);
  void settleAll(mlir::ValueRange tiles);
  Value existence(ArrayRef<mlir::Operation *> loads, ArrayRef<Value> bounds);
  void reading(Value tile, ArrayRef<Value> bounds, Work work);
  void reading(Value tile, Work work);
  Value extentOf(Value view, std::int64_t axis);
  void fillFromView(tile::LoadViewOp op, Value memory);
  Value padding(tile::LoadViewOp op);
  Index viewIndex(mlir::ValueRange offsets, ArrayRef<std::int64_t> axes,
                  ArrayRef<Value> index);
  void storeView(tile::StoreViewOp op);
  Value address(tile::AddressOp op, ArrayRef<Value> index);
  void loadPtr(tile::LoadPtrOp op, Value memory);
  void storePtr(tile::StorePtrOp op);
  void atomicRmw(tile::AtomicRmwOp op, Value memory);
  void atomicCas(tile::AtomicCasOp op, Value memory);
  Value pointer(Value address);
  Value loadAt(Value address, Type element);
  void storeAt(Value number, Value address);
  void where(Value mask, ArrayRef<Value> index, Work work);

  // --- combining (KernelReduce.cpp, KernelMma.cpp)
  void reduce(tile::ReduceOp op, Value memory);
  void reduceInto(tile::ReduceOp op, Value memory);
  void reduceBy(tile::ReduceByOp op, Value memory);
  void scan(tile::ScanOp op, Value memory);
  void cat(tile::CatOp op, Value memory);
  void insert(tile::InsertOp op, Value memory);
  void mma(tile::MmaOp op, Value memory);
  void markReduction(mlir::scf::ForOp loop, tile::ReduceKind kind);
  // A panel of the right operand, and what it is multiplied with.
  struct Product {
    Value lhs, rhs, totals;
    Index batch;
    Value panel;
    std::int64_t lanes, width, k;
  };
  void multiplyRows(const Product &product, Value firstRow, std::int64_t rows);
  void prefetch(Value tile, ArrayRef<Value> index);
  void multiplyPanels(tile::MmaOp op, Product product, std::int64_t rows);
  Value accumulatorOf(tile::MmaOp op) const;
  Value multiplyAdd(Value a, Value b, Value total);
  Value inPanels(Value tile, Type element, std::int64_t width, bool zeroExtend);
  Value inRows(Value tile, Type element, bool zeroExtend);
  Value widened(Value number, Type from, Type to, bool zeroExtend);

  // --- values
  Type inMemory(Type element);
  Value constant(std::int64_t value);
  Value scalar(Value value) { return scalars.lookupOrDefault(value); }
  template <typename Op, typename... Args> Value emit(Args &&...args) {
    return builder.createOrFold<Op>(loc, std::forward<Args>(args)...);
  }

  // Where a view's elements are: the first element of its tensor, and how far
  // from there its own is.
  struct View {
    Value tensor, offset;
    SmallVector<Value> strides;
  };
  void assumeFacts(mlir::BlockArgument tensor, const View &parts,
                   mlir::ArrayRef<mlir::Value> extents);
  Value makeView(mlir::MemRefType type, const View &view,
                 ArrayRef<Value> extents);

  tile::KernelOp kernel;
  const CpuTarget &target;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::IRMapping scalars; // numbers and views
  llvm::DenseMap<Value, View> views;
  llvm::DenseMap<Value, Value> memory; // of tiles that are kept
  // Elements at hand, by tile and index, in the innermost loop.
  std::map<std::pair<void *, std::vector<void *>>, Value> atHand;
  Value words, host;
  double cost = 0; // of a block, in additions
};

} // namespace ferro::cpu
