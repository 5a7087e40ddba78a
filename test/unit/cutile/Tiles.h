// Tiles for tests: all patterns of a type, listed and random values.
#pragma once

#include "cutile/Tile.h"
#include "cutile/reference/Format.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cutile::testing {

/// All 2^bits patterns of a type of at most 16 bits, in order.
template <typename E> auto allPatterns() {
  return reference::generate<Tile<E, 1 << ElementTraits<E>::bits>>(
      [](int i) { return reference::fromPattern<E>(static_cast<u64>(i)); });
}

/// N values, from the first on and again.
template <int N, typename E> Tile<E, N> cycle(const std::vector<E> &values) {
  return reference::generate<Tile<E, N>>([&](int i) {
    return values[static_cast<std::size_t>(i) % values.size()];
  });
}

/// The values at which float operations go wrong, of both signs: zero, the ends
/// of the subnormal and the normal numbers, around 1, infinity, a NaN.
template <typename E> std::vector<E> edges() {
  constexpr reference::Format format = reference::formatOf<E>;
  u64 normal = u64{1} << format.fractionBits;
  u64 one = static_cast<u64>(format.bias()) << format.fractionBits;
  std::vector<E> values;
  for (u64 magnitude :
       {u64{0}, u64{1}, u64{2}, normal - 1, normal, normal + 1, one - 1, one,
        one + 1, one + normal, one + 3 * (normal / 2), format.infinity() - 1,
        format.infinity(), format.infinity() + normal / 2})
    for (u64 sign : {0, 1})
      values.push_back(reference::fromPattern<E>(
          magnitude | sign << format.magnitudeBits()));
  return values;
}

/// Pairs and triples of the edges in all combinations that fit, then random
/// patterns whose exponents lie within a few of each other.
template <typename E, int N> struct Operands {
  Tile<E, N> a, b, c;

  static Operands make(unsigned seed) {
    std::mt19937_64 random(seed);
    auto edge = edges<E>();
    std::size_t count = edge.size();
    std::vector<E> a, b, c;
    for (std::size_t i = 0; i < N; ++i) {
      if (i < N / 2) {
        a.push_back(edge[i % count]);
        b.push_back(edge[i / count % count]);
        c.push_back(edge[random() % count]);
        continue;
      }
      constexpr reference::Format format = reference::formatOf<E>;
      u64 mask = reference::ones(format.width());
      u64 x = random() & mask;
      auto near = [&] {
        u64 code = (x >> format.fractionBits) + random() % 9 - 4;
        return reference::fromPattern<E>(((code << format.fractionBits) |
                                          (random() & format.fractionMask())) &
                                         mask);
      };
      a.push_back(reference::fromPattern<E>(x));
      b.push_back(i % 2 ? near() : reference::fromPattern<E>(random() & mask));
      c.push_back(i % 3 ? near() : reference::fromPattern<E>(random() & mask));
    }
    return {cycle<N>(a), cycle<N>(b), cycle<N>(c)};
  }
};

/// The same number, or both NaN.
template <typename E> bool same(E x, E y) {
  using reference::patternOf;
  return patternOf(x) == patternOf(y) ||
         (reference::numberOf(x).isNan() && reference::numberOf(y).isNan());
}

template <typename F> void forEachIeeeRounding(F f) {
  f(rounding::nearest_even);
  f(rounding::toward_positive);
  f(rounding::toward_negative);
  f(rounding::toward_zero);
}

} // namespace cutile::testing
