// Every input is a function of a seed and an index, so that any element can be
// made again without the ones before it.
#pragma once

#include <cstdint>
#include <string_view>

namespace ferro::gpucheck {

/// The output function of SplitMix64.
/// Source: Steele, Lea and Flood, Fast Splittable Pseudorandom Number
/// Generators, OOPSLA 2014.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Number \p index of the SplitMix64 sequence that starts at \p seed.
constexpr std::uint64_t random(std::uint64_t seed, std::uint64_t index) {
  return mix(seed + (index + 1) * 0x9e3779b97f4a7c15);
}

/// FNV-1a, which names texts and outputs in the index of results.
constexpr std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

} // namespace ferro::gpucheck
