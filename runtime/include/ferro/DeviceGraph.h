// Captured work: recorded once, done again without being described again.
//
//   auto graph = ferro::capture([&](ferro::GraphScope &scope) {
//     scope.record(cutile::launch<kernels::axpy<64>>(y.partition({64}), x,
//     alpha)); return y;
//   });
//   auto y = graph.take_output();           // computed by the capture
//   graph.update(x, fresh).then(...)        // new elements
//   alpha.set(3);                           // a new number
//   graph.replay().sync();                  // y again
#pragma once

#include "ferro/Copies.h"
#include "ferro/DeviceOp.h"
#include "ferro/Error.h"
#include "ferro/Tensor.h"

#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace ferro {

namespace detail {

/// A recorded step with all that it uses. Doing it allocates nothing.
class FERRO_API GraphStep {
public:
  virtual ~GraphStep();
  /// Does the step again. One thread at a time.
  virtual void run() = 0;
  /// Whether the step reads or writes memory of \p tensor.
  virtual bool uses(const Handle &tensor) const = 0;
};

class FERRO_API GraphRecorder {
public:
  void add(std::shared_ptr<GraphStep> step);
  std::vector<std::shared_ptr<GraphStep>> steps;
};

/// The steps of a graph. Replays and updates of one graph take turns.
class FERRO_API GraphBody {
public:
  explicit GraphBody(GraphRecorder recorded)
      : steps(std::move(recorded.steps)) {}
  void replay();
  void update(const Handle &target, const Handle &fresh);
  bool uses(const Handle &tensor) const;
  std::size_t size() const { return steps.size(); }
  /// \throws Error InvalidArgument unless a step uses \p target, and as
  ///         checkCopy.
  void checkUpdate(const Handle &target, const Handle &fresh) const;

private:
  std::mutex turn;
  std::vector<std::shared_ptr<GraphStep>> steps;
};

} // namespace detail

/// All steps of a graph, in the order in which they were recorded: see
/// DeviceGraph::replay.
class FERRO_API ReplayOp : public Lazy<ReplayOp> {
public:
  using value_type = Unit;
  static constexpr bool isGraphNode = true;
  explicit ReplayOp(std::shared_ptr<detail::GraphBody> replayed)
      : body(std::move(replayed)) {}
  Unit execute(ExecutionContext &context);

private:
  std::shared_ptr<detail::GraphBody> body;
};

/// New elements for memory of a graph: see DeviceGraph::update.
class FERRO_API UpdateOp : public Lazy<UpdateOp> {
public:
  using value_type = Unit;
  UpdateOp(std::shared_ptr<detail::GraphBody> updated, detail::Handle to,
           detail::Handle from)
      : body(std::move(updated)), target(std::move(to)),
        fresh(std::move(from)) {}
  Unit execute(ExecutionContext &context);

private:
  std::shared_ptr<detail::GraphBody> body;
  detail::Handle target, fresh;
};

/// Recorded work and the output of its capture.
///
/// The steps keep the tensors, views and pointers' owners that they were given:
/// the memory lives as long as the graph and the replays that are under way.
/// Addresses and extents are those of the capture; elements change by update(),
/// numbers by Parameter<T>::set. Copies of a graph share the steps and the
/// output. Any thread may replay; replays of one graph take turns.
template <typename T> class DeviceGraph {
public:
  using value_type = T;
  DeviceGraph(detail::GraphRecorder recorded, T captured)
      : body(std::make_shared<detail::GraphBody>(std::move(recorded))),
        output(std::make_shared<std::optional<T>>(std::move(captured))) {}

  /// What the captured operation gave, which the capture computed. A replay
  /// writes to the same memory. \throws Error InvalidArgument the second time.
  T take_output() {
    if (!*output)
      throw Error(Code::InvalidArgument, "take_output",
                  "the output of the graph was taken");
    return *std::exchange(*output, std::nullopt);
  }
  /// An operation that does all steps again.
  ReplayOp replay() const { return ReplayOp(body); }
  /// An operation that copies the elements of \p fresh to \p target, which a
  /// step of the graph uses, between replays.
  /// \throws Error InvalidArgument if no step does, or if elements of \p target
  ///         share memory; ShapeMismatch unless the shapes are equal.
  template <typename E>
  UpdateOp update(const Tensor<E> &target, const Tensor<E> &fresh) const {
    body->checkUpdate(target, fresh);
    return UpdateOp(body, target, fresh);
  }
  /// How many steps a replay does.
  std::size_t size() const { return body->size(); }

private:
  std::shared_ptr<detail::GraphBody> body;
  std::shared_ptr<std::optional<T>> output;
};

