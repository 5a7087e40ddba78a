// What a benchmark is, and how it is measured.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// One way to compute a case's result.
struct Contestant {
  std::string name;
  /// Computes once. Streaming cases rotate their buffers from call to call, so
  /// that no call finds its operands in the cache.
  std::function<void()> run;
  /// The result for the first set of buffers, compared before anything is
  /// timed.
  std::function<std::vector<float>()> result;
};

/// The least time that the machine allows.
struct Floor {
  double bytes = 0; ///< that must be read or written
  double flops = 0; ///< that must be computed
};

struct Case {
  Floor floor;
  Contestant ours;
  std::vector<Contestant> peers;
  double tolerance = 1e-4; ///< relative to the largest magnitude of the result
};

/// Cases are made one at a time: together they would fill the memory.
struct TensorCase {
  std::string name;
  std::function<Case()> make;
};

/// One line of the table: ours against one peer.
struct Row {
  std::string name;
  double oursMs = 0;
  std::string peer;
  double peerMs = 0;
  double floor = 0; ///< least time over ours; 0 where there is no floor

  double ratio() const { return peerMs / oursMs; }
};

/// A case whose result is a time (of a process, of a compilation): measured by
/// itself, one row or more.
struct TimedCase {
  std::string name;
  std::function<std::vector<Row>()> measure;
};

/// Milliseconds of the fastest of many calls. Contestants take turns, so that a
/// busy moment of the machine hits all of them.
std::vector<double> measure(const std::vector<const Contestant *> &contestants);

/// Throws std::runtime_error naming the contestant whose result differs.
void verify(const Case &benchmark);

/// Milliseconds that \p run took.
double millisecondsOf(const std::function<void()> &run);

std::vector<TensorCase> tensorCases();
std::vector<TensorCase> tileCases();
std::vector<TimedCase> processCases();

} // namespace bench
