#pragma once

#include "graph/Graph.h"

#include <cstddef>
#include <span>
#include <vector>

namespace ferro::graph {

/// The graph as bytes: magic, version, little-endian, counts checked on
/// reading. Equal graphs give equal bytes; locations are kept only on request,
/// so that moving a line does not change a cache key.
std::vector<std::byte> serialize(const Graph &graph, bool withLocations = true);
/// Reads and verifies. \throws Error SerializationError.
Graph deserialize(std::span<const std::byte> bytes);

} // namespace ferro::graph
