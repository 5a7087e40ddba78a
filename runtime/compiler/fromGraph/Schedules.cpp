#include "compiler/fromGraph/Schedules.h"

#include <algorithm>

namespace ferro::fromGraph {

// One block of an element-wise kernel: long enough to hide its own cost, short
// enough that a row stays in the first-level cache.
static constexpr std::int64_t elementwiseBlock = 8192;
// Extent of a square tile where one operand is transposed.
static constexpr std::int64_t transposedSide = 64;
// Elements that one block of a split reduction combines.
static constexpr std::int64_t reductionChunk = 65536;
// Below this many blocks a long reduction is split.
static constexpr std::int64_t enoughBlocks = 16;
// Vectors of the innermost axis that a reduction of outer axes walks at once.
static constexpr std::int64_t keptVectors = 8;

// The axis along which some view has neighbours while the last axis jumps:
// a transposed operand. Without one, the last axis.
static std::size_t transposedAxis(const Domain &domain) {
  std::size_t last = domain.rank() - 1;
  for (const DomainView &view : domain.views)
    for (std::size_t i = 0; i < last; ++i)
      if (view.has[i] && view.has[last] && view.strides[i] < view.strides[last])
        return i;
  return last;
}

llvm::SmallVector<std::int64_t> elementwiseTile(const Domain &domain) {
  llvm::SmallVector<std::int64_t> tile(domain.rank(), 1);
  std::size_t last = domain.rank() - 1, across = transposedAxis(domain);
  if (across != last) { // a square, so that both sides use whole cache lines
    tile[last] = std::min(domain.extents[last], transposedSide);
    tile[across] = std::min(domain.extents[across], transposedSide);
    return tile;
  }
  std::int64_t budget = elementwiseBlock;
  for (std::size_t i = domain.rank(); i-- > 0 && budget > 1;) {
    tile[i] = std::min(domain.extents[i], budget);
    if (tile[i] < domain.extents[i])
      break;
    budget /= std::max<std::int64_t>(tile[i], 1);
  }
  return tile;
}

llvm::SmallVector<std::int64_t> reductionTile(const Domain &domain,
                                              const std::vector<bool> &reduced,
                                              std::int64_t lanes) {
  llvm::SmallVector<std::int64_t> tile(domain.rank(), 1);
  for (std::size_t i = 0; i < domain.rank(); ++i)
    if (reduced[i])
      tile[i] = domain.extents[i];
  if (!reduced.back())
    tile.back() = std::min(domain.extents.back(), keptVectors * lanes);
  return tile;
}

std::optional<SplitSchedule> splitSchedule(const Domain &domain,
                                           const std::vector<bool> &reduced,
                                           std::int64_t lanes) {
  SplitSchedule split{0, 0, reductionTile(domain, reduced, lanes)};
  std::int64_t blocks = 1, elements = 1;
  for (std::size_t i = 0; i < domain.rank(); ++i) {
    blocks *= (domain.extents[i] + split.tile[i] - 1) / split.tile[i];
    elements *= split.tile[i];
  }
  auto first = std::find(reduced.begin(), reduced.end(), true);
  if (first == reduced.end() || blocks >= enoughBlocks ||
      elements < 2 * reductionChunk)
    return std::nullopt;
  split.axis = static_cast<std::size_t>(first - reduced.begin());
  std::int64_t perStep = elements / domain.extents[split.axis];
  split.chunk = std::max<std::int64_t>(reductionChunk / perStep, 1);
  split.tile[split.axis] = split.chunk;
  return split;
}

} // namespace ferro::fromGraph
