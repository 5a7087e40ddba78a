// Runs a captured graph op by op.
#pragma once

#include "graph/Graph.h"

#include "ferro/Tensor.h"

#include <memory>
#include <span>
#include <vector>

namespace ferro::trace {

/// The outputs of \p graph for \p inputs, through apply: with the reference
/// kernels, recorded for backward if grad mode is on, or captured again if a
/// tracer is current.
std::vector<detail::Handle> replay(const graph::Graph &graph,
                                   std::span<const detail::Handle> inputs);

/// Records a compiled call as one tape node. Its backward replays \p graph on
/// \p inputs and differentiates that.
void recordCall(std::shared_ptr<const graph::Graph> graph,
                std::span<const detail::Handle> inputs,
                std::span<const detail::Handle> outputs);

} // namespace ferro::trace
