// Replacing nodes of a graph by rules: what most passes, and users, build on.
#pragma once

#include "graph/Graph.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace ferro::passes {

/// The graph that a rewrite builds.
class Rewriter {
public:
  const graph::Graph &graph() const { return target; }
  const graph::Type &type(graph::ValueId id) const { return target.type(id); }
  /// The node that makes \p id, or null for an input.
  const graph::Node *producer(graph::ValueId id) const;
  /// The value of \p id, or null unless it is a constant.
  const graph::Literal *constant(graph::ValueId id) const;
  /// The type of \p id with the strides of its storage: kernels write
  /// row-major, views follow their operand. A view that needs a copy counts as
  /// copied.
  graph::Type storedType(graph::ValueId id) const;
  /// Appends a node; its location is that of the node being rewritten.
  graph::ValueId add(graph::OpKind op, std::vector<graph::ValueId> operands,
                     graph::Attributes attributes = {});

private:
  graph::Graph target;
  std::vector<std::int32_t> producers;
  graph::Location location;
  void append(graph::Node node, std::vector<graph::Type> types);
  friend void rewrite(graph::Graph &,
                      const std::function<std::optional<graph::ValueId>(
                          Rewriter &, const graph::Node &)> &);
};

/// Sees a node whose operands are values of the new graph already. Gives the
/// value of the new graph that takes the place of its result, or nothing to
/// keep the node.
using Rule = std::function<std::optional<graph::ValueId>(Rewriter &,
                                                         const graph::Node &)>;

/// Builds the graph anew, node by node, under \p rule. A replacement must have
/// the type of what it replaces. Values come out numbered in the order of their
/// definition.
void rewrite(graph::Graph &graph, const Rule &rule);

/// A rewrite without a rule: numbers the values in order and drops unmade ones.
void renumber(graph::Graph &graph);

} // namespace ferro::passes
