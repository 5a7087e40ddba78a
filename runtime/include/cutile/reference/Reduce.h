// Combining along an axis, one element after the other.
#pragma once

#include "cutile/reference/Shapes.h"
#include "cutile/reference/Storage.h"

namespace cutile::reference {

/// The type in which F combines elements of type E.
template <typename F, typename E> struct CombinedIn {
  using type = E;
};
template <typename F>
  requires F::isWideInReference
struct CombinedIn<F, f32> {
  using type = f64;
};

/// The offset of the first element of each line of S along an axis; its other
/// elements follow at steps of stride.
template <int axis, typename S> struct Lines {
  static constexpr int stride() {
    int product = 1;
    for (int k = axis + 1; k < S::rank; ++k)
      product *= S::extent(k);
    return product;
  }
  static int begin(int line) {
    return line / stride() * stride() * S::extent(axis) + line % stride();
  }
};

template <int axis, typename Result, typename X, typename E, typename F>
Result reduce(const X &x, E identity, const F &f) {
  using S = typename X::shape_type;
  using C = typename CombinedIn<F, E>::type;
  using Along = Lines<axis, S>;
  return generate<Result>([&](int line) {
    auto combined = static_cast<C>(identity);
    for (int k = 0; k < S::extent(axis); ++k) {
      int i = Along::begin(line) + k * Along::stride();
      combined = static_cast<C>(f(combined, static_cast<C>(x.storage()[i])));
    }
    return static_cast<E>(combined);
  });
}

template <int axis, bool reverse, bool inclusive, typename X, typename E,
          typename F>
X scan(const X &x, E identity, const F &f) {
  using S = typename X::shape_type;
  using C = typename CombinedIn<F, E>::type;
  using Along = Lines<axis, S>;
  constexpr int extent = S::extent(axis);
  Storage<E, X::size> result;
  for (int line = 0; line < X::size / extent; ++line) {
    auto combined = static_cast<C>(identity);
    for (int k = 0; k < extent; ++k) {
      int place = reverse ? extent - 1 - k : k;
      int i = Along::begin(line) + place * Along::stride();
      C before = combined;
      combined = static_cast<C>(f(combined, static_cast<C>(x.storage()[i])));
      result.data()[i] = static_cast<E>(inclusive ? combined : before);
    }
  }
  return X(std::move(result));
}

} // namespace cutile::reference
