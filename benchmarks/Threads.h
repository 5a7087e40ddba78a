// A fixed set of threads for the hand-written loops.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace bench {

/// Splits a range evenly over all cores; the caller's thread takes a part.
class Threads {
public:
  static Threads &all() {
    static Threads threads(std::max(1u, std::thread::hardware_concurrency()));
    return threads;
  }

  std::size_t count() const { return workers.size() + 1; }

  /// Calls \p body(begin, end) once on each thread; the ranges cover [0, n).
  void ranges(std::size_t n,
              const std::function<void(std::size_t, std::size_t)> &body) {
    {
      std::lock_guard lock(mutex);
      job = &body;
      size = n;
      running = workers.size();
      ++generation;
    }
    wake.notify_all();
    runPart(0);
    std::unique_lock lock(mutex);
    done.wait(lock, [this] { return running == 0; });
  }

private:
  explicit Threads(std::size_t threads) {
    for (std::size_t part = 1; part < threads; ++part)
      workers.emplace_back(
          [this, part](std::stop_token stop) { work(stop, part); });
  }
  ~Threads() {
    for (std::jthread &worker : workers)
      worker.request_stop();
    wake.notify_all();
  }

  void runPart(std::size_t part) {
    std::size_t parts = count();
    (*job)(size *part / parts, size * (part + 1) / parts);
  }

  void work(std::stop_token stop, std::size_t part) {
    for (std::size_t seen = 0;;) {
      {
        std::unique_lock lock(mutex);
        if (!wake.wait(lock, stop, [&] { return generation != seen; }))
          return;
        seen = generation;
      }
      runPart(part);
      std::lock_guard lock(mutex);
      if (--running == 0)
        done.notify_one();
    }
  }

  std::mutex mutex;
  std::condition_variable_any wake;
  std::condition_variable done;
  const std::function<void(std::size_t, std::size_t)> *job = nullptr;
  std::size_t size = 0, running = 0, generation = 0;
  std::vector<std::jthread> workers;
};

} // namespace bench
