// Tensors of memory that something else allocated, and other elements in the
// memory of a tensor.
#pragma once

#include "ferro/Ops.h"
#include "ferro/Tensor.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace ferro {

namespace detail {
/// \throws Error InvalidArgument.
FERRO_API void checkAdoption(DType dtype, const void *first,
                             const Shape &shape);
/// A row-major tensor whose storage is \p bytes at \p first and keeps
/// \p owner.
FERRO_API Handle adopt(DType dtype, void *first, std::size_t bytes,
                       const Shape &shape, std::shared_ptr<void> owner);
/// A view of the storage of \p whole, a vector that is all of it.
FERRO_API Handle stridedWithin(const Handle &whole, const Shape &shape,
                               const Strides &strides, std::int64_t offset);
FERRO_API Handle reinterpret(Handle &&tensor, DType dtype);
FERRO_API Handle addressesOf(const std::vector<Handle> &tensors);
[[noreturn]] FERRO_API void throwTooManyRanges(std::size_t found,
                                               const Shape &shape);

template <typename T> std::size_t bytesOf(const Shape &shape) {
  return static_cast<std::size_t>(numel(shape)) * sizeof(T);
}
} // namespace detail

/// A tensor of the row-major elements at \p first, which the tensor owns from
/// now on: when it, its views and the work that uses them are gone, \p release
/// is called with \p first, on whichever thread was the last.
///
/// \throws Error InvalidArgument for a negative extent, and if \p first is null
///         or not aligned as a T; the memory is the caller's then.
template <typename T, std::invocable<T *> Release>
Tensor<T> adopt(T *first, const Shape &shape, Release release) {
  detail::checkAdoption(dtypeOf<T>, first, shape);
  return Tensor<T>(
      detail::adopt(dtypeOf<T>, first, detail::bytesOf<T>(shape), shape,
                    std::shared_ptr<T>(first, std::move(release))));
}

/// A tensor of the row-major elements at \p first, which somebody else owns.
/// The memory has to live until the tensor, its views and the work that uses
/// them are gone; nothing checks that.
///
/// \throws Error InvalidArgument as adopt.
template <typename T> Tensor<T> borrow(T *first, const Shape &shape) {
  return Tensor<T>(detail::adopt(dtypeOf<T>, first, detail::bytesOf<T>(shape),
                                 shape, nullptr));
}

/// A tensor in \p count elements at \p first, which live as long as \p owner
/// has references. The tensor, its views and the work that uses them hold one.
///
/// \param strides in elements; they may be 0 or negative.
/// \param offset of the tensor's first element, in elements.
/// \throws Error InvalidArgument as adopt, ShapeMismatch unless there is a
///         stride for each axis, IndexOutOfBounds if an element would lie
///         outside of [first, first + count).
template <typename T>
Tensor<T> from_owner(std::shared_ptr<void> owner, T *first, std::size_t count,
                     const Shape &shape, const Strides &strides,
                     std::int64_t offset = 0) {
  detail::Handle whole =
      detail::adopt(dtypeOf<T>, first, count * sizeof(T),
                    Shape{static_cast<std::int64_t>(count)}, std::move(owner));
  return Tensor<T>(detail::stridedWithin(whole, shape, strides, offset));
}
/// The same for row-major elements from \p first on.
template <typename T>
Tensor<T> from_owner(std::shared_ptr<void> owner, T *first, std::size_t count,
                     const Shape &shape) {
  return from_owner(std::move(owner), first, count, shape,
                    contiguousStrides(shape));
}

/// The memory of \p tensor as elements of type U; the last axis is longer or
/// shorter by the ratio of the sizes.
///
/// \param tensor the only handle of its memory: others would see elements of
///        another type change.
/// \throws Error InvalidArgument if there are other handles, if the elements
///         are not row-major, if the address is not aligned as a U, if U is
///         bool, or if the tensor is traced or has a history; ShapeMismatch
///         unless the last axis is a multiple of U's size.
template <typename U, typename T> Tensor<U> reinterpret(Tensor<T> &&tensor) {
  return Tensor<U>(detail::reinterpret(
      std::move(static_cast<detail::Handle &>(tensor)), dtypeOf<U>));
}

/// A part of an axis: [start, end).
struct Range {
  std::int64_t start = 0;
  std::int64_t end = toTheEnd;
  static constexpr std::int64_t toTheEnd = INT64_MAX;
};

/// The elements of \p tensor within \p ranges, one for each of the first axes,
/// as a view: `slice(x, {{0, 8}, {2}})`. Views of views are views. A view keeps
/// the memory alive, and sees what is written to it.
///
/// \throws Error InvalidArgument for more ranges than axes, IndexOutOfBounds
///         unless 0 <= start <= end <= extent.
template <typename T>
Tensor<T> slice(const Tensor<T> &tensor, const std::vector<Range> &ranges) {
  if (ranges.size() > tensor.ndim())
    detail::throwTooManyRanges(ranges.size(), tensor.shape());
  Tensor<T> view = tensor;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    auto axis = static_cast<std::int64_t>(i);
    std::int64_t end =
        ranges[i].end == Range::toTheEnd ? tensor.size(axis) : ranges[i].end;
    view = narrow(view, axis, ranges[i].start, end - ranges[i].start);
  }
  return view;
}

/// The addresses of tensors, for kernels that work on a group of them through
/// pointers: a tensor of i64 that keeps them.
template <typename T> class DeviceVec : public Tensor<std::int64_t> {
public:
  /// \throws Error InvalidArgument for a tensor that is empty, traced, without
  ///         elements or not row-major.
  explicit DeviceVec(std::vector<Tensor<T>> of)
      : Tensor(detail::addressesOf({of.begin(), of.end()})),
        held(std::move(of)) {}
  const std::vector<Tensor<T>> &tensors() const { return held; }

private:
  std::vector<Tensor<T>> held;
};

} // namespace ferro
