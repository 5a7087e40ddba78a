// The iteration space of a fused group.
//
// Extents of 1 never matter to a kernel, so axes here are classes of axes, of
// extent other than 1, that every op of the group walks together: NumPy
// broadcasting, unit reshapes and kept or dropped reduced axes all disappear.
// Neighbouring axes that every view and op treats alike become one.
#pragma once

#include "graph/Graph.h"

#include <cstdint>
#include <vector>

namespace ferro::fromGraph {

/// A buffer seen over the domain: an axis it lacks has extent 1 and stride 0.
struct DomainView {
  std::vector<bool> has;
  std::vector<std::int64_t> strides;
};

struct Domain {
  std::vector<std::int64_t> extents;
  /// For each value of the region and axis of its shape, the domain's axis or
  /// -1.
  std::vector<std::vector<int>> axes;
  /// One per input, then one per output.
  std::vector<DomainView> views;

  std::size_t rank() const { return extents.size(); }
  /// Whether a value varies along each axis.
  std::vector<bool> presence(graph::ValueId value) const;
};

/// The domain of a group without matrix products.
/// \throws Error UnsupportedOp for an op that does not walk one domain.
Domain inferDomain(const graph::Graph &region);

/// The domain of a group around one matrix product, whose result is \p product:
/// its leading axes, then M and N, which are there whatever their extent.
Domain inferProductDomain(const graph::Graph &region, graph::ValueId product,
                          bool hasRows, bool hasColumns);

/// Joins neighbouring axes where all views, values and \p alsoViews allow it;
/// the last \p keep axes stay as they are.
void collapse(const graph::Graph &region, Domain &domain,
              std::vector<DomainView *> alsoViews = {}, std::size_t keep = 0);

/// The domain's axes that a node combines: none but for reductions and softmax.
std::vector<bool> reducedAxes(const Domain &domain, const graph::Node &node);

} // namespace ferro::fromGraph
