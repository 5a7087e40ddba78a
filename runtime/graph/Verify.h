#pragma once

#include "graph/Graph.h"

namespace ferro::graph {

/// Checks order, single assignment, arity, attributes and that every result
/// type is what inferType gives. \throws Error TracingError naming the node.
void verify(const Graph &graph);

} // namespace ferro::graph
