// What is behind a stream's handle.
#pragma once

#include "ferro/Future.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

namespace ferro::detail {

/// The thread that set isServed does the first piece of work of the queue, and
/// then hands the stream on or clears isServed. Everything but the constants is
/// guarded by the mutex, and so are the phases of the tasks.
struct StreamState : std::enable_shared_from_this<StreamState> {
  Device device;
  std::uint64_t id = 0;
  std::uint64_t generation = 0; // of processes: it rises with fork()

  std::mutex mutex;
  std::condition_variable someEnded;
  std::deque<std::shared_ptr<Task>> queue;
  bool isServed = false; // also while the first task holds the stream
  std::uint64_t numGiven = 0, numEnded = 0;
  Failure untold; // the first of work that nobody waits for

  /// Ends \p task, which the calling thread has taken from the queue, and hands
  /// the stream on.
  void finish(Task &task);
  /// Keeps the failure of \p task, if nobody was told. The mutex is held.
  void keep(Task &task);
};

/// \throws Error InvalidArgument for no stream, and for one that was made
///         before fork().
StreamState &checked(const std::shared_ptr<StreamState> &state);

} // namespace ferro::detail
