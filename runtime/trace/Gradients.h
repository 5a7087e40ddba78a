// The derivatives of the table's ops.
#pragma once

#include "graph/Graph.h"

#include "ferro/Tensor.h"

#include <cstdint>
#include <span>
#include <vector>

namespace ferro::trace {

/// Which values the gradients of some operands of an op are made of.
struct SavedValues {
  std::uint32_t operands = 0; // a bit for each
  bool result = false;
};

/// What has to be saved so that the operands in \p wanted (a bit for each) can
/// have gradients.
SavedValues savedValues(graph::OpKind op, std::size_t numOperands,
                        std::uint32_t wanted);

/// A recorded call of a table op.
struct RecordedCall {
  graph::OpKind op;
  graph::Attributes attributes;
  std::vector<graph::Type> types;       // of the operands
  std::vector<detail::Handle> operands; // empty where not saved
  detail::Handle result;                // empty if not saved
};

/// The gradients of the operands in \p wanted, of their dtypes and shapes, from
/// the gradient \p g of the result. Empty for an operand that has none.
std::vector<detail::Handle> gradientsOfCall(const RecordedCall &call,
                                            const detail::Handle &g,
                                            std::uint32_t wanted);

/// The sum of two gradients of one tensor.
detail::Handle addGradients(const detail::Handle &a, const detail::Handle &b);

} // namespace ferro::trace
