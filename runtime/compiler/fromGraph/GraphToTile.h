// Fused groups become tile entries.
#pragma once

#include "compiler/tile/Tile.h"
#include "graph/Graph.h"

#include <cstdint>
#include <functional>
#include <string>

namespace ferro::fromGraph {

/// The tile of a matrix product: one block of the grid.
struct ProductTile {
  std::int64_t m, n, k;
};

/// What the schedules ask of the machine.
struct Machine {
  std::int64_t lanes = 4; ///< f32 in a vector
  /// The tile for an MxK by KxN product of elements of so many bytes.
  std::function<ProductTile(std::int64_t m, std::int64_t n, std::int64_t k,
                            std::int64_t bytes)>
      productTile;
};

/// Appends the stages of the kernel \p symbol that computes \p group, a Fused
/// node of \p graph, to \p module.
/// \returns the bytes of workspace that the stages share.
/// \throws Error UnsupportedOp naming the op that has no schedule.
std::uint64_t graphToTile(const graph::Node &group, llvm::StringRef symbol,
                          mlir::ModuleOp module, const Machine &machine);

} // namespace ferro::fromGraph
