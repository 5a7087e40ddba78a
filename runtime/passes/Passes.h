// The graph's passes. Each keeps the graph's inputs and the number, order,
// dtypes and shapes of its outputs, and leaves a verified graph whose values
// are numbered in the order of their definition.
#pragma once

#include "artifact/Plan.h"
#include "graph/Graph.h"

#include <string>

namespace ferro::passes {

/// Replaces nodes whose operands are all constants by their value, as the
/// reference kernels compute it. Operands and result have at most
/// foldedBytes each; a node that cannot be computed (an integer divided by
/// zero) stays, so that the error comes when it runs.
void foldConstants(graph::Graph &graph);
inline constexpr std::size_t foldedBytes = 64 * 1024;

/// Applies the identities listed in Simplify.cpp. All but those of pow give the
/// same bits; these round once where pow rounds in its own way.
void simplify(graph::Graph &graph);

/// Computes nodes of equal op, attributes and operands once, operands of
/// commutative ops in any order.
void mergeDuplicates(graph::Graph &graph);

/// Removes what no output needs, in cascade.
void eliminateDeadOps(graph::Graph &graph);

/// Leaves only constants, views and groups (FuseGroups.h).
void fuseGroups(graph::Graph &graph);

/// The storage plan of a graph of groups, views and constants. Without
/// \p reuse every value gets bytes of its own.
artifact::Plan planMemory(const graph::Graph &graph, bool reuse = true);

/// The plan for people: a line a step, the outputs, and what reuse saves.
std::string toString(const artifact::Plan &plan);

} // namespace ferro::passes
