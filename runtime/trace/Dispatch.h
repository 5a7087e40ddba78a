// The one way an op is called.
#pragma once

#include "graph/Graph.h"

#include "ferro/Tensor.h"

#include <span>

namespace ferro::trace {

/// Calls \p op: infers the result's type, then records a node if a tracer is
/// current; else views share storage, meta tensors stay without elements, and
/// all other ops run their reference kernel. In grad mode a result of an
/// operand that requires a gradient goes on the tape.
/// \throws Error as inferType and exec::run; InvalidArgument for an empty
///         tensor; DeviceMismatch; TracingError for a traced tensor whose
///         trace has ended.
detail::Handle apply(graph::OpKind op, graph::Attributes attributes,
                     std::span<const detail::Handle> inputs);

} // namespace ferro::trace
