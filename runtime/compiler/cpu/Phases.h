// The order in which an entry's ops run.
//
// The sinks of an entry are its stores and reductions. A value's level is the
// number of reductions on the longest way to it; the sinks of one level and one
// shape share a loop nest, a phase. Inside a phase every element is computed
// from its operands on demand, so chains of element-wise ops never touch
// memory. A phase that needs an expensive value of an earlier phase of the same
// shape finds it in scratch.
#pragma once

#include "compiler/tile/Tile.h"

#include "llvm/ADT/DenseMap.h"

#include <map>
#include <set>

namespace ferro::cpu {

struct Phase {
  int level;
  llvm::SmallVector<std::int64_t> shape;
  llvm::SmallVector<mlir::Operation *> sinks;
  llvm::SmallVector<mlir::Value> kept; ///< values to leave in scratch
};

struct Phases {
  llvm::SmallVector<Phase> phases; ///< in the order of their levels

  /// The ops come in the order of the entry.
  void add(mlir::Operation *op);
  /// Decides, after the last op, what phases keep for later ones.
  void keepExpensiveValues();
  /// A rough time of all phases in ns, on vectors of \p lanes f32.
  double cost(std::int64_t lanes) const;

private:
  llvm::DenseMap<mlir::Value, int> levels; // of every tile
  // Of one element, recomputed from memory, in additions.
  llvm::DenseMap<mlir::Value, double> prices;

  void addSink(mlir::Operation *op, int level,
               llvm::ArrayRef<std::int64_t> shape);
  void collectSlice(mlir::Value tile, const Phase &phase,
                    std::set<void *> &seen,
                    const std::map<void *, const Phase *> &madeBy,
                    llvm::SmallVector<mlir::Value> &reused);
  void recordSlice(mlir::Value tile, const Phase &phase,
                   std::map<void *, const Phase *> &madeBy);
};

inline llvm::ArrayRef<std::int64_t> shapeOf(mlir::Value tile) {
  return tile::tileType(tile).getShape();
}
inline bool isScalar(mlir::Value tile) {
  return tile::tileType(tile).getNumElements() == 1;
}

} // namespace ferro::cpu
