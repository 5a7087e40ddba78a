#include "api/Random.h"

#include "ferro/Creation.h"

#include <cmath>
#include <mutex>
#include <numbers>

namespace ferro::detail {

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter) {
  constexpr std::uint64_t multiplier0 = 0xD2511F53, multiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t weyl0 = 0x9E3779B9, weyl1 = 0xBB67AE85;
  std::array<std::uint32_t, 4> block{static_cast<std::uint32_t>(counter),
                                     static_cast<std::uint32_t>(counter >> 32),
                                     0, 0};
  auto key0 = static_cast<std::uint32_t>(key),
       key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    std::uint64_t product0 = multiplier0 * block[0],
                  product1 = multiplier1 * block[2];
    block = {static_cast<std::uint32_t>(product1 >> 32) ^ block[1] ^ key0,
             static_cast<std::uint32_t>(product1),
             static_cast<std::uint32_t>(product0 >> 32) ^ block[3] ^ key1,
             static_cast<std::uint32_t>(product0)};
    key0 += weyl0;
    key1 += weyl1;
  }
  return block;
}

static std::mutex mutex;
static RandomStream next{0x5eed, 0};

RandomStream takeRandomStream(std::int64_t count) {
  std::lock_guard lock(mutex);
  RandomStream stream = next;
  next.first += static_cast<std::uint64_t>(count);
  return stream;
}

static std::array<double, 2> pairAt(const RandomStream &stream,
                                    std::int64_t i) {
  auto words = philox(stream.key, stream.first + static_cast<std::uint64_t>(i));
  auto fraction = [](std::uint32_t high, std::uint32_t low) {
    std::uint64_t bits = (std::uint64_t(high) << 32 | low) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
  };
  return {fraction(words[0], words[1]), fraction(words[2], words[3])};
}

double uniformDouble(const RandomStream &stream, std::int64_t i) {
  return pairAt(stream, i)[0];
}

double normal(const RandomStream &stream, std::int64_t i) {
  auto [u, v] = pairAt(stream, i);
  double radius = std::sqrt(-2 * std::log(1 - u)); // 1 - u is never 0
  return radius * std::cos(2 * std::numbers::pi * v);
}

} // namespace ferro::detail

void ferro::manual_seed(std::uint64_t seed) {
  std::lock_guard lock(detail::mutex);
  detail::next = {seed, 0};
}
