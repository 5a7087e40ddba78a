// Streams of the CPU: queues that the threads of StreamServers serve, each by
// one thread at a time.
#include "ferro/Stream.h"

#include "device/Thread.h"
#include "launch/StreamServers.h"
#include "launch/StreamState.h"

#include "ferro/DeviceOp.h"
#include "ferro/Error.h"

#include <algorithm>
#include <chrono>
#include <pthread.h>
#include <string>
#include <thread>

namespace ferro {

namespace detail {

static std::atomic<std::uint64_t> processGeneration{0};

// --- the threads

// Never destroyed: its threads outlive main. A forked child has none of them,
// and starts with new ones.
static std::atomic<StreamServers *> servers{nullptr};

static void forgetServers() {
  servers.store(nullptr);
  processGeneration.fetch_add(1);
}

StreamServers &StreamServers::instance() {
  static const int registered =
      ::pthread_atfork(nullptr, nullptr, forgetServers);
  static_cast<void>(registered);
  StreamServers *current = servers.load();
  if (current)
    return *current;
  auto *fresh = new StreamServers;
  if (servers.compare_exchange_strong(current, fresh))
    return *fresh;
  delete fresh;
  return *current;
}

/// Set on the threads that serve.
static thread_local bool isServer = false;

bool StreamServers::startServer() {
  if (!device::startThread("ferro-stream-" + std::to_string(started),
                           [this] { serve(); }))
    return false;
  ++started;
  return true;
}

void StreamServers::add(std::shared_ptr<StreamState> stream) {
  {
    std::lock_guard lock(mutex);
    ready.push_back(stream);
    bool isEnough = ready.size() <= idle || started - resuming >= maxServers;
    if (isEnough || startServer() || started > 0) {
      isReady.notify_one();
      return;
    }
    ready.pop_back();
  }
  // The system gives no threads at all.
  while (true) {
    {
      std::lock_guard lock(stream->mutex);
      if (stream->queue.empty()) {
        stream->isServed = false;
        return;
      }
    }
    if (!runFirst(*stream))
      return;
  }
}

void StreamServers::serve() {
  isServer = true;
  while (true) {
    std::shared_ptr<StreamState> stream;
    {
      std::unique_lock lock(mutex);
      ++idle;
      isReady.wait(lock, [&] { return !ready.empty(); });
      --idle;
      stream = std::move(ready.front());
      ready.pop_front();
    }
    runFirst(*stream);
  }
}

bool StreamServers::runFirst(StreamState &stream) {
  std::shared_ptr<Task> task;
  {
    std::lock_guard lock(stream.mutex);
    if (stream.queue.front()->holds(stream.shared_from_this()))
      return false;
    task = std::move(stream.queue.front());
    stream.queue.pop_front();
    if (task->phase == Task::Phase::Queued)
      task->phase = Task::Phase::Running;
  }
  bool isCancelled = task->hasEnded();
  if (!isCancelled)
    task->run();
  stream.finish(*task);
  task->hasJustEnded();
  if (!isCancelled)
    resume(*task);
  return true;
}

void StreamServers::resume(Task &task) {
  if (!isServer)
    return task.resumeWaiting();
  StreamServers &all = instance();
  {
    std::lock_guard lock(all.mutex);
    ++all.resuming;
    if (all.ready.size() > all.idle && all.started - all.resuming < maxServers)
      all.startServer();
  }
  task.resumeWaiting();
  std::lock_guard lock(all.mutex);
  --all.resuming;
}

void StreamState::finish(Task &task) {
  bool hasMore;
  {
    std::unique_lock lock(mutex);
    if (!task.hasEnded()) {
      if (task.isAbandoned) { // before others hear that the work has ended
        lock.unlock();
        task.releaseResult();
        lock.lock();
      }
      task.phase.store(Task::Phase::Ended, std::memory_order_release);
      if (task.isAbandoned)
        keep(task);
    }
    ++numEnded;
    hasMore = !queue.empty();
    isServed = hasMore;
    someEnded.notify_all();
  }
  task.phase.notify_all();
  if (hasMore)
    StreamServers::instance().add(shared_from_this());
}

void StreamState::keep(Task &task) {
  if (!task.failure || task.isFailureTold)
    return;
  task.isFailureTold = true;
  if (!untold)
    untold = task.failure;
}

// --- tasks

StreamState &checked(const std::shared_ptr<StreamState> &state) {
  if (!state)
    throw Error(Code::InvalidArgument, "stream",
                "it is default-constructed; Stream(device) makes one");
  if (state->generation != processGeneration.load())
    throw Error(Code::InvalidArgument, "stream " + std::to_string(state->id),
                "it was made before fork(); a child makes its own");
  return *state;
}

Task::~Task() = default;

void Task::submit(const Stream &stream, std::shared_ptr<Task> task) {
  StreamState &state = checked(stream.state);
  task->stream = stream.state;
  {
    std::lock_guard lock(state.mutex);
    state.queue.push_back(std::move(task));
    ++state.numGiven;
    if (std::exchange(state.isServed, true))
      return;
  }
  StreamServers::instance().add(stream.state);
}

void Task::submitAndWait(const Stream &stream, std::shared_ptr<Task> task) {
  refuseInsideExecution("sync_on");
  StreamState &state = checked(stream.state);
  task->stream = stream.state;
  bool isOurs;
  {
    std::lock_guard lock(state.mutex);
    state.queue.push_back(task);
    ++state.numGiven;
    isOurs = !std::exchange(state.isServed, true);
  }
  if (isOurs) // and the only one in the queue
    StreamServers::runFirst(state);
  else
    task->wait();
}

bool Task::hasEnded() const {
  return phase.load(std::memory_order_acquire) == Phase::Ended;
}

void Task::checkProcess() const { checked(stream); }

void Task::run() {
  Stream handle;
  handle.state = stream;
  try {
    ExecutionScope scope("a stream's work");
    ExecutionContext context(handle);
    execute(context);
  } catch (...) {
    failure = Failure(std::current_exception());
  }
  release();
}

static std::atomic<std::chrono::nanoseconds> spinTime{HostSync().spin};

void Task::wait() {
  refuseInsideExecution("the wait for a future");
  if (hasEnded())
    return;
  auto begin = std::chrono::steady_clock::now();
  auto limit = spinTime.load(std::memory_order_relaxed);
  while (std::chrono::steady_clock::now() - begin < limit) {
    if (hasEnded())
      return;
    std::this_thread::yield();
  }
  for (Phase now = phase.load(); now != Phase::Ended; now = phase.load())
    phase.wait(now);
}

bool Task::cancel() {
  {
    std::lock_guard lock(stream->mutex);
    if (phase != Phase::Queued)
      return false;
    failure = Failure(Error(Code::Cancelled, "future",
                            "the work was cancelled before it began"));
    isFailureTold = true;
    phase.store(Phase::Ended, std::memory_order_release);
  }
  release(); // it is in the queue still, with nothing in it
  phase.notify_all();
  resumeWaiting();
  return true;
}

void Task::raiseFailure() {
  if (!failure)
    return;
  {
    std::lock_guard lock(stream->mutex);
    isFailureTold = true;
  }
  failure.raise();
}

void Task::abandon() noexcept {
  {
    std::lock_guard lock(stream->mutex);
    isAbandoned = true;
    if (!hasEnded())
      return; // StreamState::finish does the rest
    stream->keep(*this);
  }
  releaseResult();
}

// In `waiting` when nobody can begin to wait any more.
static void *const nobodyWaits = &processGeneration;

bool Task::resumeAtEnd(std::coroutine_handle<> coroutine) {
  void *nobody = nullptr;
  return waiting.compare_exchange_strong(nobody, coroutine.address());
}

void Task::forgetWaiting() noexcept {
  void *someone = waiting.load();
  if (someone && someone != nobodyWaits)
    waiting.compare_exchange_strong(someone, nullptr);
}

void Task::resumeWaiting() {
  if (void *coroutine = waiting.exchange(nobodyWaits))
    std::coroutine_handle<>::from_address(coroutine).resume();
}

// --- failures, and who may wait

Failure::Failure(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error &kept) {
    error = kept;
  } catch (...) {
    other = thrown;
  }
}

void Failure::raise() const {
  if (error)
    throw *error;
  std::rethrow_exception(other);
}

static thread_local bool isExecuting = false;

void refuseInsideExecution(const char *what) {
  if (isExecuting)
    throw Error(Code::NestedExecution, what,
                "the thread is inside an operation, which would wait for "
                "itself; return an operation from then() instead");
}

ExecutionScope::ExecutionScope(const char *what) {
  refuseInsideExecution(what);
  isExecuting = true;
}
ExecutionScope::~ExecutionScope() { isExecuting = false; }

} // namespace detail

