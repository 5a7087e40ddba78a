// Choices that are the same on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace fuzz {

class Random {
public:
  explicit Random(std::uint64_t seed) : engine(seed) {}
  /// 0 to n - 1.
  int below(int n) {
    return static_cast<int>(engine() % static_cast<std::uint64_t>(n));
  }
  /// low to high, both of them.
  int between(int low, int high) { return low + below(high - low + 1); }
  bool oneIn(int n) { return below(n) == 0; }
  template <typename T> const T &of(const std::vector<T> &items) {
    return items[static_cast<std::size_t>(
        below(static_cast<int>(items.size())))];
  }

private:
  std::mt19937_64 engine;
};

} // namespace fuzz
