// Functions of the host in a stream's order.
#pragma once

#include "ferro/DeviceGraph.h"
#include "ferro/DeviceOp.h"

#include <concepts>
#include <memory>
#include <utility>

namespace ferro {

/// See host_function().
template <std::invocable F>
class [[nodiscard]] HostFunctionOp : public Lazy<HostFunctionOp<F>> {
public:
  using value_type = Unit;
  static constexpr bool isGraphNode = true;
  explicit HostFunctionOp(F called) : f(std::move(called)) {}
  Unit execute(ExecutionContext &context) {
    if (!context.is_capturing()) {
      f();
      return {};
    }
    auto step = std::make_shared<Step>(std::move(f));
    step->run();
    context.record(std::move(step));
    return {};
  }

private:
  class Step final : public detail::GraphStep {
  public:
    explicit Step(F called) : f(std::move(called)) {}
    void run() override { f(); }
    bool uses(const detail::Handle &) const override { return false; }

  private:
    F f;
  };
  F f;
};

/// An operation that calls \p f, which returns nothing, in its turn. A graph
/// records it: \p f is called by the capture and by each replay.
template <std::invocable F> HostFunctionOp<F> host_function(F f) {
  return HostFunctionOp<F>(std::move(f));
}

} // namespace ferro
