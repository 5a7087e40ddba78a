// Tensors from nothing, from numbers and from memory.
//
// All throw Error InvalidArgument for a negative extent, OutOfMemory, and
// DeviceUnavailable. On the meta device a tensor has a dtype and a shape but no
// elements: operations on it only infer.
#pragma once

#include "ferro/Ops.h"
#include "ferro/Tensor.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace ferro {

inline constexpr Device meta_device{DeviceKind::Meta, 0};

namespace detail {
FERRO_API Handle makeEmpty(DType dtype, const Shape &shape, Device device);
FERRO_API Handle makeFull(DType dtype, const Shape &shape, Number value,
                          Device device);
/// \p count elements at \p from, row-major.
FERRO_API Handle makeFrom(DType dtype, const Shape &shape, const void *from,
                          std::size_t count, Device device);
FERRO_API Handle makeEye(DType dtype, std::int64_t rows, std::int64_t columns,
                         Device device);
/// start + i * step for \p count elements.
FERRO_API Handle makeRange(DType dtype, Number start, Number step,
                           std::int64_t count, Device device);
FERRO_API Handle makeLinspace(DType dtype, double start, double end,
                              std::int64_t count, Device device);
enum class Distribution : std::uint8_t { Uniform, Normal };
FERRO_API Handle makeRandom(DType dtype, const Shape &shape,
                            Distribution distribution, Device device);
/// \throws Error InvalidArgument unless step leads from start to end.
FERRO_API std::int64_t rangeCount(Number start, Number end, Number step);
[[noreturn]] FERRO_API void throwRagged(std::size_t expected,
                                        std::size_t found);
} // namespace detail

/// Elements with whatever the memory holds.
template <typename T = float>
Tensor<T> empty(const Shape &shape, Device device = {}) {
  return Tensor<T>(detail::makeEmpty(dtypeOf<T>, shape, device));
}
/// A tensor without elements, for inference.
template <typename T = float> Tensor<T> meta(const Shape &shape) {
  return empty<T>(shape, meta_device);
}
template <typename T = float, detail::Scalar S>
Tensor<T> full(const Shape &shape, S value, Device device = {}) {
  return Tensor<T>(detail::makeFull(dtypeOf<T>, shape, value, device));
}
template <typename T = float>
Tensor<T> zeros(const Shape &shape, Device device = {}) {
  return full<T>(shape, 0, device);
}
template <typename T = float>
Tensor<T> ones(const Shape &shape, Device device = {}) {
  return full<T>(shape, 1, device);
}
/// One element and no axes.
template <typename T = float, detail::Scalar S>
Tensor<T> scalar(S value, Device device = {}) {
  return full<T>(Shape{}, value, device);
}

/// A copy of \p values, row-major.
/// \throws Error ShapeMismatch unless there are as many as \p shape has.
template <typename T>
Tensor<T> from_span(std::span<const T> values, const Shape &shape,
                    Device device = {}) {
  return Tensor<T>(detail::makeFrom(dtypeOf<T>, shape, values.data(),
                                    values.size(), device));
}
template <typename T>
Tensor<T> from_vector(const std::vector<T> &values, const Shape &shape,
                      Device device = {}) {
  if constexpr (std::same_as<T, bool>) { // vector<bool> has no elements
    std::unique_ptr<bool[]> copy(new bool[values.size()]);
    for (std::size_t i = 0; i < values.size(); ++i)
      copy[i] = values[i];
    return from_span(std::span<const bool>(copy.get(), values.size()), shape,
                     device);
  } else {
    return from_span(std::span<const T>(values), shape, device);
  }
}
/// A vector of all \p values.
template <typename T>
Tensor<T> from_vector(const std::vector<T> &values, Device device = {}) {
  return from_vector(values, Shape{static_cast<std::int64_t>(values.size())},
                     device);
}

