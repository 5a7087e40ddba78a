// Random graphs over every op that can be traced, and inputs for them.
#pragma once

#include "graph/Graph.h"

#include <random>
#include <vector>

namespace ferro::testing {

using Random = std::mt19937;

/// A verified graph of up to \p nodes nodes with small shapes: several inputs,
/// some strided or unused, constants among them the ones that identities look
/// for, every dtype, chains and diamonds, several outputs, some twice.
/// Pow never has a constant exponent: simplify rounds pow(x, 2) differently.
graph::Graph randomGraph(Random &random, int nodes);

/// Elements between -4 and 4, zeros of both signs, NaN and infinity among the
/// floats; row-major.
graph::Literal randomLiteral(Random &random, DType dtype, const Shape &shape);

std::vector<graph::Literal> randomInputs(Random &random,
                                         const graph::Graph &graph);

/// Whether the same bits, or NaN in the same places.
bool sameElements(const graph::Literal &a, const graph::Literal &b);

} // namespace ferro::testing
