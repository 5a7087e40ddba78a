// Extents and strides, in elements.
#pragma once

#include "ferro/Export.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace ferro {

/// The most axes a tensor can have.
inline constexpr std::size_t maxRank = 8;

namespace detail {
[[noreturn]] FERRO_API void throwRankTooLarge(std::size_t rank);
} // namespace detail

/// Up to maxRank extents (or strides, or axes) kept in place, so that shapes
/// are copied without allocation.
class Dims {
public:
  Dims() = default;
  Dims(std::initializer_list<std::int64_t> list)
      : Dims(std::span<const std::int64_t>(list.begin(), list.size())) {}
  explicit Dims(std::span<const std::int64_t> list) {
    for (std::int64_t value : list)
      push_back(value);
  }
  /// \p count copies of \p value.
  static Dims filled(std::size_t count, std::int64_t value) {
    Dims dims;
    for (std::size_t i = 0; i < count; ++i)
      dims.push_back(value);
    return dims;
  }

  std::size_t size() const { return count; }
  bool empty() const { return count == 0; }
  std::int64_t &operator[](std::size_t i) { return values[i]; }
  std::int64_t operator[](std::size_t i) const { return values[i]; }
  std::int64_t *begin() { return values.data(); }
  std::int64_t *end() { return values.data() + count; }
  const std::int64_t *begin() const { return values.data(); }
  const std::int64_t *end() const { return values.data() + count; }
  std::int64_t back() const { return values[count - 1]; }

  /// \throws Error InvalidArgument beyond maxRank.
  void push_back(std::int64_t value) {
    if (count == maxRank)
      detail::throwRankTooLarge(count + 1);
    values[count++] = value;
  }
  void erase(std::size_t at) {
    for (std::size_t i = at + 1; i < count; ++i)
      values[i - 1] = values[i];
    values[--count] = 0;
  }
  void insert(std::size_t at, std::int64_t value) {
    push_back(value);
    for (std::size_t i = count - 1; i > at; --i)
      values[i] = values[i - 1];
    values[at] = value;
  }

  friend bool operator==(const Dims &a, const Dims &b) {
    if (a.count != b.count)
      return false;
    for (std::size_t i = 0; i < a.count; ++i)
      if (a.values[i] != b.values[i])
        return false;
    return true;
  }

private:
  std::array<std::int64_t, maxRank> values{};
  std::size_t count = 0;
};

using Shape = Dims;
using Strides = Dims;

/// The number of elements of \p shape; 1 for a scalar.
inline std::int64_t numel(const Shape &shape) {
  std::int64_t product = 1;
  for (std::int64_t extent : shape)
    product *= extent;
  return product;
}

/// Row-major strides, in elements.
inline Strides contiguousStrides(const Shape &shape) {
  Strides strides = Dims::filled(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * (shape[i] > 0 ? shape[i] : 1);
  return strides;
}

/// "[2, 3]"; "[]" for a scalar.
FERRO_API std::string toString(const Dims &dims);

} // namespace ferro
