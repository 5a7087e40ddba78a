// Reference matrix products, in doubles.
#pragma once

#include "Numbers.h"

namespace ferro::gpucheck {

/// For each of \p blocks blocks: C[rows x columns] = A[rows x depth] times the
/// transpose of B[columns x depth], the sums kept in argument 2 as T.
template <typename T, int blocks, int rows, int columns, int depth,
          Element element>
void blockProducts(Memory &m) {
  unsigned bytes = bytesOf(element);
  auto value = [&](std::size_t argument, std::size_t i) {
    std::uint64_t bits = 0;
    for (unsigned k = 0; k < bytes; ++k)
      bits |= std::uint64_t(m.at<std::uint8_t>(argument)[i * bytes + k])
              << (8 * k);
    if constexpr (element == Element::S8)
      return double(std::int8_t(bits));
    else
      return toDouble(element, bits);
  };
  for (int b = 0; b < blocks; ++b)
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) {
        double sum = 0;
        for (int k = 0; k < depth; ++k)
          sum += value(0, std::size_t((b * rows + r) * depth + k)) *
                 value(1, std::size_t((b * columns + c) * depth + k));
        m.at<T>(2)[(b * rows + r) * columns + c] = T(sum);
      }
}

} // namespace ferro::gpucheck
