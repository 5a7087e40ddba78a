// A vector whose first elements need no allocation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>
#include <vector>

namespace cutile::detail {

/// Elements in a row that are copied as bytes: up to \p inPlace of them lie in
/// the object itself.
template <typename T, std::size_t inPlace> class InlineVector {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  InlineVector() {} // the array's elements stay as they are
  InlineVector(const InlineVector &other) { append(other); }
  InlineVector &operator=(const InlineVector &other) {
    if (this != &other) {
      count = 0;
      more.clear();
      append(other);
    }
    return *this;
  }

  std::size_t size() const { return count; }
  bool empty() const { return count == 0; }
  T *data() { return more.empty() ? array.elements : more.data(); }
  const T *data() const { return more.empty() ? array.elements : more.data(); }
  T *begin() { return data(); }
  T *end() { return data() + count; }
  const T *begin() const { return data(); }
  const T *end() const { return data() + count; }
  T &operator[](std::size_t i) { return data()[i]; }
  const T &operator[](std::size_t i) const { return data()[i]; }
  T &back() { return data()[count - 1]; }

  void push_back(const T &value) {
    resize(count + 1);
    back() = value;
  }
  /// New elements are value-initialised.
  void resize(std::size_t wanted) {
    if (more.empty() && wanted > inPlace)
      more.assign(array.elements, array.elements + count);
    if (!more.empty())
      more.resize(std::max<std::size_t>(wanted, 1));
    else
      for (std::size_t i = count; i < wanted; ++i)
        new (array.elements + i) T();
    count = wanted;
  }

private:
  void append(const InlineVector &other) {
    for (const T &value : other)
      push_back(value);
  }
  union Storage {
    Storage() {}
    T elements[inPlace];
  } array;
  std::vector<T> more; // all of them, once they are too many
  std::size_t count = 0;
};

} // namespace cutile::detail
