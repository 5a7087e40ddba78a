#include "ferro/DeviceGraph.h"

#include <string>

namespace ferro {

void ExecutionContext::record(std::shared_ptr<detail::GraphStep> step) {
  if (graph)
    graph->add(std::move(step));
}

namespace detail {

GraphStep::~GraphStep() = default;

void GraphRecorder::add(std::shared_ptr<GraphStep> step) {
  steps.push_back(std::move(step));
}

void GraphBody::replay() {
  std::lock_guard lock(turn);
  for (const std::shared_ptr<GraphStep> &step : steps)
    step->run();
}

void GraphBody::update(const Handle &target, const Handle &fresh) {
  std::lock_guard lock(turn);
  copyElements(target, fresh);
}

bool GraphBody::uses(const Handle &tensor) const {
  for (const std::shared_ptr<GraphStep> &step : steps)
    if (step->uses(tensor))
      return true;
  return false;
}

void GraphBody::checkUpdate(const Handle &target, const Handle &fresh) const {
  if (target.get() && !uses(target))
    throw Error(Code::InvalidArgument, "update",
                "no step of the graph uses the memory of the target " +
                    toString(shapeOf(target)));
  checkCopy(target, fresh);
}

namespace {
/// A graph in a graph.
class ReplayStep final : public GraphStep {
public:
  explicit ReplayStep(std::shared_ptr<GraphBody> replayed)
      : body(std::move(replayed)) {}
  void run() override { body->replay(); }
  bool uses(const Handle &tensor) const override { return body->uses(tensor); }

private:
  std::shared_ptr<GraphBody> body;
};
} // namespace

} // namespace detail

Unit ReplayOp::execute(ExecutionContext &context) {
  body->replay();
  if (context.is_capturing())
    context.record(std::make_shared<detail::ReplayStep>(body));
  return {};
}

Unit UpdateOp::execute(ExecutionContext &) {
  body->update(target, fresh);
  return {};
}

} // namespace ferro
