// What may stand in one fusion group: the legality and profitability of
// FuseGroups, as one question about a set of nodes.
#pragma once

#include "graph/Graph.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ferro::passes {

/// Element-wise ops and casts: one result element from one element of each
/// operand.
bool isPoint(graph::OpKind op);
/// Whether the view \p node only inserts or drops axes of extent 1 or repeats
/// them (expand): the views that may stand in a group.
bool isUnitView(const graph::Graph &graph, const graph::Node &node);

/// A set of nodes that may become one group.
struct Candidate {
  const graph::Graph &graph;
  const std::vector<std::int32_t> &producers; // of values, as Graph::producers
  const std::vector<std::vector<std::int32_t>> &consumers; // of values: nodes
  std::vector<std::int32_t> nodes;                         // ascending
};

/// The kind of the group that the nodes may form together (FuseGroups.h), or
/// nothing if they may not.
std::optional<std::string_view> classify(const Candidate &candidate);

} // namespace ferro::passes
