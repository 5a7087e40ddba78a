// Moments in the work of streams: waited for by threads and by other streams,
// and measured from.
//
//   ferro::Event begun = stream.record();
//   auto future = std::move(op).on(stream);
//   ferro::Event ended = stream.record();
//   other.wait(ended);                       // work of other goes on behind op
//   ended.synchronize();                     // and so does this thread
//   ferro::elapsed(begun, ended).count();    // seconds
#pragma once

#include "ferro/Device.h"
#include "ferro/Export.h"
#include "ferro/Stream.h"

#include <chrono>
#include <memory>
#include <utility>

namespace ferro {

namespace detail {
class EventTask;
} // namespace detail

/// The moment at which a stream has done what it was given before record().
///
/// A shared handle of one moment; record() makes it another one, and copies
/// keep the old. One thread at a time uses a handle.
class FERRO_API Event {
public:
  /// Not recorded; every member but recorded() and record() is Error
  /// InvalidArgument.
  Event() = default;

  /// Marks the end of what \p stream was given so far.
  /// \throws Error InvalidArgument for no stream.
  void record(const Stream &stream);
  bool recorded() const { return task != nullptr; }
  /// Whether the moment has come.
  bool query() const;
  /// Waits for the moment. \throws Error NestedExecution inside an operation.
  void synchronize() const;

private:
  friend class Stream;
  friend FERRO_API std::chrono::duration<double> elapsed(const Event &,
                                                         const Event &);
  std::shared_ptr<detail::EventTask> task;
};

/// The time from \p start to \p end in seconds, negative if \p end was first.
/// \throws Error InvalidArgument unless both were recorded and have come.
FERRO_API std::chrono::duration<double> elapsed(const Event &start,
                                                const Event &end);

} // namespace ferro
