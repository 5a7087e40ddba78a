// Runs a memory plan step by step, with the interpreter as every kernel.
#pragma once

#include "artifact/Plan.h"
#include "graph/Graph.h"

#include <vector>

namespace ferro::testing {

/// The outputs of the fused \p graph, every byte of which passes through the
/// places that \p plan gives: an overlap of living values changes a result.
/// Inputs are laid out by the strides that the graph declares.
std::vector<graph::Literal> execute(const graph::Graph &graph,
                                    const artifact::Plan &plan,
                                    const std::vector<graph::Literal> &inputs);

} // namespace ferro::testing
