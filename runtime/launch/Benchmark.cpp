#include "ferro/Benchmark.h"

#include "ferro/Error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <unistd.h>

namespace ferro {

// --- statistics

Measurement::Measurement(std::vector<Seconds> measured)
    : inOrder(std::move(measured)), sorted(inOrder) {
  if (inOrder.empty())
    throw Error(Code::InvalidArgument, "Measurement",
                "found no times; there is at least one");
  for (Seconds time : inOrder)
    if (!(time.count() >= 0) || std::isinf(time.count()))
      throw Error(Code::InvalidArgument, "Measurement",
                  "found a time of " + std::to_string(time.count()) +
                      " s; times are finite and not negative");
  std::sort(sorted.begin(), sorted.end());
}

Seconds Measurement::mean() const {
  return std::accumulate(sorted.begin(), sorted.end(), Seconds(0)) /
         static_cast<double>(reps());
}

Seconds Measurement::deviation() const {
  if (reps() == 1)
    return Seconds(0);
  double center = mean().count(), squares = 0;
  for (Seconds time : sorted)
    squares += (time.count() - center) * (time.count() - center);
  return Seconds(std::sqrt(squares / static_cast<double>(reps() - 1)));
}

Seconds Measurement::quantile(double q) const {
  if (!(q >= 0 && q <= 1))
    throw Error(Code::InvalidArgument, "quantile",
                "found " + std::to_string(q) + "; shares are from 0 to 1");
  double place = q * static_cast<double>(reps() - 1);
  auto below = static_cast<std::size_t>(place);
  std::size_t above = std::min(below + 1, reps() - 1);
  double share = place - static_cast<double>(below);
  return sorted[below] + (sorted[above] - sorted[below]) * share;
}

// --- measuring

static Seconds steadyTime() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

static void checkOptions(const BenchOptions &options) {
  if (options.minReps < 1 || options.minReps > options.maxReps)
    throw Error(Code::InvalidArgument, "do_bench",
                "repetitions are from " + std::to_string(options.minReps) +
                    " to " + std::to_string(options.maxReps) +
                    "; there is at least one");
  for (Seconds time : {options.warmup, options.measure})
    if (!(time.count() >= 0) || std::isinf(time.count()))
      throw Error(Code::InvalidArgument, "do_bench",
                  "found a time of " + std::to_string(time.count()) +
                      " s; times are finite and not negative");
}

namespace {

/// Memory that pushes everything else out of the caches.
class CacheFlush {
public:
  explicit CacheFlush(bool isWanted) {
    if (!isWanted)
      return;
    long size = ::sysconf(_SC_LEVEL3_CACHE_SIZE); // 0 or -1 if unknown
    auto bytes = static_cast<std::size_t>(std::max(size, 32L << 20));
    memory.resize(std::min(2 * bytes, std::size_t{1} << 30) /
                  sizeof(memory[0]));
  }
  void operator()() {
    volatile long long *elements = memory.data();
    for (std::size_t i = 0; i < memory.size(); i += 8) // lines of 64 bytes
      elements[i] = elements[i] + 1;
  }

private:
  std::vector<long long> memory;
};

} // namespace

/// The times of \p contestants, which take turns.
template <std::size_t n>
static std::array<std::vector<Seconds>, n>
measure(const std::array<const std::function<void()> *, n> &contestants,
        const BenchOptions &options) {
  checkOptions(options);
  const std::function<Seconds()> now =
      options.clock ? options.clock : steadyTime;
  CacheFlush flush(options.flushCache);

  std::size_t warm = 0;
  Seconds start = now(), passed;
  do {
    for (const auto *run : contestants)
      (*run)();
    ++warm;
    passed = now() - start;
  } while (passed < options.warmup);
  Seconds turn = passed / static_cast<double>(warm);

  double wanted = turn.count() > 0 ? options.measure / turn
                                   : static_cast<double>(options.maxReps);
  auto reps = static_cast<std::size_t>(
      std::clamp(wanted, static_cast<double>(options.minReps),
                 static_cast<double>(options.maxReps)));
  std::array<std::vector<Seconds>, n> times;
  for (std::size_t rep = 0; rep < reps; ++rep)
    for (std::size_t i = 0; i < n; ++i) {
      flush();
      Seconds before = now();
      (*contestants[i])();
      times[i].push_back(now() - before);
    }
  return times;
}

Measurement do_bench(const std::function<void()> &run,
                     const BenchOptions &options) {
  auto times = measure<1>({&run}, options);
  return Measurement(std::move(times[0]));
}

PairedMeasurement do_bench_paired(const std::function<void()> &first,
                                  const std::function<void()> &second,
                                  const BenchOptions &options) {
  auto times = measure<2>({&first, &second}, options);
  return {Measurement(std::move(times[0])), Measurement(std::move(times[1]))};
}

double PairedMeasurement::ratio() const {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < first.reps(); ++i)
    if (first.times()[i].count() > 0)
      ratios.push_back(second.times()[i] / first.times()[i]);
  if (ratios.empty())
    return second.median().count() > 0 ? INFINITY : 1;
  auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  return *middle;
}

} // namespace ferro
