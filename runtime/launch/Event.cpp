#include "ferro/Event.h"

#include "launch/StreamServers.h"
#include "launch/StreamState.h"

#include "ferro/Error.h"

#include <vector>

namespace ferro {

namespace detail {

/// The work that notes the moment.
class EventTask final : public Task {
public:
  /// Whether \p stream has to wait; then it is handed on at the moment.
  bool holdBack(const std::shared_ptr<StreamState> &stream) {
    std::lock_guard lock(mutex);
    if (hasEnded())
      return false;
    heldBack.push_back(stream);
    return true;
  }
  /// When the moment came. Once hasEnded().
  std::chrono::steady_clock::time_point moment() const { return now; }

private:
  void execute(ExecutionContext &) override {
    now = std::chrono::steady_clock::now();
  }
  void release() noexcept override {}
  void releaseResult() noexcept override {}
  void hasJustEnded() noexcept override {
    std::vector<std::shared_ptr<StreamState>> streams;
    {
      std::lock_guard lock(mutex);
      streams.swap(heldBack);
    }
    for (std::shared_ptr<StreamState> &stream : streams)
      StreamServers::instance().add(std::move(stream));
  }

  std::chrono::steady_clock::time_point now;
  std::mutex mutex;
  std::vector<std::shared_ptr<StreamState>> heldBack;
};

namespace {
/// The work that does nothing, and not before an event.
class EventWait final : public Task {
public:
  explicit EventWait(std::shared_ptr<EventTask> awaited)
      : event(std::move(awaited)) {}

private:
  bool holds(const std::shared_ptr<StreamState> &stream) override {
    return event->holdBack(stream);
  }
  void execute(ExecutionContext &) override {}
  void release() noexcept override { event.reset(); }
  void releaseResult() noexcept override {}

  std::shared_ptr<EventTask> event;
};
} // namespace

} // namespace detail

static detail::EventTask &
checked(const char *operation, const std::shared_ptr<detail::EventTask> &task) {
  if (!task)
    throw Error(Code::InvalidArgument, operation,
                "the event was not recorded; Stream::record() makes one");
  return *task;
}

void Event::record(const Stream &stream) {
  auto fresh = std::make_shared<detail::EventTask>();
  detail::Task::submit(stream, fresh);
  task = std::move(fresh);
}

bool Event::query() const { return checked("query", task).hasEnded(); }

void Event::synchronize() const { checked("synchronize", task).wait(); }

std::chrono::duration<double> elapsed(const Event &start, const Event &end) {
  detail::EventTask &first = checked("elapsed", start.task),
                    &second = checked("elapsed", end.task);
  if (!first.hasEnded() || !second.hasEnded())
    throw Error(Code::InvalidArgument, "elapsed",
                std::string("the ") + (first.hasEnded() ? "second" : "first") +
                    " event has not come yet; synchronize() waits for it");
  return second.moment() - first.moment();
}

Event Stream::record() const {
  Event event;
  event.record(*this);
  return event;
}

void Stream::wait(const Event &event) const {
  detail::EventTask &task = checked("wait", event.task);
  task.checkProcess();
  detail::Task::submit(*this, std::make_shared<detail::EventWait>(event.task));
}

} // namespace ferro
