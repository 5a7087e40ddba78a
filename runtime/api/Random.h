// The process's generator of random numbers.
//
// Philox 4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011. Number i of a stream is a function of the key and
// of i alone, so there is no state to share between threads but the position.
#pragma once

#include "exec/Formula.h"

#include <array>
#include <cstdint>
#include <limits>

namespace ferro::detail {

/// The block of four words at \p counter for \p key.
std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter);

/// A stretch of the generator's sequence.
struct RandomStream {
  std::uint64_t key = 0;
  std::uint64_t first = 0;
};

/// The next \p count numbers of the process's sequence.
RandomStream takeRandomStream(std::int64_t count);

/// Uniform in [0, 1), a multiple of 2^-53.
double uniformDouble(const RandomStream &stream, std::int64_t i);
/// Normal with mean 0 and deviation 1, by Box and Muller's method.
double normal(const RandomStream &stream, std::int64_t i);

/// Uniform in [0, 1) with as many bits as T's significand has, so that no
/// number is rounded up to 1.
template <typename T> T uniform(const RandomStream &stream, std::int64_t i) {
  constexpr int bits = std::same_as<T, f16>    ? 11
                       : std::same_as<T, bf16> ? 8
                                               : std::numeric_limits<T>::digits;
  constexpr double scale = static_cast<double>(std::uint64_t(1) << bits);
  auto whole = static_cast<std::uint64_t>(uniformDouble(stream, i) * scale);
  return exec::convert<T>(static_cast<double>(whole) / scale);
}

} // namespace ferro::detail
