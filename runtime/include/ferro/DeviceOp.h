// Lazy device operations: descriptions of work that happens when a terminal
// call asks for it.
//
//   auto op = cutile::launch<kernels::axpy<64>>(y.partition({64}), x, 2.0f)
//                 .then([](auto y, auto, float) { return copy_to_host(y); });
//   auto values = std::move(op).sync();      // here, on this thread
//   auto future = std::move(other).on(stream); // there, later
//   auto result = co_await std::move(third);   // in a coroutine
#pragma once

#include "ferro/Future.h"
#include "ferro/Stream.h"

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace ferro {

/// The result of an operation that has none.
using Unit = std::monostate;

namespace detail {
class GraphStep;
class GraphRecorder;
} // namespace detail

/// Where an operation executes: what its step is given by then_with_context.
class FERRO_API ExecutionContext {
public:
  /// The calling thread, in no stream's order.
  ExecutionContext() = default;
  explicit ExecutionContext(Stream running) : current(std::move(running)) {}
  explicit ExecutionContext(detail::GraphRecorder &captures)
      : graph(&captures) {}
  ExecutionContext(const ExecutionContext &) = delete;
  ExecutionContext &operator=(const ExecutionContext &) = delete;

  /// The stream whose work this is; none in sync() and in a capture.
  const Stream &stream() const { return current; }
  Device device() const {
    return current.defined() ? current.device() : default_device();
  }
  /// Whether steps are recorded, beside being done.
  bool is_capturing() const { return graph != nullptr; }
  /// Records a step that has been done. Only while is_capturing().
  void record(std::shared_ptr<detail::GraphStep> step);

private:
  Stream current;
  detail::GraphRecorder *graph = nullptr;
};

/// A device operation: `Op::value_type execute(ExecutionContext &)` does the
/// work, at most once, and may consume the operation. It may throw.
///
/// Classes of the user's join by deriving from ferro::Lazy<Op>, which brings
/// the combinators and the terminal calls. What an operation uses it holds by
/// value (tensors are shared handles), for it may run after the caller's
/// variables are gone, on another thread.
template <typename Op>
concept DeviceOp =
    std::move_constructible<Op> && requires(Op op, ExecutionContext &context) {
      typename Op::value_type;
      { op.execute(context) } -> std::same_as<typename Op::value_type>;
    };

/// An operation whose work a graph can record: launches, copies, fills, values
/// and what combinators make of those. It says
/// `static constexpr bool isGraphNode = true`. What allocates is none.
template <typename Op>
concept GraphNode = DeviceOp<Op> && Op::isGraphNode;

namespace detail {
/// Whether \p Op, which may be no operation, can be recorded.
template <typename Op> constexpr bool isGraphNode() {
  if constexpr (requires { Op::isGraphNode; })
    return Op::isGraphNode;
  else
    return false;
}
} // namespace detail

template <typename T> class DeviceGraph;

/// The members of every operation; \p Self derives from it.
///
/// Each consumes the operation. On a named operation it works on a copy: then
/// the operation can be used again.
template <typename Self> class Lazy {
public:
  // --- combinators: lazy, too

  /// Goes on with the operation that \p f makes of the value, in the same
  /// stream. A tuple is handed over element by element if \p f takes it so.
  template <typename F> auto then(F f) &&;
  /// The same; \p f gets the ExecutionContext first.
  template <typename F> auto then_with_context(F f) &&;
  /// Hands on what \p f makes of the value; Unit if that is nothing.
  template <typename F> auto map(F f) &&;
  /// Shows the value to \p f and hands it on.
  template <typename F> auto inspect(F f) &&;
  /// This and then the others, in one stream; a tuple of the values.
  template <typename... Others> auto zip(Others... others) &&;
  /// An operation for each element of the tuple. The first to execute executes
  /// this one; what it throws they all throw. Each element is handed out once.
  auto unzip() &&;
  /// The first or last element of the tuple.
  auto first() &&;
  auto last() &&;
  /// A copyable operation that executes this one once, whoever comes first, and
  /// gives a shared pointer to the result, or what was thrown, to all.
  auto shared() &&;
  /// The value behind the pointer that shared() gives.
  auto unwrap() &&;
  /// The same work behind the type AnyOp<value_type>.
  auto boxed() &&;

  // --- terminal calls: the work happens

  /// Does the work on the calling thread, in no stream's order, and gives the
  /// value.
  /// \throws what the work throws; Error NestedExecution inside an operation.
  auto sync() &&;
  /// Does the work in its turn in \p stream, and waits.
  /// \throws Error as sync(), and InvalidArgument for no stream.
  auto sync_on(const Stream &stream) &&;
  /// Gives the work to \p stream. What it throws is told by Future::get.
  /// \throws Error InvalidArgument for no stream.
  auto on(const Stream &stream) &&;
  /// Gives it to the stream that the policy chooses.
  auto on(SchedulingPolicy &policy) &&;
  /// Gives it to a stream of \p device. \throws Error DeviceUnavailable.
  auto on(Device device) &&;
  /// Gives it to a stream of default_device(): scheduling_policy chooses.
  auto schedule() &&;
  /// `co_await op` is `co_await op.schedule()`.
  auto operator co_await() &&;
  /// Does the work and records it: a DeviceGraph<value_type>.
  /// Include ferro/DeviceGraph.h.
  auto graph() &&;
  auto graph_on(const Stream &stream) &&;

#define FERRO_ON_A_COPY(member, parameters, arguments)                         \
  auto member parameters const & { return copied().member arguments; }
template <typename F>
FERRO_ON_A_COPY(then, (F f), (std::move(f)))
template <typename F>
FERRO_ON_A_COPY(then_with_context, (F f), (std::move(f)))
template <typename F>
FERRO_ON_A_COPY(map, (F f), (std::move(f)))
template <typename F>
FERRO_ON_A_COPY(inspect, (F f), (std::move(f)))
template <typename... Others>
FERRO_ON_A_COPY(zip, (Others... others), (std::move(others)...))
FERRO_ON_A_COPY(unzip, (), ()) FERRO_ON_A_COPY(first, (),
                                               ()) FERRO_ON_A_COPY(last, (), ())
    FERRO_ON_A_COPY(shared, (), ()) FERRO_ON_A_COPY(unwrap, (), ())
        FERRO_ON_A_COPY(boxed, (), ()) FERRO_ON_A_COPY(sync, (), ())
            FERRO_ON_A_COPY(sync_on, (const Stream &stream), (stream))
                FERRO_ON_A_COPY(on, (const Stream &stream), (stream))
                    FERRO_ON_A_COPY(on, (SchedulingPolicy & policy), (policy))
                        FERRO_ON_A_COPY(on, (Device device), (device))
                            FERRO_ON_A_COPY(schedule, (), ())
                                FERRO_ON_A_COPY(graph, (), ())
                                    FERRO_ON_A_COPY(graph_on,
                                                    (const Stream &stream),
                                                    (stream))
#undef FERRO_ON_A_COPY

                                        private : Self &self() {
    return static_cast<Self &>(*this);
  }
  Self copied() const {
    static_assert(std::copy_constructible<Self>,
                  "this operation can be used once: move it");
    return static_cast<const Self &>(*this);
  }
  Self &&consumed() { return static_cast<Self &&>(*this); }
};

namespace detail {

/// Whether a thread may keep \p T after the caller's variables are gone, as far
/// as a type can tell.
template <typename T> inline constexpr bool outlivesItsCaller = true;
template <typename T>
inline constexpr bool outlivesItsCaller<std::reference_wrapper<T>> = false;
template <typename T> inline constexpr bool outlivesItsCaller<T &> = false;

template <typename Op> auto makeTask(Op &&op) {
  static_assert(!std::is_lvalue_reference_v<Op> &&
                    outlivesItsCaller<typename Op::value_type>,
                "the result of an operation refers to nothing of the caller");
  return std::make_shared<OpTask<Op>>(std::move(op));
}

} // namespace detail

template <typename Self> auto Lazy<Self>::sync() && {
  static_assert(DeviceOp<Self>);
  detail::ExecutionScope scope("sync");
  ExecutionContext context;
  return self().execute(context);
}
template <typename Self> auto Lazy<Self>::sync_on(const Stream &stream) && {
  auto task = detail::makeTask(consumed());
  detail::Task::submitAndWait(stream, task);
  return Future<typename Self::value_type>(std::move(task)).get();
}
template <typename Self> auto Lazy<Self>::on(const Stream &stream) && {
  auto task = detail::makeTask(consumed());
  detail::Task::submit(stream, task);
  return Future<typename Self::value_type>(std::move(task));
}
template <typename Self> auto Lazy<Self>::on(SchedulingPolicy &policy) && {
  return std::move(*this).on(policy.next());
}
template <typename Self> auto Lazy<Self>::on(Device device) && {
  return std::move(*this).on(*scheduling_policy(device));
}
template <typename Self> auto Lazy<Self>::schedule() && {
  return std::move(*this).on(default_device());
}
template <typename Self> auto Lazy<Self>::operator co_await() && {
  return std::move(*this).schedule().operator co_await();
}

} // namespace ferro

#include "ferro/Combinators.h"
