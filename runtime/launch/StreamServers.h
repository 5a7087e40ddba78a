// The threads that serve streams.
#pragma once

#include "launch/StreamState.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace ferro::detail {

/// Serves the streams that have work. A thread takes a stream, does one piece
/// of its work and puts the stream back behind the others. Work cannot wait for
/// other work (ExecutionScope), so a bounded number of threads gets everything
/// done; coroutines, which may wait, do not count.
class StreamServers {
public:
  static StreamServers &instance();
  /// Has \p stream served, whose isServed the caller has set.
  void add(std::shared_ptr<StreamState> stream);
  /// Does the first piece of work of \p stream, which the caller serves. False
  /// if that holds the stream.
  static bool runFirst(StreamState &stream);
  static void resume(Task &task);

private:
  static constexpr int maxServers = 64;
  bool startServer(); // the mutex is held
  void serve();

  std::mutex mutex;
  std::condition_variable isReady;
  std::deque<std::shared_ptr<StreamState>> ready;
  std::size_t idle = 0; // threads that wait
  int started = 0, resuming = 0;
};

} // namespace ferro::detail
