// The passes as a table, and the order in which a compiled graph meets them.
#pragma once

#include "graph/Graph.h"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace ferro::passes {

struct PassInfo {
  std::string_view flag; // "fold-constants"
  std::string_view summary;
  void (*run)(graph::Graph &); // null for analyses
};

/// Passes.def as data, in order.
std::span<const PassInfo> passTable();

/// What optimize does; everything by default. Without fuseGroups every node
/// becomes a group of its own. planMemory is for who calls passes::planMemory:
/// whether the arena is reused.
struct PassOptions {
  bool foldConstants = true;
  bool simplify = true; // simplify and merge-duplicates
  bool eliminateDeadOps = true;
  bool fuseGroups = true;
  bool planMemory = true;
  /// The user's own rewrites (Rewrite.h), after simplify, each verified.
  std::vector<std::function<void(graph::Graph &)>> custom = {};
};

/// Turns a traced graph into constants, views and groups, verified after every
/// pass. Inputs stay as they are, used or not.
void optimize(graph::Graph &graph, const PassOptions &options = {});

/// Runs the pass of that flag and verifies the graph.
/// \throws Error InvalidArgument if there is none.
void runPass(graph::Graph &graph, std::string_view flag);

} // namespace ferro::passes
