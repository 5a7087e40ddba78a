#include "device/ThreadPool.h"

#include "compiler/Abi.h"
#include "device/Memory.h"
#include "device/Thread.h"
#include "support/Environment.h"

#include "ferro/Error.h"
#include "ferro/Threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <pthread.h>
#include <sched.h>
#include <string>

namespace ferro::device {

static constexpr int maxThreads = 1024;

// How long a worker without work keeps looking before it sleeps. Waking a
// sleeper takes about 50 us, as long as a small kernel runs; programs call
// kernels in bursts.
static constexpr std::chrono::microseconds spinTime{100};

/// Set on a thread that is inside a loop, so that loops inside run serially.
static thread_local bool insideLoop = false;

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Spins until \p condition holds; false if that took longer than spinTime.
template <typename Condition> static bool spinUntil(Condition condition) {
  auto limit = std::chrono::steady_clock::now() + spinTime;
  do {
    for (int i = 0; i < 64; ++i) {
      if (condition())
        return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < limit);
  return condition();
}

namespace {

/// One loop at a time. `ticket` is odd while a loop is open. A worker that sees
/// an open loop first enters (`inside`) and then looks again: so either the
/// caller that closes the loop sees it inside and waits, or the worker sees the
/// loop closed and touches nothing. Both need sequential consistency.
struct Pool {
  std::mutex owner; // held by the caller whose loop it is
  int started = 0;  // workers, guarded by owner

  LoopBody body = nullptr;
  void *context = nullptr;
  std::int64_t n = 0;
  std::int64_t grain = 1;
  int numWorkers = 0; // that may take part in this loop

  alignas(64) std::atomic<std::uint32_t> ticket{0};
  alignas(64) std::atomic<std::int64_t> next{0};
  alignas(64) std::atomic<int> inside{0};

  void work();
  void runWorker(int index);
  void startWorkers(int count);
  void run(std::int64_t n, std::int64_t grain, LoopBody body, void *context,
           int threads);
};

} // namespace

static std::int64_t numRanges(std::int64_t n, std::int64_t grain) {
  return n / grain + (n % grain != 0);
}

// How often a thread comes for more while there is much: long runs keep the
// memory's streams going, short ones at the end let the threads end together.
static constexpr std::int64_t turnsPerThread = 4;

void Pool::work() {
  const std::int64_t count = numRanges(n, grain);
  const std::int64_t parts = turnsPerThread * (numWorkers + 1);
  std::int64_t first = next.load(std::memory_order_relaxed);
  while (first < count) {
    std::int64_t end =
        first + std::max<std::int64_t>((count - first) / parts, 1);
    if (!next.compare_exchange_weak(first, end, std::memory_order_relaxed))
      continue;
    body(context, first * grain, end == count ? n : end * grain);
    first = next.load(std::memory_order_relaxed);
  }
}

void Pool::runWorker(int index) {
  insideLoop = true;
  std::uint32_t seen = 0; // the last ticket this worker has dealt with
  for (;;) {
    auto isNew = [&] { return ticket.load(std::memory_order_acquire) != seen; };
    if (!spinUntil(isNew))
      ticket.wait(seen);
    seen = ticket.load();
    if (seen % 2 == 0)
      continue;
    inside.fetch_add(1);
    if (ticket.load() == seen && index < numWorkers)
      work();
    inside.fetch_sub(1);
  }
}

/// If the system gives no more threads, the loop runs on those there are.
void Pool::startWorkers(int count) {
  while (started < count && startThread(
                                "ferro-" + std::to_string(started),
                                [this, index = started] { runWorker(index); }))
    ++started;
}

void Pool::run(std::int64_t n, std::int64_t grain, LoopBody body, void *context,
               int threads) {
  std::int64_t useful =
      std::min<std::int64_t>(numRanges(n, grain), threads) - 1;
  if (started < useful)
    startWorkers(static_cast<int>(useful));
  this->n = n;
  this->grain = grain;
  this->body = body;
  this->context = context;
  numWorkers = static_cast<int>(useful);
  next.store(0, std::memory_order_relaxed);
  ticket.fetch_add(1);
  ticket.notify_all(); // no system call if nobody sleeps
  insideLoop = true;
  work();
  insideLoop = false;
  ticket.fetch_add(1);
  auto isEmpty = [&] { return inside.load() == 0; };
  while (!spinUntil(isEmpty))
    ::sched_yield();
}

// --- the process's pool

// Never destroyed: its workers outlive main. A forked child has no workers, and
// what another thread of the parent was doing with the pool at that moment is
// lost, so the child starts with a new one.
static std::atomic<Pool *> pool{nullptr};
static std::atomic<int> requestedThreads{0};

static void forgetPool() {
  pool.store(nullptr);
  insideLoop = false;
}

static Pool &thePool() {
  static const int registered = ::pthread_atfork(nullptr, nullptr, forgetPool);
  static_cast<void>(registered);
  Pool *current = pool.load();
  if (current)
    return *current;
  auto *fresh = new Pool;
  if (pool.compare_exchange_strong(current, fresh))
    return *fresh;
  delete fresh;
  return *current;
}

static int availableProcessors() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0)
    return 1; // more than 1024 processors, or not allowed to ask
  return std::max(1, CPU_COUNT(&set));
}

static int initialThreads() {
  std::int64_t asked = 0;
  try {
    asked = support::environmentNumber(support::Variable::NumThreads);
  } catch (const Error &) { // kernels cannot report it; num_threads() does
  }
  return asked > 0 ? static_cast<int>(std::min<std::int64_t>(asked, maxThreads))
                   : availableProcessors();
}

static int currentThreads() {
  static const int initial = initialThreads();
  int requested = requestedThreads.load(std::memory_order_relaxed);
  return requested > 0 ? requested : initial;
}

void parallelFor(std::int64_t n, std::int64_t grain, LoopBody body,
                 void *context) noexcept {
  if (n <= 0)
    return;
  grain = std::max<std::int64_t>(grain, 1);
  int threads = insideLoop || n <= grain ? 1 : currentThreads();
  if (threads == 1)
    return body(context, 0, n);
  Pool &shared = thePool();
  std::unique_lock lock(shared.owner, std::try_to_lock);
  if (!lock)
    return body(context, 0, n);
  shared.run(n, grain, body, context, threads);
}

void *scratch(std::size_t bytes) noexcept {
  static thread_local AlignedBuffer buffer;
  return buffer.atLeast(bytes);
}

const FerroHost &kernelHost() {
  // Graphs neither check nor print.
  static const FerroHost host{parallelFor, scratch, nullptr, nullptr, nullptr};
  return host;
}

} // namespace ferro::device

namespace ferro {

int num_threads() {
  support::environmentNumber(support::Variable::NumThreads);
  return device::currentThreads();
}

void set_num_threads(int count) {
  if (count < 0 || count > device::maxThreads)
    throw Error(Code::InvalidArgument, "set_num_threads",
                "found " + std::to_string(count) + "; 0 to " +
                    std::to_string(device::maxThreads) +
                    " threads are possible");
  device::requestedThreads.store(count);
}

} // namespace ferro
