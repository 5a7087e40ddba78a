// Which elements of tensors share memory.
#pragma once

#include "tensor/Record.h"

#include <cstdint>

namespace cutile::launch {

/// Whether no two indices of \p record reach one element. Answers false for
/// some strange strides whose elements are distinct.
bool hasDistinctElements(const ferro::detail::Record &record);

/// Addresses, [first, last).
struct Range {
  std::uintptr_t first = 0, last = 0;
  bool meets(const Range &other) const {
    return first < other.last && other.first < last;
  }
};
/// From the least to the greatest element of \p record; empty if it has none.
Range rangeOf(const ferro::detail::Record &record);

/// Whether \p a and \p b share an element. Answers true for some tensors whose
/// elements interleave without sharing one: not for slices of one row-major
/// tensor.
bool overlap(const ferro::detail::Record &a, const ferro::detail::Record &b);

/// Whether \p pointer points between the elements of \p record.
bool contains(const ferro::detail::Record &record, const void *pointer);

} // namespace cutile::launch
