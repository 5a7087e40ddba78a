// The machine that the numbers belong to, and its measured limits.
#pragma once

#include "Harness.h"

#include <string>

namespace bench {

struct Machine {
  std::string cpu;
  unsigned threads = 0;
  double copyGBs = 0; ///< bytes read plus bytes written per second, all threads
  double peakGFs =
      0; ///< f32 fused multiply-adds, two operations each, all threads

  /// Milliseconds below which nobody can compute something with this floor,
  /// whose bytes take \p copyMs to copy.
  double leastMs(const Floor &floor, double copyMs) const;
};

/// Milliseconds to read and write this many bytes of memory that no cache
/// holds, on all threads: measured around each case, for the machine's
/// bandwidth changes from minute to minute.
double copyMs(double bytes);

/// Measures for about a second.
Machine measureMachine();

} // namespace bench
