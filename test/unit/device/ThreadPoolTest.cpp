#include "device/ThreadPool.h"

#include "ferro/Error.h"
#include "ferro/Threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace ferro;
using namespace ferro::device;

namespace {
struct Recorder {
  std::mutex mutex;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  std::set<std::thread::id> threads;
};
struct Threads : testing::TestWithParam<int> {
  void TearDown() override { set_num_threads(0); }
};
} // namespace

static void recordRange(void *context, std::int64_t begin, std::int64_t end) {
  auto &recorder = *static_cast<Recorder *>(context);
  std::lock_guard lock(recorder.mutex);
  recorder.ranges.emplace_back(begin, end);
  recorder.threads.insert(std::this_thread::get_id());
}

// Each number below n in one range, and each range at a multiple of the grain.
static bool cover(std::vector<std::pair<std::int64_t, std::int64_t>> ranges,
                  std::int64_t n, std::int64_t grain) {
  std::ranges::sort(ranges);
  std::int64_t done = 0;
  for (auto [begin, end] : ranges) {
    if (begin != done || begin % grain != 0 || end <= begin)
      return false;
    done = end;
  }
  return done == n;
}

TEST_P(Threads, rangesCoverTheLoopOnce) {
  set_num_threads(GetParam());
  for (std::int64_t n : {0, 1, 7, 64, 1000, 1001})
    for (std::int64_t grain : {1, 3, 64, 1000, 5000}) {
      Recorder recorder;
      parallelFor(n, grain, recordRange, &recorder);
      EXPECT_TRUE(cover(recorder.ranges, n, grain)) << n << " by " << grain;
      EXPECT_LE(recorder.threads.size(), static_cast<std::size_t>(GetParam()));
    }
}

TEST_P(Threads, longLoopsAreCutIntoFewRanges) {
  set_num_threads(GetParam());
  Recorder recorder;
  parallelFor(10000, 1, recordRange, &recorder);
  EXPECT_TRUE(cover(recorder.ranges, 10000, 1));
  EXPECT_LE(recorder.ranges.size(), static_cast<std::size_t>(64 * GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Counts, Threads, testing::Values(1, 2, 3, 8));

TEST(ThreadPool, severalThreadsWork) {
  set_num_threads(4);
  std::atomic<int> waiting{0};
  // Each body waits for a second one, which only another thread can be in.
  parallelFor(
      2, 1,
      [](void *context, std::int64_t, std::int64_t) {
        auto &count = *static_cast<std::atomic<int> *>(context);
        ++count;
        while (count < 2)
          std::this_thread::yield();
      },
      &waiting);
  EXPECT_EQ(waiting, 2);
  set_num_threads(0);
}

TEST(ThreadPool, nestedLoopsRunOnTheirThread) {
  set_num_threads(4);
  std::atomic<int> foreign{0};
  parallelFor(
      16, 1,
      [](void *context, std::int64_t, std::int64_t) {
        Recorder inner;
        parallelFor(100, 10, recordRange, &inner);
        bool alone = inner.threads.size() == 1 &&
                     *inner.threads.begin() == std::this_thread::get_id();
        *static_cast<std::atomic<int> *>(context) +=
            !alone || !cover(inner.ranges, 100, 10);
      },
      &foreign);
  EXPECT_EQ(foreign, 0);
  set_num_threads(0);
}

TEST(ThreadPool, manyCallersAtOnce) {
  set_num_threads(3);
  std::atomic<std::int64_t> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller)
    callers.emplace_back([&total] {
      for (int round = 0; round < 200; ++round)
        parallelFor(
            100, 7,
            [](void *context, std::int64_t begin, std::int64_t end) {
              for (std::int64_t i = begin; i < end; ++i)
                *static_cast<std::atomic<std::int64_t> *>(context) += i;
            },
            &total);
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(total, 8 * 200 * 4950);
  set_num_threads(0);
}

TEST(ThreadPool, worksInAForkedChild) {
  set_num_threads(4);
  Recorder before;
  parallelFor(1000, 1, recordRange, &before);
  pid_t child = ::fork();
  if (child == 0) {
    Recorder recorder;
    parallelFor(1000, 10, recordRange, &recorder);
    ::_exit(cover(recorder.ranges, 1000, 10) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  set_num_threads(0);
}

TEST(ThreadPool, countsAreChecked) {
  EXPECT_THROW(set_num_threads(-1), Error);
  EXPECT_THROW(set_num_threads(5000), Error);
  set_num_threads(5);
  EXPECT_EQ(num_threads(), 5);
  set_num_threads(0);
  EXPECT_GE(num_threads(), 1);
}

TEST(ThreadPool, scratchIsAlignedAndPerThread) {
  void *first = scratch(100);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % 64, 0u);
  std::memset(scratch(1 << 20), 1, 1 << 20);
  void *here = scratch(10), *there = nullptr;
  std::thread([&there] { there = scratch(10); }).join();
  EXPECT_NE(here, nullptr);
  EXPECT_NE(here, there);
}
