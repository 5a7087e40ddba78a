// Runs a graph node by node with the reference kernels.
#pragma once

#include "graph/Graph.h"

#include <span>
#include <vector>

namespace ferro::exec {

/// The outputs of \p graph for \p inputs, which are row-major whatever strides
/// the graph's inputs declare. Groups run their region, views are copied.
/// \throws Error SignatureMismatch unless the inputs have the declared dtypes
///         and shapes; what run throws.
std::vector<graph::Literal> interpret(const graph::Graph &graph,
                                      std::span<const graph::Literal> inputs);

} // namespace ferro::exec
