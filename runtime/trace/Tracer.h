// Captures op calls as graph nodes instead of running them.
#pragma once

#include "graph/Graph.h"

#include "ferro/Tensor.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ferro::trace {

/// One capture. While a tracer is current on a thread, every op call on that
/// thread becomes a node of its graph, whatever the operands are.
///
/// Operands that the trace did not make itself are concrete tensors: those
/// created during the trace become constants, all others hidden inputs.
struct Tracer {
  graph::Graph graph;
  /// Concrete tensors bound to the inputs after the declared ones, in order.
  std::vector<detail::Handle> hidden;
  /// The trace made random numbers, so its graph is good for one call only
  /// and the numbers enter as hidden inputs.
  bool usesRandomNumbers = false;
  /// The body looked at what no signature holds, such as a captured tensor's
  /// elements, so its graph is good for one call only.
  bool readsValues = false;

  struct Known {
    detail::Handle tensor; // keeps the record, hence its address, alive
    std::uint64_t version;
    graph::ValueId value;
  };
  std::vector<Known> known;
  std::vector<detail::Handle> created;
  /// Records with a smaller id are older than this trace, so they are none of
  /// its values even if they carry its address.
  std::uint64_t firstRecord;

  Tracer();
};

/// The thread's tracer; null while ops run eagerly.
Tracer *&currentTracer();

/// Makes a tracer current, or none, for a scope.
class TracerScope {
public:
  explicit TracerScope(Tracer *tracer) : previous(currentTracer()) {
    currentTracer() = tracer;
  }
  ~TracerScope() { currentTracer() = previous; }
  TracerScope(const TracerScope &) = delete;
  TracerScope &operator=(const TracerScope &) = delete;

private:
  Tracer *previous;
};

/// Appends a node and returns its result as a traced tensor: it has a dtype and
/// a shape but no storage. Where the body disables gradients a detach follows
/// it.
/// \throws Error as inferType does.
detail::Handle record(Tracer &tracer, graph::OpKind op,
                      graph::Attributes attributes,
                      std::span<const detail::Handle> operands);

/// A traced tensor of \p example's dtype, shape and strides, as the graph's
/// next input.
detail::Handle addTracedInput(Tracer &tracer, const detail::Handle &example,
                              std::string name);

/// Makes a concrete tensor the graph's next input, as its next hidden one.
void bindHidden(Tracer &tracer, const detail::Handle &tensor);

/// Creation functions call this while a tracer is current: \p tensor becomes a
/// constant of the graph if it is used, or a hidden input if it is \p random.
void noteCreated(const detail::Handle &tensor, bool random = false);

/// Called when elements, gradients or the identity of a concrete tensor are
/// looked at.
void noteValueRead();

/// The graph value of an operand or output.
graph::ValueId valueOf(Tracer &tracer, const detail::Handle &tensor);

} // namespace ferro::trace