/// `tensor<float>({1, 2, 3})`, `tensor<float>({{1, 2}, {3, 4}})` and three
/// deep.
/// \throws Error ShapeMismatch where rows differ in length.
template <typename T = float>
Tensor<T> tensor(std::initializer_list<T> values, Device device = {}) {
  return from_span(std::span<const T>(values.begin(), values.size()),
                   Shape{static_cast<std::int64_t>(values.size())}, device);
}
template <typename T = float>
Tensor<T> tensor(std::initializer_list<std::initializer_list<T>> rows,
                 Device device = {}) {
  std::size_t columns = rows.size() ? rows.begin()->size() : 0, next = 0;
  std::unique_ptr<T[]> values(new T[rows.size() * columns]);
  for (const auto &row : rows) {
    if (row.size() != columns)
      detail::throwRagged(columns, row.size());
    for (const T &value : row)
      values[next++] = value;
  }
  return from_span(std::span<const T>(values.get(), next),
                   Shape{static_cast<std::int64_t>(rows.size()),
                         static_cast<std::int64_t>(columns)},
                   device);
}
template <typename T = float>
Tensor<T>
tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>>
           planes,
       Device device = {}) {
  std::size_t rows = planes.size() ? planes.begin()->size() : 0;
  std::vector<Tensor<T>> parts;
  for (const auto &plane : planes) {
    if (plane.size() != rows)
      detail::throwRagged(rows, plane.size());
    parts.push_back(unsqueeze(tensor<T>(plane, device), 0));
  }
  return parts.empty() ? empty<T>({0, 0, 0}, device) : cat(parts, 0);
}

/// Ones on the diagonal of a matrix.
template <typename T = float>
Tensor<T> eye(std::int64_t rows, std::int64_t columns, Device device = {}) {
  return Tensor<T>(detail::makeEye(dtypeOf<T>, rows, columns, device));
}
template <typename T = float> Tensor<T> eye(std::int64_t size) {
  return eye<T>(size, size);
}
/// start, start + step, ... as long as end is not reached.
template <typename T = float, detail::Scalar S, detail::Scalar E,
          detail::Scalar P = int>
Tensor<T> arange(S start, E end, P step = 1, Device device = {}) {
  return Tensor<T>(detail::makeRange(
      dtypeOf<T>, start, step, detail::rangeCount(start, end, step), device));
}
/// 0, 1, ... below end.
template <typename T = float, detail::Scalar E> Tensor<T> arange(E end) {
  return arange<T>(0, end);
}
/// \p count values evenly from start to end, both included.
template <typename T = float>
Tensor<T> linspace(double start, double end, std::int64_t count,
                   Device device = {}) {
  return Tensor<T>(detail::makeLinspace(dtypeOf<T>, start, end, count, device));
}

/// Restarts the process's generator. The numbers that follow are the same on
/// every machine for the same sequence of calls: Philox 4x32-10 (Salmon et al.,
/// "Parallel random numbers: as easy as 1, 2, 3", SC 2011), keyed by the seed.
FERRO_API void manual_seed(std::uint64_t seed);
/// Uniform in [0, 1). T is a float.
template <typename T = float>
Tensor<T> rand(const Shape &shape, Device device = {}) {
  static_assert(isFloat(dtypeOf<T>), "random numbers are floats");
  return Tensor<T>(detail::makeRandom(dtypeOf<T>, shape,
                                      detail::Distribution::Uniform, device));
}
/// Normal with mean 0 and standard deviation 1. T is a float.
template <typename T = float>
Tensor<T> randn(const Shape &shape, Device device = {}) {
  static_assert(isFloat(dtypeOf<T>), "random numbers are floats");
  return Tensor<T>(detail::makeRandom(dtypeOf<T>, shape,
                                      detail::Distribution::Normal, device));
}

// --- with the shape, dtype and device of another tensor
template <typename T> Tensor<T> empty_like(const Tensor<T> &x) {
  return empty<T>(x.shape(), x.device());
}
template <typename T, detail::Scalar S>
Tensor<T> full_like(const Tensor<T> &x, S value) {
  return full<T>(x.shape(), value, x.device());
}
template <typename T> Tensor<T> zeros_like(const Tensor<T> &x) {
  return zeros<T>(x.shape(), x.device());
}
template <typename T> Tensor<T> ones_like(const Tensor<T> &x) {
  return ones<T>(x.shape(), x.device());
}
template <typename T> Tensor<T> rand_like(const Tensor<T> &x) {
  return rand<T>(x.shape(), x.device());
}
template <typename T> Tensor<T> randn_like(const Tensor<T> &x) {
  return randn<T>(x.shape(), x.device());
}

} // namespace ferro
