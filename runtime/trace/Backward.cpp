// Backward: Kahn's topological order over the tape, on one thread or several.
#include "exec/Reference.h"
#include "support/Check.h"
#include "trace/Autograd.h"
#include "trace/Dispatch.h"
#include "trace/Gradients.h"
#include "trace/Tracer.h"

#include "ferro/Error.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <thread>
#include <unordered_map>

namespace ferro::trace {

using detail::GradientState;
using detail::Handle;
using detail::Record;

namespace {

/// A gradient from one use of a tensor. Uses are summed in the order of their
/// rank, which the tape's shape decides, so every thread count gives the same
/// bits.
struct Contribution {
  std::pair<std::size_t, std::size_t> rank; // the user's number, its operand
  Handle gradient;
};

struct Arrival {
  Edge state;
  std::vector<Contribution> contributions;
};

/// A node, or a leaf, that waits for the gradients of its outputs.
struct Task {
  std::shared_ptr<Node> node; // null for a leaf
  std::size_t number = 0;     // in order of discovery
  std::size_t waiting = 0;    // uses that have not reported
  std::vector<Arrival> arrivals;
};

/// One walk over the tape.
class Walk {
public:
  /// \param wanted the only tensors whose gradients are taken, into taken();
  ///        if null, leaves accumulate theirs.
  explicit Walk(const std::vector<Edge> *wanted) : wanted(wanted) {
    if (wanted)
      captured.resize(wanted->size());
  }

  /// Before run: \p gradient is what arrives at \p edge from outside.
  void seed(const Edge &edge, const Handle &gradient) {
    Task &task = discover(edge);
    arrivalOf(task, edge).contributions.push_back({{0, 0}, gradient});
  }
  void run(int threads);
  std::vector<Handle> taken() { return std::move(captured); }

private:
  Task &discover(const Edge &edge);
  static Arrival &arrivalOf(Task &task, const Edge &edge);
  void work();
  std::vector<Handle> process(Task &task);
  void deliver(Task &task, std::vector<Handle> gradients);
  void take(const Edge &edge, const Handle &gradient);

  const std::vector<Edge> *wanted;
  std::vector<Handle> captured;
  std::unordered_map<const void *, std::unique_ptr<Task>> tasks;
  std::vector<Task *> discovered;

  std::mutex mutex; // guards all below, arrivals and waiting
  std::condition_variable changed;
  std::deque<Task *> ready;
  std::size_t unfinished = 0;
  std::exception_ptr failure;
};

} // namespace

static const void *keyOf(const Edge &edge) {
  return edge->node ? static_cast<const void *>(edge->node.get()) : edge.get();
}

Task &Walk::discover(const Edge &edge) {
  auto find = [&](const Edge &at) -> std::pair<Task *, bool> {
    std::unique_ptr<Task> &task = tasks[keyOf(at)];
    if (task)
      return {task.get(), false};
    task = std::make_unique<Task>();
    task->node = at->node;
    task->number = discovered.size() + 1; // 0 is the outside
    discovered.push_back(task.get());
    return {task.get(), true};
  };
  auto [first, isNew] = find(edge);
  for (std::vector<Task *> pending{first}; isNew && !pending.empty();) {
    Task *task = pending.back();
    pending.pop_back();
    if (!task->node)
      continue;
    for (const Edge &input : task->node->inputs)
      if (input) {
        auto [target, unseen] = find(input);
        ++target->waiting;
        if (unseen)
          pending.push_back(target);
      }
  }
  return *first;
}

Arrival &Walk::arrivalOf(Task &task, const Edge &edge) {
  for (Arrival &arrival : task.arrivals)
    if (arrival.state == edge)
      return arrival;
  return task.arrivals.emplace_back(Arrival{edge, {}});
}

/// A gradient that nobody else can write to, for a place where users find it.
/// The caller holds the one handle that does not count.
static Handle owned(const Handle &gradient) {
  const Record &record = *gradient.get();
  bool shared = record.references.load() > 1 ||
                (record.storage && record.storage.use_count() > 1);
  if (!shared && record.isContiguous())
    return gradient;
  Handle copy = detail::makeTensor(record.dtype, record.shape, record.device);
  if (copy.get()->storage)
    exec::copyElements(
        {record.bytes(), record.dtype, record.shape, record.strides},
        {copy.get()->bytes(), record.dtype, record.shape, copy.get()->strides});
  return copy;
}

static Handle sumOf(std::vector<Contribution> &contributions) {
  std::sort(contributions.begin(), contributions.end(),
            [](const Contribution &a, const Contribution &b) {
              return a.rank < b.rank;
            });
  Handle total = std::move(contributions[0].gradient);
  for (std::size_t i = 1; i < contributions.size(); ++i)
    total = addGradients(total, contributions[i].gradient);
  return total;
}

static Handle throughHooks(const Edge &edge, Handle gradient) {
  std::unique_lock lock(edge->mutex);
  auto hooks = edge->hooks; // a hook may remove itself
  lock.unlock();
  for (const auto &[id, hook] : hooks) {
    gradient = hook.call(hook.context.get(), gradient);
    if (!gradient.get() || !(gradient.get()->shape == edge->shape))
      throw Error(Code::ShapeMismatch, "hook",
                  "found " +
                      (gradient.get() ? "a gradient of shape " +
                                            toString(gradient.get()->shape)
                                      : std::string("an empty tensor")) +
                      ", tensor is " + toString(edge->shape) +
                      "; a hook must keep the shape");
  }
  return gradient;
}

void Walk::take(const Edge &edge, const Handle &gradient) {
  if (wanted) {
    std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < wanted->size(); ++i)
      if ((*wanted)[i] == edge)
        captured[i] = gradient;
    return;
  }
  std::lock_guard lock(edge->mutex);
  if (!edge->node || edge->retain)
    edge->gradient = edge->gradient.get()
                         ? addGradients(edge->gradient, gradient)
                         : owned(gradient);
}

