// Entries under construction.
#pragma once

#include "compiler/fromGraph/RegionEmitter.h"

#include "mlir/IR/BuiltinOps.h"

namespace ferro::fromGraph {

using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using mlir::MemRefType;
using mlir::Type;
using mlir::Value;

/// A view; extents of 1 have no stride of their own.
MemRefType viewType(Type element, ArrayRef<std::int64_t> shape,
                    ArrayRef<std::int64_t> strides, std::int64_t offset = 0);
MemRefType viewType(Type element, const Domain &domain, const DomainView &view);

/// An entry and where its running block stands.
struct StageBuilder {
  mlir::OpBuilder builder;
  mlir::Location loc;
  tile::EntryOp entry;
  SmallVector<Value> block; ///< the tile index along each axis

  /// \param counts the blocks along each axis.
  StageBuilder(mlir::ModuleOp module, StringRef name, StringRef kernel,
               ArrayRef<std::int64_t> counts, ArrayRef<std::int64_t> buffers,
               mlir::TypeRange views);

  TileBuilder tiles() { return {builder, loc}; }
  Value zero();
  /// The running block in a view that has these axes.
  SmallVector<Value> indices(const std::vector<bool> &has);
  Value load(Value view, ArrayRef<Value> at, ArrayRef<std::int64_t> shape);
  void store(Value tile, Value view, ArrayRef<Value> at);

private:
  void addBlockIndices(ArrayRef<std::int64_t> counts, std::size_t gridRank);
};

/// How many tiles the domain has along each axis.
SmallVector<std::int64_t> blockCounts(const Domain &domain,
                                      ArrayRef<std::int64_t> tile);
SmallVector<std::int64_t> countUp(std::size_t count);
/// The tile of a view that has some of the domain's axes.
SmallVector<std::int64_t> tileOf(const DomainView &view,
                                 ArrayRef<std::int64_t> tile);

/// One kernel's region, domain and the types of its buffers.
struct Kernel {
  const graph::Graph &region;
  Domain domain;
  StringRef symbol;
  mutable mlir::ModuleOp module; ///< MLIR's handles are not const-correct
  const graph::Graph *original =
      nullptr; ///< before empty values became scalars

  DType bufferDType(std::size_t buffer) const;
  MemRefType bufferType(std::size_t buffer) const;
  SmallVector<Type> bufferTypes() const;
};

/// Gives the emitter the tiles of the region's inputs that are needed.
void loadInputs(const Kernel &kernel, StageBuilder &stage,
                RegionEmitter &emitter, const std::vector<bool> &needed);
void storeOutputs(const Kernel &kernel, StageBuilder &stage,
                  RegionEmitter &emitter);

/// Which values the given ones need, themselves included.
std::vector<bool> neededFor(const graph::Graph &region,
                            ArrayRef<graph::ValueId> values);

} // namespace ferro::fromGraph
