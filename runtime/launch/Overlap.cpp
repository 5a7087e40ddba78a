#include "launch/Overlap.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace cutile::launch {

using ferro::detail::Record;

namespace {

struct Axis {
  std::int64_t stride, extent;
};

/// The axes that reach more than one element, by falling stride. In place: a
/// launch looks at those of every tensor.
class Axes {
public:
  explicit Axes(const Record &record) {
    for (std::size_t i = 0; i < record.shape.size(); ++i)
      if (record.shape[i] != 1)
        axes[count++] = {record.strides[i], record.shape[i]};
    std::sort(axes.begin(), axes.begin() + count,
              [](const Axis &a, const Axis &b) {
                return std::abs(a.stride) > std::abs(b.stride);
              });
  }
  std::size_t size() const { return count; }
  const Axis &operator[](std::size_t i) const { return axes[i]; }

private:
  std::array<Axis, ferro::maxRank> axes;
  std::size_t count = 0;
};

} // namespace

bool hasDistinctElements(const Record &record) {
  if (ferro::numel(record.shape) == 0)
    return true;
  Axes axes(record);
  std::int64_t reach = 0; // the greatest offset of the axes so far
  for (std::size_t i = axes.size(); i-- > 0;) {
    if (std::abs(axes[i].stride) <= reach)
      return false;
    reach += (axes[i].extent - 1) * std::abs(axes[i].stride);
  }
  return true;
}

Range rangeOf(const Record &record) {
  if (ferro::numel(record.shape) == 0)
    return {};
  std::int64_t low = 0, high = 1;
  for (std::size_t i = 0; i < record.shape.size(); ++i) {
    std::int64_t stride = record.strides[i];
    (stride < 0 ? low : high) += (record.shape[i] - 1) * stride;
  }
  auto first = reinterpret_cast<std::uintptr_t>(record.bytes());
  auto size = static_cast<std::int64_t>(ferro::byteSize(record.dtype));
  return {first + low * size, first + high * size};
}

/// Whether \p a and \p b are boxes of one array and share no index of it. The
/// array's strides are those of \p a, each a multiple of the next.
static bool areDisjointBoxes(const Record &a, const Record &b) {
  Axes axes(a), others(b);
  if (a.storage != b.storage || a.dtype != b.dtype ||
      axes.size() != others.size())
    return false;
  bool areApart = false;
  std::int64_t rowA = a.offset, rowB = b.offset; // offsets within a row
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::int64_t stride = axes[i].stride;
    if (stride <= 0 || others[i].stride != stride ||
        (i > 0 && axes[i - 1].stride % stride != 0))
      return false;
    std::int64_t startA = rowA / stride, startB = rowB / stride;
    rowA %= stride;
    rowB %= stride;
    std::int64_t endA = startA + axes[i].extent;
    std::int64_t endB = startB + others[i].extent;
    // A box that leaves its row is none.
    if (i > 0 && std::max(endA, endB) > axes[i - 1].stride / stride)
      return false;
    areApart |= endA <= startB || endB <= startA;
  }
  return areApart || rowA != rowB;
}

bool overlap(const Record &a, const Record &b) {
  return rangeOf(a).meets(rangeOf(b)) && !areDisjointBoxes(a, b);
}

bool contains(const Record &record, const void *pointer) {
  auto address = reinterpret_cast<std::uintptr_t>(pointer);
  return rangeOf(record).meets({address, address + 1});
}

} // namespace cutile::launch
