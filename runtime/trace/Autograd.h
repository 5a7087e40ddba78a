// The tape: what made each tensor that requires a gradient, and backward.
#pragma once

#include "graph/Graph.h"
#include "tensor/Record.h"

#include "ferro/Autograd.h"
#include "ferro/Tensor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ferro::trace {
struct Node;
}

namespace ferro::detail {

/// What autograd knows of one tensor that requires a gradient: the place where
/// its gradient arrives. It does not keep the tensor's elements alive.
struct GradientState {
  DType dtype = DType::F32;
  Device device;
  Shape shape;
  std::shared_ptr<trace::Node> node; // what made the tensor; null for a leaf
  std::uint32_t output = 0;          // which of the node's outputs it is

  std::mutex mutex; // guards all below
  Handle gradient;
  bool retain = false; // keep the gradient although this is no leaf
  std::vector<std::pair<std::uint64_t, HookFunction>> hooks;
};

} // namespace ferro::detail

namespace ferro::trace {

using Edge = std::shared_ptr<detail::GradientState>;

/// One recorded operation. The gradients of its outputs go in, those of its
/// inputs come out.
struct Node {
  std::string name;
  graph::Attributes attributes;
  /// Where the gradients go; null for operands that need none.
  std::vector<Edge> inputs;
  std::size_t numOutputs = 1;
  /// The argument has an entry for each output, empty if nothing of it was
  /// used; the result one for each input, of its dtype and shape, empty if it
  /// needs none. Runs with grad mode off, once for each backward that comes by.
  std::function<std::vector<detail::Handle>(
      std::span<const detail::Handle> gradients)>
      backward;

  /// Takes long chains apart without recursion.
  ~Node();
};

/// Whether this thread records operations.
inline bool gradEnabled() { return grad_enabled(); }

/// Whether a guard in the body that is captured keeps operations off the tape.
/// What the mode of the caller does is no part of a graph.
bool bodyDisablesGrad();

/// An operand's elements as backward will need them, without its history.
class SavedTensor {
public:
  SavedTensor() = default;
  explicit SavedTensor(const detail::Handle &tensor);
  /// \param node names the operation in the error.
  /// \throws Error SavedTensorModified if it was written in place meanwhile.
  detail::Handle get(const std::string &node) const;

private:
  detail::Handle tensor;
  std::uint64_t version = 0;
};

/// Where the gradient of each tensor goes; null where none is required.
std::vector<Edge> edgesTo(std::span<const detail::Handle> tensors);

/// Makes \p outputs the outputs of \p node: they require gradients from now on.
void attachNode(std::shared_ptr<Node> node,
                std::span<const detail::Handle> outputs);

/// Puts a call of a table op on the tape if grad mode is on, an operand
/// requires a gradient and the result is a float.
void recordForBackward(graph::OpKind op, const graph::Attributes &attributes,
                       std::span<const detail::Handle> inputs,
                       const detail::Handle &result);

/// Adds the gradients to the leaves that \p tensor was made from.
/// \param gradient empty for a tensor of one element.
/// \throws Error NoGradient, BackwardNonScalar, ShapeMismatch,
///         SavedTensorModified.
void backward(const detail::Handle &tensor, const detail::Handle &gradient,
              int threads = 1);

/// The gradients of \p outputs with respect to \p inputs, leaves or not,
/// without a change to any tensor's own gradient. Empty where an input has no
/// influence.
/// \param gradients of the outputs; empty entries mean zero.
std::vector<detail::Handle>
gradientsOf(std::span<const detail::Handle> outputs,
            std::span<const detail::Handle> gradients,
            std::span<const detail::Handle> inputs);

} // namespace ferro::trace
