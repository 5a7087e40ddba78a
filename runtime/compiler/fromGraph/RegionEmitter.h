// Tile ops for the ops of a region, over one tile of its domain.
#pragma once

#include "compiler/fromGraph/Domain.h"
#include "compiler/fromGraph/Elements.h"

#include <map>

namespace ferro::fromGraph {

/// \throws Error UnsupportedOp naming the op.
[[noreturn]] void refuse(const graph::Node &node, std::string text);

/// The dtype in which a reduction accumulates.
DType accumulatorDType(const graph::Graph &region, const graph::Node &node);

/// Emits, on demand, the tiles of a region's values. Values are at most as wide
/// as the axes on which they depend: broadcasting waits until it is needed.
struct RegionEmitter {
  const graph::Graph &region;
  const Domain &domain;
  TileBuilder tiles;
  llvm::SmallVector<std::int64_t> tile; ///< extents along the domain's axes
  std::vector<std::int32_t> producers;
  std::map<graph::ValueId, mlir::Value> values; ///< inputs are given
  /// Sums and the like that an earlier stage has made, before `finish`.
  std::map<graph::ValueId, mlir::Value> accumulated;

  RegionEmitter(const graph::Graph &region, const Domain &domain,
                TileBuilder tiles, llvm::ArrayRef<std::int64_t> tile)
      : region(region), domain(domain), tiles(tiles), tile(tile),
        producers(region.producers()) {}

  mlir::Value get(graph::ValueId value);
  /// The value with every axis that its type has.
  mlir::Value getFull(graph::ValueId value);
  /// What a reduction adds up to, before it is divided and rounded.
  mlir::Value accumulate(const graph::Node &node);
  mlir::Value reduce(mlir::Value source, tile::ReduceKind kind,
                     const std::vector<bool> &axes);
  static tile::ReduceKind kindOf(const graph::Node &node);

private:
  DType dtype(graph::ValueId value) const { return region.type(value).dtype; }
  llvm::SmallVector<std::int64_t> fullShape(graph::ValueId value) const;
  mlir::Value emit(const graph::Node &node);
  mlir::Value emitElementwise(const graph::Node &node);
  mlir::Value emitConstant(const graph::Node &node);
  mlir::Value finish(const graph::Node &node, mlir::Value total);
  mlir::Value emitSoftmax(const graph::Node &node);
};

} // namespace ferro::fromGraph
