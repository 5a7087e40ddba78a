// Repetitions and their statistics, by a clock that the test moves.
#include "../Expect.h"

#include "ferro/Benchmark.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace ferro;

static std::vector<Seconds> seconds(std::initializer_list<double> times) {
  std::vector<Seconds> result;
  for (double time : times)
    result.emplace_back(time);
  return result;
}

// [H58]
TEST(Measurement, HasTheUsualStatistics) {
  Measurement m(seconds({4, 1, 3, 2, 10}));
  EXPECT_EQ(m.reps(), 5u);
  EXPECT_EQ(m.times(), seconds({4, 1, 3, 2, 10}));
  EXPECT_EQ(m.min(), Seconds(1));
  EXPECT_EQ(m.max(), Seconds(10));
  EXPECT_EQ(m.mean(), Seconds(4));
  EXPECT_EQ(m.median(), Seconds(3));
  EXPECT_NEAR(m.deviation().count(), std::sqrt(50.0 / 4), 1e-12);
  EXPECT_NEAR(m.quantile(0.9).count(), 7.6, 1e-12); // numpy.quantile
  EXPECT_EQ(m.quantile(0), m.min());
  EXPECT_EQ(m.quantile(1), m.max());
  EXPECT_EQ(Measurement(seconds({1, 2})).median(), Seconds(1.5));
  EXPECT_EQ(Measurement(seconds({7})).deviation(), Seconds(0));
}

// [H58]
TEST(Measurement, QuantilesOfRandomTimesAreMonotonousAndInRange) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(0, 5);
  std::vector<Seconds> times;
  for (int i = 0; i < 101; ++i)
    times.emplace_back(uniform(random));
  Measurement m(times);
  std::sort(times.begin(), times.end());
  for (int i = 0; i <= 100; ++i)
    EXPECT_NEAR(m.quantile(i / 100.0).count(),
                times[static_cast<std::size_t>(i)].count(), 1e-9);
}

TEST(Measurement, RefusesWhatIsNoTime) {
  EXPECT_FERRO_CODE(Measurement({}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(Measurement(seconds({1, -1})), Code::InvalidArgument);
  EXPECT_FERRO_CODE(Measurement(seconds({NAN})), Code::InvalidArgument);
  EXPECT_FERRO_ERROR(Measurement(seconds({1})).quantile(1.5),
                     Code::InvalidArgument,
                     "quantile: found 1.500000; shares are from 0 to 1");
}

namespace {
/// Time that passes only when work is done.
struct FakeClock {
  Seconds now{0};
  BenchOptions options() {
    BenchOptions result;
    result.clock = [this] { return now; };
    return result;
  }
};
} // namespace

// [H56]
TEST(DoBench, WarmsUpAndThenMeasuresAboutAsLongAsAsked) {
  FakeClock clock;
  int runs = 0;
  auto m = do_bench(
      [&] {
        ++runs;
        clock.now += Seconds(1.0 / 512);
      },
      clock.options());
  EXPECT_EQ(m.reps(), 51u); // 100 ms
  EXPECT_EQ(runs, 13 + 51); // 25 ms of warm-up
  EXPECT_EQ(m.median(), Seconds(1.0 / 512));
}

// [H56]
TEST(DoBench, RepetitionsHaveBounds) {
  FakeClock clock;
  auto run = [&](double time) {
    return do_bench([&, time] { clock.now += Seconds(time); }, clock.options())
        .reps();
  };
  EXPECT_EQ(run(3), 5u);
  EXPECT_EQ(run(1e-7), 1000u);
  BenchOptions bad;
  bad.minReps = 0;
  EXPECT_FERRO_CODE(do_bench([] {}, bad), Code::InvalidArgument);
  bad = {};
  bad.maxReps = 4;
  EXPECT_FERRO_CODE(do_bench([] {}, bad), Code::InvalidArgument);
  bad = {};
  bad.warmup = Seconds(-1);
  EXPECT_FERRO_CODE(do_bench([] {}, bad), Code::InvalidArgument);
}

TEST(DoBench, WhatIsMeasuredMayThrow) {
  EXPECT_FERRO_CODE(do_bench([] { throw Error(Code::OutOfMemory, "x", "y"); }),
                    Code::OutOfMemory);
}

// [H56]
TEST(DoBench, MeasuresOperationsWithTheCachesEmptiedToo) {
  int runs = 0;
  auto op = value(3).map([&](int x) { return x + ++runs; });
  BenchOptions options;
  options.warmup = options.measure = Seconds(0.001);
  options.maxReps = 5;
  options.flushCache = true;
  auto m = do_bench(op, options);
  EXPECT_EQ(m.reps(), 5u);
  EXPECT_GT(runs, 5);
}

// [H57]
TEST(DoBench, PairsTakeTurnsAndAreCompared) {
  FakeClock clock;
  std::string order;
  auto both = do_bench_paired(
      [&] {
        order += 'a';
        clock.now += Seconds(0.002);
      },
      [&] {
        order += 'b';
        clock.now += Seconds(0.003);
      },
      clock.options());
  EXPECT_EQ(both.first.reps(), both.second.reps());
  EXPECT_NEAR(both.ratio(), 1.5, 1e-9);
  EXPECT_EQ(order.find("aa"), std::string::npos);
  EXPECT_EQ(order.find("bb"), std::string::npos);
}