// --- streams

static void checkDevice(const char *operation, Device device) {
  if (device != cpu)
    throw Error(Code::DeviceUnavailable, operation,
                "device is " + toString(device) +
                    "; this build has streams of the cpu");
}

Stream::Stream(Device device) {
  checkDevice("stream", device);
  static std::atomic<std::uint64_t> last{0};
  detail::StreamServers::instance(); // from now on fork() is noticed
  state = std::make_shared<detail::StreamState>();
  state->device = device;
  state->id = last.fetch_add(1) + 1;
  state->generation = detail::processGeneration.load();
}

Device Stream::device() const { return detail::checked(state).device; }
std::uint64_t Stream::id() const { return detail::checked(state).id; }

bool Stream::is_idle() const {
  detail::StreamState &stream = detail::checked(state);
  std::lock_guard lock(stream.mutex);
  return stream.numEnded == stream.numGiven;
}

void Stream::synchronize() const {
  detail::refuseInsideExecution("synchronize");
  detail::StreamState &stream = detail::checked(state);
  std::unique_lock lock(stream.mutex);
  std::uint64_t target = stream.numGiven;
  stream.someEnded.wait(lock, [&] { return stream.numEnded >= target; });
  auto untold = std::exchange(stream.untold, {});
  lock.unlock();
  if (untold)
    untold.raise();
}

