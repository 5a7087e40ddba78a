// Where the elements of one shape lie in another.
#pragma once

#include "cutile/Element.h"
#include "cutile/reference/Execution.h"

#include <array>
#include <string>

namespace cutile::reference {

template <typename S> using Coordinates = std::array<int, S::rank>;

/// The coordinates of element \p i, row-major, of a tile of shape S.
template <typename S> Coordinates<S> coordinatesOf(int i) {
  Coordinates<S> at{};
  for (int axis = S::rank - 1; axis >= 0; --axis) {
    at[axis] = i % S::extent(axis);
    i /= S::extent(axis);
  }
  return at;
}

/// The inverse of coordinatesOf.
template <typename S> int offsetOf(const Coordinates<S> &at) {
  int i = 0;
  for (int axis = 0; axis < S::rank; ++axis)
    i = i * S::extent(axis) + at[axis];
  return i;
}

/// Throws unless index[k] counts a sub-tile of shape Part in Whole on each
/// axis.
template <typename Part, typename Whole>
void checkSubTile(const char *op, const std::array<i64, Whole::rank> &index) {
  for (int axis = 0; axis < Whole::rank; ++axis) {
    int count = Whole::extent(axis) / Part::extent(axis);
    if (index[axis] < 0 || index[axis] >= count)
      fail(ferro::Code::IndexOutOfBounds, op,
           "index " + std::to_string(index[axis]) + " on axis " +
               std::to_string(axis) + ", which has " + std::to_string(count) +
               " sub-tiles");
  }
}

} // namespace cutile::reference
