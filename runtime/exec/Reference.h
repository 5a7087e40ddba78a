// The reference kernels: plain loops that say what every op means. Eager mode
// runs them, and everything fast is compared with them.
#pragma once

#include "graph/Graph.h"

#include <cstddef>
#include <span>

namespace ferro::exec {

/// Elements in memory; bytes points at the first one, strides count elements.
struct StridedView {
  std::byte *bytes = nullptr;
  DType dtype = DType::F32;
  Shape shape;
  Strides strides;
};

/// \p bytes as a row-major view.
StridedView rowMajor(std::byte *bytes, DType dtype, const Shape &shape);

/// Computes \p op into \p output, whose dtype and shape are what inferType
/// gives. Operands are promoted as the op's dtype rule says; f16, bf16 and f32
/// are computed in float, sums of floats in double, integers wrap around.
/// The output does not overlap an input. Views are copied.
/// \throws Error UnsupportedOp for dtypes that the op has no meaning for and
///         for groups, DivisionByZero for integers.
void run(graph::OpKind op, const graph::Attributes &attributes,
         std::span<const StridedView> inputs, const StridedView &output);

/// Converts \p from to the dtype of \p to, element by element (Formula.h's
/// convert). The shapes are equal.
void copyElements(const StridedView &from, const StridedView &to);

} // namespace ferro::exec
