// One tile.kernel on its way to threads.
//
// A tile is spread over the threads of its block: Layout::blocked of its
// elements, so that ops which keep the order of elements, reshape included,
// need nobody else's. Every other op goes by way of shared memory. Numbers are
// the same in every thread, and so is control flow; only reads, writes and
// atomics of single elements branch in a thread of its own.
#pragma once

#include "compiler/cpu/Elements.h"
#include "compiler/gpu/GpuTarget.h"
#include "compiler/gpu/Layout.h"
#include "compiler/tile/Tile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

#include <set>

namespace ferro::gpu {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Type;
using mlir::Value;

inline constexpr llvm::StringLiteral threadsAttr =
    "ferro.threads"; ///< of a block
inline constexpr llvm::StringLiteral sharedAttr =
    "ferro.shared"; ///< bytes of dynamic shared memory of a block
inline constexpr llvm::StringLiteral checksAttr =
    "ferro.checks"; ///< the code and the text of each check
inline constexpr llvm::StringLiteral globalsAttr =
    "ferro.globals"; ///< names of the program's numbers, in order
inline constexpr llvm::StringLiteral wordsAttr =
    "ferro.words"; ///< words of a launch
inline constexpr llvm::StringLiteral sharedSymbol = "ferro_shared";

/// Views, by the argument that they are of, that threads touch; null is any.
struct Accesses {
  std::set<void *> reads, writes;
  void add(const Accesses &other) {
    reads.insert(other.reads.begin(), other.reads.end());
    writes.insert(other.writes.begin(), other.writes.end());
  }
};

class ThreadLowering {
public:
  ThreadLowering(tile::KernelOp kernel, const GpuTarget &target)
      : kernel(kernel), target(target), builder(kernel), loc(kernel.getLoc()) {}

  /// Replaces the kernel by a function of docs/gpu.md's parameters.
  /// \throws Error UnsupportedOp at the line of what a GPU does not have.
  void run();

private:
  using Registers = SmallVector<Value>;
  using Coordinates = SmallVector<Value>; // i32, one for each axis
  using Work = llvm::function_ref<void()>;

  // --- the function (ThreadLowering.cpp)
  [[noreturn]] void refuse(const std::string &what);
  void chooseThreads();
  mlir::func::FuncOp open();
  void bindArguments(mlir::func::FuncOp function);
  void bindBlock();
  void block(mlir::Block &block);
  void operation(mlir::Operation *op);
  void check(tile::CheckOp op);
  void subview(mlir::memref::SubViewOp op);
  void viewOf(tile::ViewOfOp op);
  void forLoop(mlir::scf::ForOp op);
  void whileLoop(mlir::scf::WhileOp op);
  void branch(mlir::scf::IfOp op);
  void bind(mlir::ValueRange names, mlir::ValueRange values);
  SmallVector<Value> flattened(mlir::ValueRange values);
  SmallVector<Type> flattenedTypes(mlir::ValueRange values);

  // --- tiles (ThreadTiles.cpp)
  Registers define(mlir::Operation *op);
  Registers elementwise(mlir::Operation *op);
  Registers broadcast(tile::BroadcastOp op);
  Registers permute(tile::PermuteOp op);
  Registers extract(tile::ExtractOp op);
  Registers insert(tile::InsertOp op);
  Registers cat(tile::CatOp op);
  Registers iota(tile::IotaOp op);
  Registers reduce(tile::ReduceOp op);
  Registers reduceBy(tile::ReduceByOp op);
  Registers scan(tile::ScanOp op);
  Registers scanned(mlir::Region &body, Value source, std::int64_t axis,
                    bool reverse);
  Registers mma(tile::MmaOp op);
  Value splat(tile::ConstantOp op);
  Value tileToScalar(Value tile);
  bool isUniform(Value tile) const;
  Value inlined(mlir::Region &region, ArrayRef<Value> arguments);
  void inlineBlock(mlir::Block &block, mlir::IRMapping &numbers);
  void inlineOperation(mlir::Operation *op, mlir::IRMapping &numbers);
  void inlineControl(mlir::Operation *op, mlir::IRMapping &numbers);
  Value numberOf(Value value, const mlir::IRMapping &numbers);

