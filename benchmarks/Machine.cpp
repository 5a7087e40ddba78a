#include "Machine.h"
#include "Threads.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

namespace bench {

double Machine::leastMs(const Floor &floor, double copyMs) const {
  return std::max(copyMs, floor.flops / peakGFs * 1e-6);
}

static std::string cpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      return line.substr(line.find(':') + 2);
  return "unknown";
}

#if defined(__AVX512F__)
inline constexpr int lanes = 16;
#else
inline constexpr int lanes = 8;
#endif
using Vector = float __attribute__((vector_size(lanes * sizeof(float))));

using Buffer = std::unique_ptr<float[], decltype(&std::free)>;

static Buffer makeBuffer(std::size_t count) {
  Buffer buffer(
      static_cast<float *>(std::aligned_alloc(64, count * sizeof(float))),
      std::free);
  std::fill_n(buffer.get(), count, 1.0f);
  return buffer;
}

static void copyByLibrary(float *to, const float *from, std::size_t n) {
  std::memcpy(to, from, n * sizeof(float));
}

// Stores past the caches, which therefore need not read what is overwritten.
static void copyByStreaming(float *to, const float *from, std::size_t n) {
  for (std::size_t i = 0; i < n; i += lanes)
    __builtin_nontemporal_store(*reinterpret_cast<const Vector *>(from + i),
                                reinterpret_cast<Vector *>(to + i));
}

// Copies between buffers that no cache holds, from where it left off.
class MemoryCopy {
public:
  static constexpr double allBytes =
      2.0 * sizeof(float) * (std::size_t(64) << 20);

  /// Milliseconds to read and write \p moved bytes in all, by the better of two
  /// ways: memcpy does not stream at every size.
  double milliseconds(double moved) {
    Contestant library = copy(moved, copyByLibrary),
               streaming = copy(moved, copyByStreaming);
    auto times = measure({&library, &streaming});
    return std::min(times[0], times[1]);
  }

private:
  static constexpr std::size_t count = std::size_t(64) << 20;

  Contestant copy(double moved,
                  void (*copyRange)(float *, const float *, std::size_t)) {
    auto vectors = std::min(
        static_cast<std::size_t>(moved / 2 / sizeof(Vector)), count / lanes);
    return {"copy",
            [this, vectors, copyRange] {
              if (next + vectors > count / lanes)
                next = 0;
              std::size_t first = std::exchange(next, next + vectors);
              Threads::all().ranges(
                  vectors, [&](std::size_t begin, std::size_t end) {
                    copyRange(to.get() + (first + begin) * lanes,
                              from.get() + (first + begin) * lanes,
                              (end - begin) * lanes);
                  });
            },
            {}};
  }

  Buffer from = makeBuffer(count), to = makeBuffer(count);
  std::size_t next = 0; // in vectors
};

static MemoryCopy &memoryCopy() {
  static MemoryCopy copy;
  return copy;
}

double copyMs(double bytes) { return memoryCopy().milliseconds(bytes); }

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
  return {cpuName(), std::thread::hardware_concurrency(),
          MemoryCopy::allBytes / copyMs(MemoryCopy::allBytes) * 1e-6,
          measurePeak()};
}

} // namespace bench
