// What a tile holds in the reference.
#pragma once

#include <memory>
#include <utility>

namespace cutile::reference {

/// The elements of a tile, written once by whoever makes it and shared by
/// copies. One element lies in place.
template <typename E, int size> class Storage {
public:
  Storage() : elements(std::make_shared_for_overwrite<E[]>(size)) {}
  const E &operator[](int i) const { return elements[i]; }
  E *data() { return elements.get(); }
  const E *data() const { return elements.get(); }

private:
  std::shared_ptr<E[]> elements;
};

template <typename E> class Storage<E, 1> {
public:
  Storage() = default;
  explicit Storage(E value) : element(value) {}
  const E &operator[](int) const { return element; }
  E *data() { return &element; }
  const E *data() const { return &element; }

private:
  E element{};
};

/// The tile whose element i, row-major, is \p element(i).
template <typename T, typename F> T generate(F &&element) {
  Storage<typename T::element_type, T::size> elements;
  for (int i = 0; i < T::size; ++i)
    elements.data()[i] = element(i);
  return T(std::move(elements));
}

/// The tile whose elements are \p f of those of \p x and \p others.
template <typename T, typename F, typename X, typename... Xs>
T map(F &&f, const X &x, const Xs &...others) {
  return generate<T>(
      [&](int i) { return f(x.storage()[i], others.storage()[i]...); });
}

} // namespace cutile::reference
