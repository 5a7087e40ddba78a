// Gradients as functions of functions: vjp, grad, value_and_grad.
#pragma once

#include "ferro/Autograd.h"
#include "ferro/Creation.h"
#include "ferro/Error.h"
#include "ferro/TracedModule.h"

#include <tuple>
#include <type_traits>
#include <utility>

namespace ferro {

namespace detail {

template <typename X> using ElementTypeOf = typename IsTensor<X>::Element;

/// An argument as the function will see it: tensors of floats become leaves of
/// their own that share the elements, the rest stays as it is.
template <typename X> decltype(auto) asLeaf(const X &argument) {
  if constexpr (isTensor<X>) {
    Tensor<ElementTypeOf<X>> leaf = argument.detach();
    if constexpr (isFloat(dtypeOf<ElementTypeOf<X>>))
      leaf.requires_grad_();
    return leaf;
  } else {
    return argument;
  }
}

template <typename X> auto onlyTensor(const X &leaf) {
  if constexpr (isTensor<X>)
    return std::tuple<X>(leaf);
  else
    return std::tuple<>();
}

template <typename T> Tensor<T> gradientOrZeros(const Tensor<T> &leaf) {
  return leaf.has_grad() ? leaf.grad() : zeros_like(leaf);
}

} // namespace detail

/// What backward needs of a call: its inputs, no intermediate values. Made by
/// vjp.
template <typename Y, typename... Xs> class Pullback {
public:
  Pullback(Tensor<Y> value, std::tuple<Tensor<Xs>...> leaves)
      : value(std::move(value)), leaves(std::move(leaves)) {}

  /// `result[k] = sum over i of gradient[i] * d value[i] / d argument k`, one
  /// tensor for each tensor argument, of its dtype and shape. Arguments that
  /// the value does not depend on, and integers, get zeros. May be called any
  /// number of times, from one thread at a time.
  /// \throws Error ShapeMismatch unless \p gradient has the value's shape.
  std::tuple<Tensor<Xs>...> operator()(const Tensor<Y> &gradient) const {
    return std::apply(
        [&](auto... leaf) {
          (leaf.zero_grad(), ...);
          if (value.requires_grad())
            value.backward(gradient);
          return std::tuple<Tensor<Xs>...>(detail::gradientOrZeros(leaf)...);
        },
        leaves);
  }

private:
  Tensor<Y> value;
  std::tuple<Tensor<Xs>...> leaves;
};

namespace detail {
template <typename Y, typename... Xs>
Pullback<Y, Xs...> pullbackFrom(Tensor<Y> value,
                                std::tuple<Tensor<Xs>...> leaves) {
  return {std::move(value), std::move(leaves)};
}
inline void checkOneElement(const Shape &shape) {
  if (numel(shape) != 1)
    throw Error(Code::BackwardNonScalar, "grad",
                "the function's value is " + toString(shape) +
                    "; only a value of one element has a gradient, so reduce "
                    "it or use vjp");
}
} // namespace detail

/// Calls \p f, a script, a module or any function of tensors that returns one,
/// and gives its value with the function that takes gradients back to the
/// tensor arguments (the vector-Jacobian product):
///
///   auto [y, pullback] = vjp(model, x, w);
///   auto [dx, dw] = pullback(dy);
///
/// The gradients of \p arguments themselves are left alone.
/// Recording is switched on for the call, also in a NoGrad scope.
/// \throws Error as \p f; InvalidArgument in inference mode.
template <typename F, typename... Arguments>
auto vjp(const F &f, const Arguments &...arguments) {
  EnableGrad scope;
  if (!grad_enabled())
    throw Error(Code::InvalidArgument, "vjp",
                "inference mode is on; nothing is recorded in it");
  auto call = [&](const auto &...leaves) {
    auto value = f(leaves...);
    using Y = detail::ElementTypeOf<decltype(value)>;
    Tensor<Y> plain = value;
    return std::pair(plain.detach(),
                     detail::pullbackFrom(
                         plain, std::tuple_cat(detail::onlyTensor(leaves)...)));
  };
  return call(detail::asLeaf(arguments)...);
}

/// The function that computes \p f, whose value has one element, and its
/// gradients: `auto [loss, gradients] = value_and_grad(f)(x, w)`, where
/// gradients is a tuple with one tensor for each tensor argument.
/// \throws Error BackwardNonScalar if the value has more elements.
template <typename F> auto value_and_grad(F f) {
  return [f = std::move(f)](const auto &...arguments) {
    auto [value, pullback] = vjp(f, arguments...);
    detail::checkOneElement(value.shape());
    return std::pair(value, pullback(ones_like(value)));
  };
}

/// The function that computes the gradients of \p f, whose value has one
/// element, with respect to its tensor arguments: one tensor if there is one
/// such argument, else a tuple.
/// \throws Error BackwardNonScalar if the value has more elements.
template <typename F> auto grad(F f) {
  return [f = value_and_grad(std::move(f))](const auto &...arguments) {
    auto gradients = f(arguments...).second;
    if constexpr (std::tuple_size_v<decltype(gradients)> == 1)
      return std::get<0>(gradients);
    else
      return gradients;
  };
}

} // namespace ferro
