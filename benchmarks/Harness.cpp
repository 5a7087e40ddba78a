#include "Harness.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

namespace bench {

// Enough turns for the fastest to be a calm one, in bounded time.
static constexpr int leastTurns = 15, mostTurns = 400;
static constexpr double leastSeconds = 0.6, mostSeconds = 4;
// A turn shorter than this is repeated, so that the clock does not count.
static constexpr double leastTurnMs = 0.2;

double millisecondsOf(const std::function<void()> &run) {
  auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - begin)
      .count();
}

// How many calls make a turn; also the warm-up.
static int callsPerTurn(const Contestant &contestant) {
  contestant.run();
  double once = millisecondsOf(contestant.run);
  return once >= leastTurnMs
             ? 1
             : static_cast<int>(leastTurnMs / std::max(once, 1e-5)) + 1;
}

static double turn(const Contestant &contestant, int calls) {
  return millisecondsOf([&] {
           for (int i = 0; i < calls; ++i)
             contestant.run();
         }) /
         calls;
}

std::vector<double>
measure(const std::vector<const Contestant *> &contestants) {
  std::vector<int> calls;
  for (const Contestant *contestant : contestants)
    calls.push_back(callsPerTurn(*contestant));

  std::vector<double> best(contestants.size(),
                           std::numeric_limits<double>::infinity());
  auto begin = std::chrono::steady_clock::now();
  for (int turns = 0; turns < mostTurns; ++turns) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      // OpenMP's threads of the previous contestant spin for a while.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      turn(*contestants[i], 1);
      best[i] = std::min(best[i], turn(*contestants[i], calls[i]));
    }
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count();
    if (seconds > mostSeconds ||
        (seconds > leastSeconds * static_cast<double>(contestants.size()) &&
         turns >= leastTurns))
      break;
  }
  return best;
}

// The first element that differs by more than the tolerance, or -1.
static std::ptrdiff_t firstDifference(const std::vector<float> &expected,
                                      const std::vector<float> &actual,
                                      double tolerance) {
  double largest = 0;
  for (float value : expected)
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!(std::abs(static_cast<double>(expected[i]) - actual[i]) <=
          tolerance * largest))
      return static_cast<std::ptrdiff_t>(i);
  return -1;
}

void verify(const Case &benchmark) {
  std::vector<float> ours = benchmark.ours.result();
  for (const Contestant &peer : benchmark.peers) {
    std::vector<float> theirs = peer.result();
    if (ours.size() != theirs.size())
      throw std::runtime_error("ours has " + std::to_string(ours.size()) +
                               " elements, " + peer.name + " " +
                               std::to_string(theirs.size()));
    std::ptrdiff_t at = firstDifference(theirs, ours, benchmark.tolerance);
    if (at >= 0)
      throw std::runtime_error("element " + std::to_string(at) + " is " +
                               std::to_string(ours[at]) + ", " + peer.name +
                               " says " + std::to_string(theirs[at]));
  }
}

} // namespace bench
