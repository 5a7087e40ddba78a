// Where the elements of a view lie in its operand's storage.
#pragma once

#include "graph/Graph.h"

#include <optional>

namespace ferro::exec {

struct ViewLayout {
  Shape shape;
  Strides strides;         // in elements
  std::int64_t offset = 0; // in elements, from the operand's first
};

/// The layout of the view \p op of an operand of \p shape and \p strides. None
/// if reshape or flatten would have to copy.
/// \param result the result's shape as inferType gives it.
std::optional<ViewLayout> viewLayout(graph::OpKind op,
                                     const graph::Attributes &attributes,
                                     const Shape &shape, const Strides &strides,
                                     const Shape &result);

} // namespace ferro::exec
