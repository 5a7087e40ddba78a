#include "Machine.h"
#include "Threads.h"

#include <cstring>
#include <fstream>
#include <memory>

namespace bench {

double Machine::leastMs(const Floor &floor) const {
  return std::max(floor.bytes / copyGBs, floor.flops / peakGFs) * 1e-6;
}

static std::string cpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      return line.substr(line.find(':') + 2);
  return "unknown";
}

// The better of memcpy, which writes past the cache, and a plain loop.
static double measureCopy() {
  constexpr std::size_t count = std::size_t(64) << 20;
  auto from = std::make_unique<float[]>(count),
       to = std::make_unique<float[]>(count);
  std::fill_n(from.get(), count, 1.0f);
  auto copy = [&](auto copyRange) {
    return Contestant{
        "copy",
        [&, copyRange] {
          Threads::all().ranges(count, [&](std::size_t begin, std::size_t end) {
            copyRange(to.get() + begin, from.get() + begin, end - begin);
          });
        },
        {}};
  };
  Contestant library = copy([](float *to, const float *from, std::size_t n) {
    std::memcpy(to, from, n * sizeof(float));
  });
  Contestant loop = copy([](float *to, const float *from, std::size_t n) {
#pragma clang loop vectorize(enable) interleave(enable)
    for (std::size_t i = 0; i < n; ++i)
      to[i] = from[i] + 0.0f; // not recognised as memcpy
  });
  auto times = measure({&library, &loop});
  return 2.0 * count * sizeof(float) / std::min(times[0], times[1]) * 1e-6;
}

#if defined(__AVX512F__)
inline constexpr int lanes = 16;
#else
inline constexpr int lanes = 8;
#endif
using Vector = float __attribute__((vector_size(lanes * sizeof(float))));

// Enough independent chains to hide the latency of a multiply-add.
static float multiplyAdds(std::size_t steps) {
  constexpr int chains = 16;
  Vector sums[chains], scale = Vector{} + 0.999f, step = Vector{} + 1e-3f;
  for (int c = 0; c < chains; ++c)
    sums[c] = Vector{} + static_cast<float>(c);
  for (std::size_t i = 0; i < steps; ++i)
#pragma clang loop unroll(full)
    for (int c = 0; c < chains; ++c)
      sums[c] = sums[c] * scale + step;
  Vector total{};
  for (Vector sum : sums)
    total += sum;
  return total[0];
}

static double measurePeak() {
  constexpr std::size_t steps = 1 << 20, perStep = std::size_t(16) * lanes * 2;
  std::atomic<float> sink;
  Contestant peak{"multiply-adds",
                  [&] {
                    Threads::all().ranges(Threads::all().count(),
                                          [&](std::size_t, std::size_t) {
                                            sink = multiplyAdds(steps);
                                          });
                  },
                  {}};
  double work = static_cast<double>(steps * perStep * Threads::all().count());
  return work / measure({&peak})[0] * 1e-6;
}

Machine measureMachine() {
  return {cpuName(), std::thread::hardware_concurrency(), measureCopy(),
          measurePeak()};
}

} // namespace bench
