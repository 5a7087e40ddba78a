// How a domain is cut into tiles.
#pragma once

#include "compiler/fromGraph/Domain.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ferro::fromGraph {

/// A few thousand elements, the innermost axes first.
llvm::SmallVector<std::int64_t> elementwiseTile(const Domain &domain);

/// Whole rows: every reduced axis, one element of each kept axis but, if it is
/// kept, some vectors of the innermost.
llvm::SmallVector<std::int64_t> reductionTile(const Domain &domain,
                                              const std::vector<bool> &reduced,
                                              std::int64_t lanes);

/// A reduction in two stages: `axis` is cut into chunks of `chunk`.
struct SplitSchedule {
  std::size_t axis;
  std::int64_t chunk;
  llvm::SmallVector<std::int64_t> tile; // of the first stage
};

/// Two stages where rows are long and too few to keep the machine busy. The
/// choice depends on shapes alone, so results do not depend on threads.
std::optional<SplitSchedule> splitSchedule(const Domain &domain,
                                           const std::vector<bool> &reduced,
                                           std::int64_t lanes);

} // namespace ferro::fromGraph
