// Queues of device work, and who chooses among them.
#pragma once

#include "ferro/Device.h"
#include "ferro/Export.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ferro {

class Event;

namespace detail {
struct StreamState;
class Task;
} // namespace detail

/// A queue of a device: work given to one stream happens in the order in which
/// it was given, work of different streams beside one another.
///
/// A shared handle. Work that was given happens although all handles are gone;
/// it keeps what it uses alive. On the CPU the threads that serve streams are
/// the process's own and sleep while there is no work. After fork() the child's
/// copies of the parent's streams refuse work with Error InvalidArgument.
class FERRO_API Stream {
public:
  /// No stream; every operation but defined() is Error InvalidArgument.
  Stream() = default;
  /// A new stream. \throws Error DeviceUnavailable.
  explicit Stream(Device device);

  bool defined() const { return state != nullptr; }
  Device device() const;
  /// Unique in the process.
  std::uint64_t id() const;
  /// Whether all work that was given has ended.
  bool is_idle() const;
  /// Waits until the work that was given so far has ended.
  /// \throws Error NestedExecution inside an operation; then what the first
  ///         work threw whose Future was gone, once.
  void synchronize() const;
  /// The moment at which what was given so far has ended; see ferro/Event.h.
  Event record() const;
  /// Work that is given from now on waits for \p event, which keeps no thread.
  /// \throws Error InvalidArgument if it was not recorded, or in the process
  ///         before fork().
  void wait(const Event &event) const;
  friend bool operator==(const Stream &, const Stream &) = default;

private:
  friend class detail::Task;
  std::shared_ptr<detail::StreamState> state;
};

/// How a thread waits for work of a device: it looks for as long as `spin`,
/// which is quick and keeps a processor busy, and then sleeps.
struct HostSync {
  std::chrono::nanoseconds spin = std::chrono::microseconds(20);
  /// Sleeps at once.
  static HostSync blocking() { return {std::chrono::nanoseconds(0)}; }
};
/// How all threads wait, from now on.
/// \throws Error InvalidArgument for a negative time, DeviceUnavailable.
FERRO_API void set_host_sync(Device device, HostSync mode);
FERRO_API HostSync host_sync(Device device);

/// Chooses the stream for work that names none. Called by any thread.
class FERRO_API SchedulingPolicy {
public:
  virtual ~SchedulingPolicy();
  virtual Stream next() = 0;
};

/// A fixed number of streams, in turn.
class FERRO_API RoundRobin : public SchedulingPolicy {
public:
  static constexpr std::size_t defaultStreams = 4;
  /// \throws Error InvalidArgument for 0 streams, DeviceUnavailable.
  explicit RoundRobin(std::size_t streams = defaultStreams, Device device = {});
  Stream next() override;

private:
  std::vector<Stream> streams;
  std::atomic<std::size_t> turn{0};
};

/// One stream for everything, in the order in which it is given.
class FERRO_API SingleStream : public SchedulingPolicy {
public:
  /// A new stream. \throws Error DeviceUnavailable.
  explicit SingleStream(Device device = {});
  explicit SingleStream(Stream stream);
  Stream next() override { return only; }

private:
  Stream only;
};

/// The device of work that names none: cpu, until a thread says otherwise for
/// itself. \throws Error DeviceUnavailable if there is no such device.
FERRO_API Device default_device();
FERRO_API void set_default_device(Device device);

/// The policy of \p device: that of the calling thread's PolicyScope, else the
/// process's, which is a RoundRobin until set_scheduling_policy.
/// \throws Error DeviceUnavailable.
FERRO_API std::shared_ptr<SchedulingPolicy> scheduling_policy(Device device);
/// Sets the process's policy of \p device; a null \p policy brings the first
/// one back. \throws Error DeviceUnavailable.
FERRO_API void set_scheduling_policy(Device device,
                                     std::shared_ptr<SchedulingPolicy> policy);

/// Gives the calling thread a policy of its own, for all devices, as long as it
/// lives. Scopes nest.
class FERRO_API PolicyScope {
public:
  /// \throws Error InvalidArgument if \p policy is null.
  explicit PolicyScope(std::shared_ptr<SchedulingPolicy> policy);
  ~PolicyScope();
  PolicyScope(const PolicyScope &) = delete;
  PolicyScope &operator=(const PolicyScope &) = delete;

private:
  std::shared_ptr<SchedulingPolicy> outer;
};

} // namespace ferro
