// Tiles for tests from lists and from random numbers, and back.
#pragma once

#include "cutile/Tile.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cutile::testing {

template <typename E, int... D>
Tile<E, D...> tileOf(const std::vector<E> &list) {
  return reference::generate<Tile<E, D...>>(
      [&](int i) { return list[static_cast<std::size_t>(i)]; });
}

template <typename E, int... D>
std::vector<E> valuesOf(const Tile<E, D...> &x) {
  std::vector<E> values;
  for (int i = 0; i < x.size; ++i)
    values.push_back(x.storage()[i]);
  return values;
}

/// Integers from their whole range, with its ends and the smallest magnitudes
/// among them; floats of 1/16 steps within +-64; both truths.
template <typename E, int... D> Tile<E, D...> randomTile(unsigned seed) {
  std::mt19937_64 random(seed);
  return reference::generate<Tile<E, D...>>([&](int) {
    std::uint64_t bits = random();
    if constexpr (std::same_as<E, bool>)
      return (bits & 1) != 0;
    else if constexpr (FloatElement<E>)
      return E(static_cast<float>(static_cast<int>(bits % 2048) - 1024) / 16);
    else if (bits % 4 != 0)
      return static_cast<E>(bits >> 8);
    else
      return static_cast<E>( // of unsigned numbers, which wrap
          static_cast<std::uint64_t>(bits & 16 ? std::numeric_limits<E>::min()
                                               : E{}) +
          (bits >> 8 & 3) - 1);
  });
}

template <typename... Es> using Elements = ::testing::Types<Es...>;
using AllIntegers = Elements<i8, i16, i32, i64, u8, u16, u32, u64>;

} // namespace cutile::testing
