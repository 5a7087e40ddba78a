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

/// Puts a compiled call on the tape, as one node, if grad mode is on. The
/// outputs that require gradients are those that would if \p graph were
/// replayed on \p inputs, and backward does replay it and differentiates that.
void recordCall(std::shared_ptr<const graph::Graph> graph,
                std::span<const detail::Handle *const> inputs,
                std::span<detail::Handle> outputs);

} // namespace ferro::trace
