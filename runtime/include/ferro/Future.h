// Results of work that a stream was given.
#pragma once

#include "ferro/Error.h"
#include "ferro/Export.h"
#include "ferro/Stream.h"

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace ferro {

class ExecutionContext;

namespace detail {

/// What work threw. An Error is kept by value: every thread that asks gets an
/// exception of its own.
class FERRO_API Failure {
public:
  Failure() = default;
  /// \param thrown what is being handled.
  explicit Failure(std::exception_ptr thrown);
  explicit Failure(Error refused) : error(std::move(refused)) {}
  explicit operator bool() const { return error || other; }
  [[noreturn]] void raise() const;

private:
  std::optional<Error> error;
  std::exception_ptr other;
};

/// Marks the calling thread as one that executes an operation.
class FERRO_API ExecutionScope {
public:
  /// \param what is to be executed, for the message.
  /// \throws Error NestedExecution if the thread executes one already.
  explicit ExecutionScope(const char *what);
  ~ExecutionScope();
  ExecutionScope(const ExecutionScope &) = delete;
  ExecutionScope &operator=(const ExecutionScope &) = delete;
};
/// \throws Error NestedExecution inside an operation.
FERRO_API void refuseInsideExecution(const char *what);

/// One piece of a stream's work: what it uses, until it has ended, and what
/// became of it. Owned by the stream and by those who wait, so that neither
/// can take anything from the other.
class FERRO_API Task : public std::enable_shared_from_this<Task> {
public:
  Task() = default;
  virtual ~Task();
  Task(const Task &) = delete;
  Task &operator=(const Task &) = delete;

  /// Appends \p task to the work of \p stream.
  /// \throws Error InvalidArgument for no stream.
  static void submit(const Stream &stream, std::shared_ptr<Task> task);
  /// The same, and returns when it has ended. If the stream is idle the calling
  /// thread does the work itself.
  static void submitAndWait(const Stream &stream, std::shared_ptr<Task> task);

  bool hasEnded() const;
  /// \throws Error InvalidArgument if it was given before fork(), by another
  ///         process.
  void checkProcess() const;
  /// \throws Error NestedExecution inside an operation.
  void wait();
  /// Whether the work had not begun and now never will.
  bool cancel();
  /// Throws what the work threw.
  void raiseFailure();
  /// Says that nobody will ask: the result goes as soon as the work has ended,
  /// and the stream keeps the failure, if there is one.
  void abandon() noexcept;
  /// Resumes \p waiting when the work has ended, on the thread that did it.
  /// False if it has ended.
  bool resumeAtEnd(std::coroutine_handle<> waiting);
  /// Takes resumeAtEnd back.
  void forgetWaiting() noexcept;

protected:
  /// Does the work and keeps its result.
  virtual void execute(ExecutionContext &context) = 0;
  /// Lets go of all that the work uses.
  virtual void release() noexcept = 0;
  virtual void releaseResult() noexcept = 0;
  /// Whether the work may not begin yet: then the stream stops here, and the
  /// task hands it to StreamServers when it may. The stream's mutex is held.
  virtual bool holds(const std::shared_ptr<StreamState> &) { return false; }
  /// Called behind the end, when others may have heard of it.
  virtual void hasJustEnded() noexcept {}

private:
  friend struct StreamState;
  friend class StreamServers;
  enum class Phase : int { Queued, Running, Ended };
  void run();
  void resumeWaiting();

  std::atomic<Phase> phase{Phase::Queued};
  Failure failure;
  bool isAbandoned = false, isFailureTold = false; // guarded by the stream
  std::shared_ptr<StreamState> stream;             // from submission on
  std::atomic<void *> waiting{nullptr};            // a coroutine
};

template <typename T> class TaskFor : public Task {
public:
  std::optional<T> value;

private:
  void releaseResult() noexcept override { value.reset(); }
};

template <typename Op>
class OpTask final : public TaskFor<typename Op::value_type> {
public:
  explicit OpTask(Op &&given) : op(std::move(given)) {}

private:
  void execute(ExecutionContext &context) override {
    this->value.emplace(op->execute(context));
  }
  void release() noexcept override { op.reset(); }
  std::optional<Op> op;
};

} // namespace detail

/// The result of work that a stream was given.
///
/// Moves, also to other threads; one thread at a time uses it. Letting go of a
/// Future takes nothing from the work: it happens in its turn, and what it uses
/// and its result live until it has ended. What it throws then is told by
/// Stream::synchronize. cancel() keeps work that has not begun from happening.
template <typename T> class [[nodiscard]] Future {
public:
  using value_type = T;

  explicit Future(std::shared_ptr<detail::TaskFor<T>> submitted)
      : task(std::move(submitted)) {}
  Future(Future &&) noexcept = default;
  Future &operator=(Future &&other) noexcept {
    if (this != &other) {
      letGo();
      task = std::move(other.task);
    }
    return *this;
  }
  ~Future() { letGo(); }

  /// Whether the work has ended: get() does not wait.
  bool is_ready() const { return checked().hasEnded(); }
  /// Waits until the work has ended, whatever became of it, as host_sync says.
  /// \throws Error NestedExecution inside an operation.
  void wait() const { checked().wait(); }
  /// Waits and hands out the result, once.
  /// \throws what the work threw; Error Cancelled after cancel(),
  ///         NestedExecution inside an operation, InvalidArgument if the result
  ///         was handed out.
  T get() {
    checked().wait();
    return take();
  }
  /// Whether the work had not begun, and now never will: what it uses is
  /// released, and get() throws Error Cancelled.
  bool cancel() { return checked().cancel(); }

  /// `co_await future`: the coroutine goes on on the thread that did the work,
  /// outside of it; it may run operations and wait. Destroying the suspended
  /// coroutine takes the wait back.
  class Awaiter {
  public:
    explicit Awaiter(Future awaited) : future(std::move(awaited)) {}
    Awaiter(Awaiter &&) = default;
    ~Awaiter() {
      if (future.task)
        future.task->forgetWaiting();
    }
    bool await_ready() const { return future.is_ready(); }
    bool await_suspend(std::coroutine_handle<> coroutine) {
      return future.checked().resumeAtEnd(coroutine);
    }
    T await_resume() { return future.take(); }

  private:
    Future future;
  };
  Awaiter operator co_await() && { return Awaiter(std::move(*this)); }

private:
  detail::TaskFor<T> &checked() const {
    if (!task)
      throw Error(Code::InvalidArgument, "future",
                  "its result was handed out, or it was moved from");
    return *task;
  }
  T take() {
    checked().raiseFailure();
    T result = std::move(*task->value);
    task.reset();
    return result;
  }
  void letGo() noexcept {
    if (task)
      task->abandon();
  }
  std::shared_ptr<detail::TaskFor<T>> task;
};

} // namespace ferro