/// Does operations and records them, in capture().
class GraphScope {
public:
  explicit GraphScope(ExecutionContext &captured) : context(captured) {}
  GraphScope(const GraphScope &) = delete;

  /// Does \p op and records it. Operations that allocate do not compile here:
  /// their memory would be another at every replay.
  template <typename Op> typename Op::value_type record(Op op) {
    static_assert(
        GraphNode<Op>,
        "a graph records launches, copies, fills and values, and what "
        "combinators make of them; this operation is none");
    return op.execute(context);
  }

private:
  ExecutionContext &context;
};

namespace detail {

template <typename F> struct CaptureOp : public Lazy<CaptureOp<F>> {
  using Output = std::conditional_t<
      std::is_void_v<std::invoke_result_t<F &, ExecutionContext &>>, Unit,
      std::invoke_result_t<F &, ExecutionContext &>>;
  using value_type = DeviceGraph<Output>;
  explicit CaptureOp(F recorded) : f(std::move(recorded)) {}
  value_type execute(ExecutionContext &) {
    GraphRecorder recorder;
    ExecutionContext context(recorder);
    if constexpr (std::is_void_v<
                      std::invoke_result_t<F &, ExecutionContext &>>) {
      f(context);
      return {std::move(recorder), Unit()};
    } else {
      Output output = f(context);
      return {std::move(recorder), std::move(output)};
    }
  }
  F f;
};

template <typename F> auto captureOf(F f) {
  return CaptureOp<decltype(f)>(std::move(f));
}

} // namespace detail

/// Calls \p f with a GraphScope and keeps what it records; what \p f returns is
/// the graph's output. Code of \p f beside that is not part of the graph. Other
/// threads go on meanwhile.
/// \throws what \p f throws; Error NestedExecution inside an operation, and if
///         \p f runs one in another way than record().
template <typename F> auto capture(F f) {
  return detail::captureOf(
             [f = std::move(f)](ExecutionContext &context) mutable {
               GraphScope scope(context);
               return f(scope);
             })
      .sync();
}

template <typename Self> auto Lazy<Self>::graph() && {
  static_assert(GraphNode<Self>,
                "a graph records launches, copies, fills and values, and what "
                "combinators make of them; this operation is none");
  return detail::captureOf(
             [op = Self(consumed())](ExecutionContext &context) mutable {
               return op.execute(context);
             })
      .sync();
}
template <typename Self> auto Lazy<Self>::graph_on(const Stream &stream) && {
  static_assert(GraphNode<Self>,
                "a graph records launches, copies, fills and values, and what "
                "combinators make of them; this operation is none");
  return detail::captureOf(
             [op = Self(consumed())](ExecutionContext &context) mutable {
               return op.execute(context);
             })
      .sync_on(stream);
}

/// A number that launches read when they run: an argument of a kernel that
/// differs from replay to replay.
template <typename T> class Parameter {
  static_assert(std::is_trivially_copyable_v<T>,
                "a parameter is a number or a trivially copyable class");

public:
  using value_type = T;
  explicit Parameter(T initial)
      : cell(std::make_shared<std::atomic<T>>(initial)) {}
  /// From now on: replays that are under way may see either.
  void set(T fresh) { cell->store(fresh); }
  T get() const { return cell->load(); }
  operator T() const { return get(); }

private:
  std::shared_ptr<std::atomic<T>> cell;
};

} // namespace ferro
