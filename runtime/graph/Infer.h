// Shapes and dtypes of results.
#pragma once

#include "graph/Graph.h"

#include <span>

namespace ferro::graph {

/// The result type of \p op, with row-major strides.
/// Negative axes count from the end. This is the only place that checks the
/// arguments of an op: tracing, eager mode and the verifier all come here.
/// \throws Error ShapeMismatch, DTypeMismatch, IndexOutOfBounds or
///         InvalidArgument, naming the op, the shapes and the rule.
Type inferType(OpKind op, std::span<const Type> operands,
               const Attributes &attributes);

/// Every shape that the graph holds has at most this many elements, counting
/// extents of 0 as 1, so that products of extents never overflow.
inline constexpr std::int64_t maxElements = std::int64_t(1) << 58;

/// \throws Error InvalidArgument for negative extents or beyond maxElements.
void checkExtents(std::string_view op, const Shape &shape);

/// NumPy broadcasting of two shapes. \throws Error ShapeMismatch.
Shape broadcastShapes(std::string_view op, const Shape &a, const Shape &b);

/// \p axis of a tensor of \p rank axes as an index from 0.
/// \throws Error IndexOutOfBounds.
std::int64_t normaliseAxis(std::string_view op, std::int64_t axis,
                           std::size_t rank);

} // namespace ferro::graph
