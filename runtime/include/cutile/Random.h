// Random numbers without state: a number is a function of a seed and an index,
// the same on every device and in every order.
#pragma once

#include "cutile/Operators.h"

namespace cutile {

/// Four tiles of 32 random bits.
template <int... D> struct PhiloxBlock {
  Tile<u32, D...> x0, x1, x2, x3;
};

/// Philox 4x32-10: what the counters become under the key.
/// Source: Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as
/// 1, 2, 3 (SC 2011), section 4.3.
template <int... D>
PhiloxBlock<D...> philox(PhiloxBlock<D...> counter, u32 key0, u32 key1) {
  auto [c0, c1, c2, c3] = counter;
  for (int round = 0; round < 10; ++round) {
    auto high0 = mul_hi(c0, 0xd2511f53u), low0 = c0 * 0xd2511f53u;
    auto high1 = mul_hi(c2, 0xcd9e8d57u), low1 = c2 * 0xcd9e8d57u;
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return {c0, c1, c2, c3};
}

/// The block whose counter is \p index, under the key \p seed.
template <IntegerElement E, int... D>
auto random_block(u64 seed, const Tile<E, D...> &index) {
  auto wide = detail::fit<Tile<u64, D...>>(index);
  auto zero = zeros<u32, D...>();
  return philox(PhiloxBlock<D...>{convert<u32>(wide), convert<u32>(wide >> 32),
                                  zero, zero},
                static_cast<u32>(seed), static_cast<u32>(seed >> 32));
}

/// 32 random bits for each index.
template <IntegerElement E, int... D>
auto random_bits(u64 seed, const Tile<E, D...> &index) {
  return random_block(seed, index).x0;
}

namespace detail {
/// The 24 high bits as a multiple of 2^-24 in [0, 1).
template <int... D> auto unitInterval(const Tile<u32, D...> &bits) {
  return convert<f32>(bits >> 8) * 0x1p-24f;
}
} // namespace detail

/// Uniform f32 in [0, 1), multiples of 2^-24:
/// `uniform(seed, iota<i32, 64>() + first)`.
template <IntegerElement E, int... D>
auto uniform(u64 seed, const Tile<E, D...> &index) {
  return detail::unitInterval(random_bits(seed, index));
}

/// Normal f32 of mean 0 and variance 1:
/// `sqrt(-2 log(1 - u)) cos(2 pi v)` of two uniform numbers.
/// Source: Box, Muller: A note on the generation of random normal deviates
/// (1958).
template <IntegerElement E, int... D>
auto normal(u64 seed, const Tile<E, D...> &index) {
  auto block = random_block(seed, index);
  auto radius = sqrt(-2.0f * log(1.0f - detail::unitInterval(block.x0)));
  return radius * cos(6.28318530717958647692f * detail::unitInterval(block.x1));
}

} // namespace cutile
