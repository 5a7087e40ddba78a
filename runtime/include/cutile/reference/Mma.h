// Matrix products by their definition.
#pragma once

#include "cutile/Convert.h"
#include "cutile/reference/Shapes.h"
#include "cutile/reference/Storage.h"

namespace cutile::reference {

/// The values of \p x in a type that has them all.
template <typename Wide, typename E, int... D>
Tile<Wide, D...> widened(const Tile<E, D...> &x) {
  if constexpr (std::is_same_v<Wide, E>)
    return x;
  else
    return convert<Wide>(x);
}

/// a b + acc, of rank 2 or 3, added in Wide and rounded or cut at the end.
template <typename Wide, typename A, typename B, typename C, int... D>
Tile<C, D...> multiply(const A &a, const B &b, const Tile<C, D...> &acc) {
  constexpr int last = A::rank - 1;
  constexpr int M = A::shape_type::extent(last - 1);
  constexpr int K = A::shape_type::extent(last);
  constexpr int N = B::shape_type::extent(last);
  auto wideA = widened<Wide>(a);
  auto wideB = widened<Wide>(b);
  auto start = widened<Wide>(acc);
  auto sums = generate<Tile<Wide, D...>>([&](int i) {
    int row = i / N, batch = row / M;
    Wide sum = start.storage()[i];
    for (int k = 0; k < K; ++k)
      sum += wideA.storage()[row * K + k] *
             wideB.storage()[(batch * K + k) * N + i % N];
    return sum;
  });
  return widened<C>(sums);
}

/// The values times the scale of the block that each is in, along the
/// \p axis of the matrix.
template <int axis, typename E, int... D, typename S>
Tile<f64, D...> scaled(const Tile<E, D...> &x, const S &scales) {
  using Shape = TileShape<D...>;
  using ScaleShape = typename S::shape_type;
  constexpr int k = Shape::rank - 2 + axis;
  constexpr int block = Shape::extent(k) / ScaleShape::extent(k);
  auto values = widened<f64>(x);
  auto factors = widened<f64>(scales);
  return generate<Tile<f64, D...>>([&](int i) {
    auto at = coordinatesOf<Shape>(i);
    at[k] /= block;
    return values.storage()[i] * factors.storage()[offsetOf<ScaleShape>(at)];
  });
}

} // namespace cutile::reference
