// How views lie in the storage of what they look at.
#pragma once

#include "graph/Graph.h"

#include <cstdint>
#include <optional>

namespace ferro::graph {

/// A view's strides and first element, in elements of its operand's storage.
struct Layout {
  Strides strides;
  std::int64_t offset = 0;
};

/// The strides of a value, spelled out where \p type leaves them empty.
Strides stridesOf(const Type &type);

/// Whether \p strides visit \p shape in row-major order without gaps; axes of
/// extent 1 do not matter, and nothing matters without elements.
bool isRowMajor(const Shape &shape, const Strides &strides);

/// \p strides as Type stores them: empty if they are row-major.
Strides storedStrides(const Shape &shape, const Strides &strides);

/// The strides under which the elements of a strided \p shape read, in
/// row-major order, as \p target; nothing if that needs a copy. Both shapes
/// have the same number of elements.
std::optional<Strides>
reshapeStrides(const Shape &shape, const Strides &strides, const Shape &target);

/// Where the result of a view op lies in its operand's storage; nothing if the
/// op needs a copy there (a reshape across gaps). \p result is the inferred
/// shape.
std::optional<Layout> viewLayout(OpKind op, const Attributes &attributes,
                                 const Type &operand, const Shape &result);

} // namespace ferro::graph
