#pragma once

#include <string>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace ferro::transforms {

/// How far place-checks goes.
enum class CheckPlaces {
  Auto,   ///< as far as it can
  Block,  ///< nothing is proven, nothing leaves its place
  NoHoist ///< what is proven goes, the rest stays in its place
};

/// place-checks: proves each tile.check of a kernel, or makes it where it costs
/// least: once a launch, before loops, or, where nothing else is right, in its
/// place. A launch fails as it would without this, if perhaps at another check.
///
/// 1. What the indices come from: a loop over the tiles of a partition stays in
///    it, and in others that a check found equally long.
/// 2. What is checked already, on the way to here.
/// 3. Block ids lie below the grid's extents: a launch check of these.
/// 4. Indices that a loop counts are right if its first and last are, and if
///    what they are computed from does not wrap.
/// 5. What is known at launch is checked there. The divisors in the kernel's
///    `facts` are known before.
///
/// Each kernel gets the attribute `checks`: how many were proven, are made at
/// launch, before a loop, and in their place. Returns the error of a check that
/// every block makes and that cannot hold, and of one that is left in a kernel
/// with the attribute `deny_checks`; empty if there is none.
std::string placeChecks(mlir::ModuleOp module, CheckPlaces places);

/// A line for each check that is left, and one of the counts, of every kernel.
std::string describeChecks(mlir::ModuleOp module);

} // namespace ferro::transforms
