// How long work takes: repeated, with statistics.
//
//   auto time = ferro::do_bench(cutile::launch<kernels::gemm<64>>(c, a, b));
//   std::cout << time.median().count();
#pragma once

#include "ferro/DeviceOp.h"
#include "ferro/Export.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace ferro {

using Seconds = std::chrono::duration<double>;

/// The times of repetitions of one thing.
class FERRO_API Measurement {
public:
  /// \throws Error InvalidArgument if there are none, or one is negative or not
  ///         a number.
  explicit Measurement(std::vector<Seconds> measured);

  std::size_t reps() const { return inOrder.size(); }
  /// In the order in which they were measured.
  const std::vector<Seconds> &times() const { return inOrder; }
  Seconds min() const { return sorted.front(); }
  Seconds max() const { return sorted.back(); }
  Seconds mean() const;
  Seconds median() const { return quantile(0.5); }
  /// The sample standard deviation; 0 for one repetition.
  Seconds deviation() const;
  /// The time that the share \p q of the repetitions does not exceed, linear
  /// between neighbours (type 7 of Hyndman and Fan, 1996; NumPy's default).
  /// \throws Error InvalidArgument unless 0 <= q <= 1.
  Seconds quantile(double q) const;

private:
  std::vector<Seconds> inOrder, sorted;
};

struct BenchOptions {
  Seconds warmup{0.025}; // runs that are not counted, at least one
  Seconds measure{0.1};  // that the counted ones take together, about
  std::size_t minReps = 5;
  std::size_t maxReps = 1000;
  /// Between repetitions memory larger than the last level of the cache is
  /// written, so that no repetition finds its operands there.
  bool flushCache = false;
  /// The time that has passed since some moment; empty is the steady clock.
  std::function<Seconds()> clock = {};
};

/// Measures \p run.
/// \throws Error InvalidArgument unless 1 <= minReps <= maxReps and both times
///         are finite and not negative; what \p run throws.
FERRO_API Measurement do_bench(const std::function<void()> &run,
                               const BenchOptions &options = {});
/// Measures op.sync() of copies of \p op.
template <DeviceOp Op>
Measurement do_bench(const Op &op, const BenchOptions &options = {}) {
  return do_bench(std::function<void()>([&op] { op.sync(); }), options);
}

/// Two things in turn, so that a busy moment of the machine hits both.
struct PairedMeasurement {
  Measurement first, second; // time i of both are of one turn

  /// The median over the turns of second / first: above 1 the first is faster.
  FERRO_API double ratio() const;
};
/// \throws as do_bench.
FERRO_API PairedMeasurement do_bench_paired(const std::function<void()> &first,
                                            const std::function<void()> &second,
                                            const BenchOptions &options = {});

} // namespace ferro