static void checkGradients(const Node &node,
                           const std::vector<Handle> &gradients) {
  FERRO_CHECK(gradients.size() == node.inputs.size(),
              "backward gives one gradient for each input");
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (node.inputs[i] && gradients[i].get())
      FERRO_CHECK(gradients[i].get()->shape == node.inputs[i]->shape &&
                      gradients[i].get()->dtype == node.inputs[i]->dtype,
                  "a gradient has the shape and dtype of its tensor");
}

std::vector<Handle> Walk::process(Task &task) {
  std::vector<Handle> outputs(task.node ? task.node->numOutputs : 1);
  bool any = false;
  for (Arrival &arrival : task.arrivals) {
    Handle total = throughHooks(arrival.state, sumOf(arrival.contributions));
    take(arrival.state, total);
    outputs[arrival.state->output] = total;
    any = true;
  }
  task.arrivals.clear();
  if (!task.node)
    return {};
  if (!any)
    return std::vector<Handle>(task.node->inputs.size());
  std::vector<Handle> gradients = task.node->backward(outputs);
  checkGradients(*task.node, gradients);
  return gradients;
}

// The mutex is held.
void Walk::deliver(Task &task, std::vector<Handle> gradients) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Edge &edge = task.node->inputs[i];
    if (!edge)
      continue;
    Task &target = *tasks.at(keyOf(edge));
    if (gradients[i].get())
      arrivalOf(target, edge)
          .contributions.push_back({{task.number, i}, std::move(gradients[i])});
    if (--target.waiting == 0)
      ready.push_back(&target);
  }
}

void Walk::work() {
  NoGrad noGrad;
  TracerScope untraced(nullptr);
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock,
                 [&] { return !ready.empty() || !unfinished || failure; });
    if (!unfinished || failure)
      return;
    Task *task = ready.front();
    ready.pop_front();
    lock.unlock();
    std::vector<Handle> gradients;
    std::exception_ptr thrown;
    try {
      gradients = process(*task);
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    if (thrown) {
      failure = failure ? failure : thrown;
    } else {
      deliver(*task, std::move(gradients));
      --unfinished;
    }
    changed.notify_all();
  }
}

void Walk::run(int threads) {
  unfinished = discovered.size();
  for (Task *task : discovered)
    if (task->waiting == 0)
      ready.push_back(task);
  std::vector<std::thread> helpers;
  for (int i = 1; i < threads; ++i)
    helpers.emplace_back([this] { work(); });
  work();
  for (std::thread &helper : helpers)
    helper.join();
  if (failure)
    std::rethrow_exception(failure);
}

static Handle onesFor(const Record &record) {
  Handle one = detail::makeTensor(record.dtype, record.shape, record.device);
  if (one.get()->storage)
    visit(record.dtype, [&](auto sample) {
      using T = decltype(sample);
      *reinterpret_cast<T *>(one.get()->bytes()) = static_cast<T>(1);
    });
  return one;
}

static void checkGradient(const Record &tensor, const Record &gradient) {
  if (!(tensor.shape == gradient.shape))
    throw Error(Code::ShapeMismatch, "backward",
                "gradient is " + toString(gradient.shape) + ", tensor is " +
                    toString(tensor.shape) + "; the shapes must be equal");
  if (tensor.dtype != gradient.dtype)
    throw Error(Code::DTypeMismatch, "backward",
                "gradient is " + std::string(toString(gradient.dtype)) +
                    ", tensor is " + std::string(toString(tensor.dtype)) +
                    "; the dtypes must be equal");
}

void backward(const Handle &tensor, const Handle &gradient, int threads) {
  if (!tensor.get())
    throw Error(Code::InvalidArgument, "backward",
                "found a default-constructed tensor; it has no history");
  const Record &record = *tensor.get();
  if (record.isTraced())
    throw Error(Code::TracingError, "backward",
                "found a traced tensor; gradients are asked of the script's "
                "result, outside its body");
  if (!record.requiresGrad)
    throw Error(Code::NoGradient, "backward",
                "requires_grad is false; nothing that this tensor was made "
                "from requires a gradient, or grad mode was off");
  if (threads < 1)
    throw Error(Code::InvalidArgument, "backward",
                "threads is " + std::to_string(threads) +
                    "; it must be at least 1");
  if (!gradient.get() && numel(record.shape) != 1)
    throw Error(Code::BackwardNonScalar, "backward",
                "shape is " + toString(record.shape) +
                    "; only a tensor of one element has an obvious gradient, "
                    "so reduce it or pass one");
  if (gradient.get())
    checkGradient(record, *gradient.get());
  Walk walk(nullptr);
  walk.seed(record.gradient, gradient.get() ? gradient : onesFor(record));
  walk.run(threads);
}

std::vector<Handle> gradientsOf(std::span<const Handle> outputs,
                                std::span<const Handle> gradients,
                                std::span<const Handle> inputs) {
  FERRO_CHECK(outputs.size() == gradients.size(),
              "one gradient for each output");
  std::vector<Edge> wanted = edgesTo(inputs), roots = edgesTo(outputs);
  Walk walk(&wanted);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!roots[i] || !gradients[i].get())
      continue;
    checkGradient(*outputs[i].get(), *gradients[i].get());
    walk.seed(roots[i], gradients[i]);
  }
  walk.run(1);
  return walk.taken();
}

} // namespace ferro::trace