void set_host_sync(Device device, HostSync mode) {
  checkDevice("set_host_sync", device);
  if (mode.spin < mode.spin.zero())
    throw Error(Code::InvalidArgument, "set_host_sync",
                "found a spin of " + std::to_string(mode.spin.count()) +
                    " ns; times are not negative");
  detail::spinTime = mode.spin;
}
HostSync host_sync(Device device) {
  checkDevice("host_sync", device);
  return {detail::spinTime};
}

// --- policies

SchedulingPolicy::~SchedulingPolicy() = default;

RoundRobin::RoundRobin(std::size_t count, Device device) {
  if (count == 0)
    throw Error(Code::InvalidArgument, "RoundRobin",
                "found 0 streams; there is at least one");
  for (std::size_t i = 0; i < count; ++i)
    streams.emplace_back(device);
}
Stream RoundRobin::next() {
  return streams[turn.fetch_add(1, std::memory_order_relaxed) % streams.size()];
}

SingleStream::SingleStream(Device device) : only(device) {}
SingleStream::SingleStream(Stream stream) : only(std::move(stream)) {
  only.id(); // refuses no stream
}

namespace {
/// The process's policy; made anew in a forked child, whose parent's streams
/// are of no use.
struct ProcessPolicy {
  std::mutex mutex;
  std::shared_ptr<SchedulingPolicy> policy;
};
} // namespace

static std::atomic<ProcessPolicy *> processPolicy{nullptr};

static ProcessPolicy &thePolicy() {
  static const int registered =
      ::pthread_atfork(nullptr, nullptr, [] { processPolicy.store(nullptr); });
  static_cast<void>(registered);
  ProcessPolicy *current = processPolicy.load();
  if (current)
    return *current;
  auto *fresh = new ProcessPolicy;
  if (processPolicy.compare_exchange_strong(current, fresh))
    return *fresh;
  delete fresh;
  return *current;
}

static thread_local Device threadDevice = cpu;
static thread_local std::shared_ptr<SchedulingPolicy> threadPolicy;

Device default_device() { return threadDevice; }
void set_default_device(Device device) {
  checkDevice("set_default_device", device);
  threadDevice = device;
}

std::shared_ptr<SchedulingPolicy> scheduling_policy(Device device) {
  checkDevice("scheduling_policy", device);
  if (threadPolicy)
    return threadPolicy;
  ProcessPolicy &process = thePolicy();
  std::lock_guard lock(process.mutex);
  if (!process.policy)
    process.policy = std::make_shared<RoundRobin>();
  return process.policy;
}

void set_scheduling_policy(Device device,
                           std::shared_ptr<SchedulingPolicy> policy) {
  checkDevice("set_scheduling_policy", device);
  ProcessPolicy &process = thePolicy();
  std::lock_guard lock(process.mutex);
  process.policy = std::move(policy);
}

PolicyScope::PolicyScope(std::shared_ptr<SchedulingPolicy> policy) {
  if (!policy)
    throw Error(Code::InvalidArgument, "PolicyScope", "the policy is null");
  outer = std::exchange(threadPolicy, std::move(policy));
}
PolicyScope::~PolicyScope() { threadPolicy = std::move(outer); }

} // namespace ferro
