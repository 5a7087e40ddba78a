// Operations that move elements, and those that make tensors, lazily.
#pragma once

#include "ferro/Creation.h"
#include "ferro/DeviceOp.h"
#include "ferro/Tensor.h"

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace ferro {

namespace detail {
/// \throws Error ShapeMismatch, DTypeMismatch, InvalidArgument.
FERRO_API void checkCopy(const Handle &target, const Handle &source);
/// Copies elements between memories; checkCopy allows it.
FERRO_API void copyElements(const Handle &target, const Handle &source);
FERRO_API void fillElements(const Handle &target, Number value);
FERRO_API std::shared_ptr<GraphStep> copyStep(Handle target, Handle source);
FERRO_API std::shared_ptr<GraphStep> fillStep(Handle target, Number value);
} // namespace detail

/// See copy().
template <typename T> class [[nodiscard]] CopyOp : public Lazy<CopyOp<T>> {
public:
  using value_type = Tensor<T>;
  static constexpr bool isGraphNode = true;
  CopyOp(Tensor<T> to, Tensor<T> from)
      : target(std::move(to)), source(std::move(from)) {}
  Tensor<T> execute(ExecutionContext &context) {
    detail::checkCopy(target, source);
    detail::copyElements(target, source);
    if (context.is_capturing())
      context.record(detail::copyStep(target, source));
    return std::move(target);
  }

private:
  Tensor<T> target, source;
};

/// See fill().
template <typename T> class [[nodiscard]] FillOp : public Lazy<FillOp<T>> {
public:
  using value_type = Tensor<T>;
  static constexpr bool isGraphNode = true;
  FillOp(Tensor<T> to, detail::Number with)
      : target(std::move(to)), number(with) {}
  Tensor<T> execute(ExecutionContext &context) {
    detail::fillElements(target, number);
    if (context.is_capturing())
      context.record(detail::fillStep(target, number));
    return std::move(target);
  }

private:
  Tensor<T> target;
  detail::Number number;
};

/// Calls \p f; no graph records it. What lazy creation is made of.
template <typename F> class [[nodiscard]] CallOp : public Lazy<CallOp<F>> {
public:
  using value_type = std::remove_cvref_t<std::invoke_result_t<F &>>;
  explicit CallOp(F called) : f(std::move(called)) {}
  value_type execute(ExecutionContext &) { return f(); }

private:
  F f;
};

/// The operations of the device that act on tensors: each is lazy, and gives
/// the tensor it wrote or made. They take no part in traces and gradients.
namespace device_op {

/// Copies the elements of \p source to \p target.
/// \throws Error (when it executes) ShapeMismatch unless the shapes are equal,
///         InvalidArgument if elements of \p target share memory.
template <typename T> CopyOp<T> copy(Tensor<T> target, Tensor<T> source) {
  return {std::move(target), std::move(source)};
}
/// Sets every element of \p target to \p number.
template <typename T, detail::Scalar S>
FillOp<T> fill(Tensor<T> target, S number) {
  return {std::move(target), number};
}
/// A row-major copy of \p source in memory of its own.
template <typename T> auto duplicate(Tensor<T> source) {
  return CallOp([source = std::move(source)] {
    Tensor<T> made = ferro::empty<T>(source.shape(), source.device());
    detail::copyElements(made, source);
    return made;
  });
}
/// The elements of \p source as U.
template <typename U, typename T> auto convert(Tensor<T> source) {
  return CallOp([source = std::move(source)] {
    return source.detach().template to<U>();
  });
}
/// A tensor of the elements of \p values, row-major.
template <typename T> auto from_host(std::vector<T> values, Shape shape) {
  return CallOp([values = std::move(values), shape] {
    return ferro::from_vector(values, shape);
  });
}
/// The elements of \p source, row-major.
template <typename T> auto to_host(Tensor<T> source) {
  return CallOp([source = std::move(source)] { return source.to_vector(); });
}

// Tensors, as the functions of ferro/Creation.h make them.
template <typename T = float> auto empty(Shape shape) {
  return CallOp([shape] { return ferro::empty<T>(shape); });
}
template <typename T = float> auto zeros(Shape shape) {
  return CallOp([shape] { return ferro::zeros<T>(shape); });
}
template <typename T = float> auto ones(Shape shape) {
  return CallOp([shape] { return ferro::ones<T>(shape); });
}
template <typename T = float, detail::Scalar S>
auto full(Shape shape, S number) {
  return CallOp([shape, number] { return ferro::full<T>(shape, number); });
}
template <typename T = float> auto arange(std::int64_t end) {
  return CallOp([end] { return ferro::arange<T>(end); });
}
template <typename T = float>
auto linspace(double start, double end, std::int64_t count) {
  return CallOp([=] { return ferro::linspace<T>(start, end, count); });
}
template <typename T = float>
auto eye(std::int64_t rows, std::int64_t columns) {
  return CallOp([=] { return ferro::eye<T>(rows, columns); });
}
template <typename T = float> auto rand(Shape shape) {
  return CallOp([shape] { return ferro::rand<T>(shape); });
}
template <typename T = float> auto randn(Shape shape) {
  return CallOp([shape] { return ferro::randn<T>(shape); });
}

} // namespace device_op

} // namespace ferro