  // --- layouts and shared memory (ThreadTiles.cpp)
  Layout layoutOf(Value tile) const;
  Layout layoutOf(ArrayRef<std::int64_t> shape) const;
  Value flatIndex(const Layout &layout, unsigned reg);
  Coordinates coordinates(Value flat, ArrayRef<std::int64_t> shape);
  Value flatten(ArrayRef<Value> coordinates, ArrayRef<std::int64_t> shape);
  Value owner(const Layout &layout);
  void where(Value condition, Work work);
  Value chosen(Value condition, Type type, llvm::function_ref<Value()> work,
               llvm::function_ref<Value()> otherwise);
  Value sharedPlace(std::int64_t byte, Value flat, Type element);
  void writeShared(std::int64_t byte, Value flat, Value number);
  Value readShared(std::int64_t byte, Value flat, Type element);
  std::int64_t share(Value tile, std::int64_t byte);
  void reserve(std::int64_t bytes);
  void barrier();
  Registers gathered(Value source, Value result,
                     llvm::function_ref<Value(ArrayRef<Value>)> place);

  // --- memory (ThreadMemory.cpp)
  struct View {
    Value address; // of the first element, i64
    SmallVector<Value> extents, strides;
    void *root; // what it is part of; null if anything
  };
  Registers loadView(tile::LoadViewOp op);
  void storeView(tile::StoreViewOp op);
  Value padding(tile::LoadViewOp op);
  Value elementAddress(const View &view, ArrayRef<Value> index, Type element);
  SmallVector<Value> viewIndex(mlir::ValueRange offsets,
                               ArrayRef<std::int64_t> axes,
                               ArrayRef<Value> coordinates);
  Value isInside(const View &view, ArrayRef<Value> index);
  /// Whether the whole tile exists and its vectors are aligned; null if it has
  /// none.
  Value isVectorial(const View &view, mlir::ValueRange offsets,
                    ArrayRef<std::int64_t> axes, ArrayRef<std::int64_t> shape,
                    Type element, unsigned width);
  Registers loadPtr(tile::LoadPtrOp op);
  void storePtr(tile::StorePtrOp op);
  Registers address(tile::AddressOp op);
  Registers atomicRmw(tile::AtomicRmwOp op);
  Registers atomicCas(tile::AtomicCasOp op);
  Registers atomic(mlir::Operation *op, Value mask,
                   llvm::function_ref<Value(unsigned)> work);
  Value pointer(Value address);
  Value loadAt(Value address, Type element);
  Value loadWhere(Value condition, Value address, Type element,
                  Value otherwise);
  void storeWhere(Value condition, Value number, Value address);
  void storeAt(Value number, Value address);
  void orderReads(void *root);
  void orderWrites(void *root);
  void noteAccesses(mlir::Operation *op);

  // --- values
  Type inMemory(Type element);
  std::int64_t bytesOf(Type element);
  Value constant32(std::int64_t value);
  Value constantIndex(std::int64_t value);
  Value toIndex(Value i32);
  Value toWord(Value index);
  Value scalar(Value value) { return scalars.lookupOrDefault(value); }
  Value intrinsic(llvm::StringRef name, Type type, mlir::ValueRange operands);
  cpu::ElementBuilder elements() { return {builder, loc}; }
  template <typename Op, typename... Args> Value emit(Args &&...args) {
    return builder.createOrFold<Op>(loc, std::forward<Args>(args)...);
  }

  tile::KernelOp kernel;
  const GpuTarget &target;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::IRMapping scalars;
  llvm::DenseMap<Value, View> views;
  llvm::DenseMap<Value, Registers> registers;
  Value words, failure, thread, blockNumber;
  unsigned numThreads = 128, width = 4;
  std::int64_t sharedBytes = 0;
  SmallVector<mlir::Attribute> checks;
  Accesses accesses; // since the last barrier
};

/// Turns every tile.kernel of \p module into a function that the threads of a
/// block run together.
void kernelsToThreads(mlir::ModuleOp module, const GpuTarget &target);

} // namespace ferro::gpu
