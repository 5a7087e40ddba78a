// What the tests of memory share: arrays with views, and tiles to compare.
#pragma once

#include "cutile/View.h"

#include <cstdint>
#include <random>
#include <vector>

namespace cutile::test {

/// Elements of different values, none of them 0.
template <typename E> std::vector<E> numbered(std::int64_t count) {
  std::vector<E> elements;
  for (std::int64_t i = 0; i < count; ++i)
    elements.push_back(static_cast<E>(i % 100 + 1));
  return elements;
}

/// A row-major view of \p elements with two axes.
template <typename E>
auto matrix(std::vector<E> &elements, std::int64_t columns) {
  std::int64_t rows = static_cast<std::int64_t>(elements.size()) / columns;
  return make_tensor_view(elements.data(), TileShape<dyn, dyn>{},
                          coord(rows, columns), coord(columns, 1));
}
template <typename E> auto vectorOf(std::vector<E> &elements) {
  return make_tensor_view(elements.data(), TileShape<dyn>{},
                          coord(static_cast<std::int64_t>(elements.size())),
                          coord(1));
}

template <typename T>
std::vector<typename T::element_type> valuesOf(const T &tile) {
  return {tile.storage().data(), tile.storage().data() + T::size};
}

} // namespace cutile::test
