// The tensor operations, by the names of Ops.def, which says what each
// computes.
//
// Operands broadcast as in NumPy and are promoted as ferro::promote says. A C++
// number may stand for a tensor: it takes the tensor's dtype, unless a float
// meets integers (f32) or an integer meets truth values (i64). All operations
// throw Error ShapeMismatch, DTypeMismatch, DeviceMismatch, IndexOutOfBounds or
// InvalidArgument where the arguments do not fit.
#pragma once

#include "ferro/Tensor.h"

#include <initializer_list>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace ferro {

namespace detail {

// The element type of a result, by the dtype rule of the op's row.
template <typename... Ts> struct PromotedOf;
template <typename T> struct PromotedOf<T> {
  using type = T;
};
template <typename T, typename U, typename... Rest>
struct PromotedOf<T, U, Rest...> : PromotedOf<Promoted<T, U>, Rest...> {};
template <typename... Ts>
using PromoteElement = typename PromotedOf<std::remove_cv_t<Ts>...>::type;
template <typename... Ts> using FloatElement = Floating<PromoteElement<Ts...>>;
template <typename...> using CompareElement = bool;
template <typename...> using LogicElement = bool;
template <typename X, typename Y, typename Z>
using SelectElement = Promoted<Y, Z>;

// The element type of a reduction: integers are summed and multiplied in i64.
template <typename T>
using SumElement = std::conditional_t<isFloat(dtypeOf<T>), T, std::int64_t>;
template <typename T> using ProdElement = SumElement<T>;
template <typename T> using MeanElement = Floating<T>;
template <typename T> using AmaxElement = T;
template <typename T> using AminElement = T;

/// The ops without types. Their results have the dtypes of the rows' rules.
namespace ops {
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  FERRO_API Handle name(const Handle &x);
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  FERRO_API Handle name(const Handle &x, const Handle &y);
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  FERRO_API Handle name(const Handle &x, const Handle &y, const Handle &z);
#define FERRO_Reduction(name)                                                  \
  FERRO_API Handle name(const Handle &x, const Dims &axes, bool keepdim);
#define FERRO_Normalisation(name)                                              \
  FERRO_API Handle name(const Handle &x, std::int64_t axis);
#define FERRO_MatrixProduct(name)                                              \
  FERRO_API Handle name(const Handle &x, const Handle &y);
#define FERRO_View(name)
#define FERRO_Movement(name)
#define FERRO_Literal(name)
#define FERRO_Group(name)
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)                                  \
  FERRO_##family(name)
#include "ferro/Ops.def"
#undef FERRO_Reduction
#undef FERRO_Normalisation
#undef FERRO_MatrixProduct
#undef FERRO_View
#undef FERRO_Movement
#undef FERRO_Literal
#undef FERRO_Group

FERRO_API Handle linear(const Handle &x, const Handle &weight,
                        const Handle &bias);
FERRO_API Handle reshape(const Handle &x, const Dims &shape);
FERRO_API Handle view(const Handle &x, const Dims &shape);
FERRO_API Handle flatten(const Handle &x, std::int64_t start, std::int64_t end);
FERRO_API Handle squeeze(const Handle &x, std::int64_t axis);
FERRO_API Handle unsqueeze(const Handle &x, std::int64_t axis);
FERRO_API Handle transpose(const Handle &x, std::int64_t axis0,
                           std::int64_t axis1);
FERRO_API Handle transpose2d(const Handle &x);
FERRO_API Handle permute(const Handle &x, const Dims &axes);
FERRO_API Handle expand(const Handle &x, const Dims &shape);
FERRO_API Handle narrow(const Handle &x, std::int64_t axis, std::int64_t start,
                        std::int64_t length);
FERRO_API Handle contiguous(const Handle &x);
FERRO_API Handle cat(std::span<const Handle> tensors, std::int64_t axis);
FERRO_API std::vector<Handle> split(const Handle &x, std::int64_t size,
                                    std::int64_t axis);
FERRO_API std::vector<Handle> chunk(const Handle &x, std::int64_t chunks,
                                    std::int64_t axis);
} // namespace ops

template <typename T>
std::vector<Tensor<T>> typed(std::vector<Handle> handles) {
  std::vector<Tensor<T>> tensors;
  tensors.reserve(handles.size());
  for (Handle &handle : handles)
    tensors.emplace_back(std::move(handle));
  return tensors;
}

} // namespace detail

// --- one function for each row of an element-wise op, reduction, normalisation
//     or matrix product
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  template <typename T>                                                        \
  Tensor<detail::dtypes##Element<T>> name(const Tensor<T> &x) {                \
    return Tensor<detail::dtypes##Element<T>>(detail::ops::name(x));           \
  }
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  template <typename T, typename U>                                            \
  Tensor<detail::dtypes##Element<T, U>> name(const Tensor<T> &x,               \
                                             const Tensor<U> &y) {             \
    return Tensor<detail::dtypes##Element<T, U>>(detail::ops::name(x, y));     \
  }                                                                            \
  template <typename T, detail::Scalar S> auto name(const Tensor<T> &x, S y) { \
    return name(x, detail::besides(x, y));                                     \
  }                                                                            \
  template <detail::Scalar S, typename T> auto name(S x, const Tensor<T> &y) { \
    return name(detail::besides(y, x), y);                                     \
  }
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  template <typename T, typename U, typename V>                                \
  Tensor<detail::dtypes##Element<T, U, V>> name(                               \
      const Tensor<T> &x, const Tensor<U> &y, const Tensor<V> &z) {            \
    return Tensor<detail::dtypes##Element<T, U, V>>(                           \
        detail::ops::name(x, y, z));                                           \
  }
#define FERRO_Reduction(Id, name)                                              \
  template <typename T>                                                        \
  Tensor<detail::Id##Element<T>> name(                                         \
      const Tensor<T> &x, const Dims &axes = {}, bool keepdim = false) {       \
    return Tensor<detail::Id##Element<T>>(                                     \
        detail::ops::name(x, axes, keepdim));                                  \
  }
#define FERRO_Normalisation(Id, name)                                          \
  template <typename T>                                                        \
  Tensor<Floating<T>> name(const Tensor<T> &x, std::int64_t axis = -1) {       \
    return Tensor<Floating<T>>(detail::ops::name(x, axis));                    \
  }
#define FERRO_MatrixProduct(Id, name)                                          \
  template <typename T>                                                        \
  Tensor<T> name(const Tensor<T> &x, const Tensor<T> &y) {                     \
    return Tensor<T>(detail::ops::name(x, y));                                 \
  }
#define FERRO_View(Id, name)
#define FERRO_Movement(Id, name)
#define FERRO_Literal(Id, name)
#define FERRO_Group(Id, name)
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)                                  \
  FERRO_##family(Id, name)
#include "ferro/Ops.def"
#undef FERRO_Reduction
#undef FERRO_Normalisation
#undef FERRO_MatrixProduct
#undef FERRO_View
#undef FERRO_Movement
#undef FERRO_Literal
#undef FERRO_Group

// --- operators
template <typename T, typename U>
auto operator+(const Tensor<T> &x, const Tensor<U> &y) {
  return add(x, y);
}
template <typename T, typename U>
auto operator-(const Tensor<T> &x, const Tensor<U> &y) {
  return sub(x, y);
}
template <typename T, typename U>
auto operator*(const Tensor<T> &x, const Tensor<U> &y) {
  return mul(x, y);
}
template <typename T, typename U>
auto operator/(const Tensor<T> &x, const Tensor<U> &y) {
  return div(x, y);
}
template <typename T, detail::Scalar S>
auto operator+(const Tensor<T> &x, S y) {
  return add(x, y);
}
template <typename T, detail::Scalar S>
auto operator-(const Tensor<T> &x, S y) {
  return sub(x, y);
}
template <typename T, detail::Scalar S>
auto operator*(const Tensor<T> &x, S y) {
  return mul(x, y);
}
template <typename T, detail::Scalar S>
auto operator/(const Tensor<T> &x, S y) {
  return div(x, y);
}
template <detail::Scalar S, typename T>
auto operator+(S x, const Tensor<T> &y) {
  return add(x, y);
}
template <detail::Scalar S, typename T>
auto operator-(S x, const Tensor<T> &y) {
  return sub(x, y);
}
template <detail::Scalar S, typename T>
auto operator*(S x, const Tensor<T> &y) {
  return mul(x, y);
}
template <detail::Scalar S, typename T>
auto operator/(S x, const Tensor<T> &y) {
  return div(x, y);
}
template <typename T> auto operator-(const Tensor<T> &x) { return neg(x); }

// --- element-wise ops with numbers

/// Limits x to the range from low to high.
template <typename T, detail::Scalar L, detail::Scalar H>
auto clamp(const Tensor<T> &x, L low, H high) {
  return clamp(x, detail::besides(x, low), detail::besides(x, high));
}
template <typename T, detail::Scalar S>
auto where(const Tensor<bool> &condition, const Tensor<T> &y, S z) {
  return where(condition, y, detail::besides(y, z));
}
template <detail::Scalar S, typename T>
auto where(const Tensor<bool> &condition, S y, const Tensor<T> &z) {
  return where(condition, detail::besides(z, y), z);
}
/// x with \p value where \p mask is true.
template <typename T, detail::Scalar S>
Tensor<T> masked_fill(const Tensor<T> &x, const Tensor<bool> &mask, S value) {
  return where(mask, static_cast<T>(value), x);
}

enum class Approximation : std::uint8_t {
  None,    ///< the error function
  Tanh,    ///< `gelu_tanh`
  Sigmoid, ///< `gelu_sigmoid`
};

/// gelu, gelu_tanh or gelu_sigmoid.
template <typename T>
Tensor<Floating<T>> gelu(const Tensor<T> &x, Approximation approximation) {
  switch (approximation) {
  case Approximation::None:
    return gelu(x);
  case Approximation::Tanh:
    return gelu_tanh(x);
  case Approximation::Sigmoid:
    return gelu_sigmoid(x);
  }
  __builtin_unreachable();
}

// --- reductions along one axis
template <typename T>
auto sum_dim(const Tensor<T> &x, std::int64_t axis, bool keepdim = false) {
  return sum(x, Dims{axis}, keepdim);
}
template <typename T>
auto mean_dim(const Tensor<T> &x, std::int64_t axis, bool keepdim = false) {
  return mean(x, Dims{axis}, keepdim);
}

// --- linear layers

/// x [..., K] times the transpose of weight [N, K], plus bias [N].
template <typename T>
Tensor<T> linear(const Tensor<T> &x, const Tensor<T> &weight,
                 const Tensor<T> &bias) {
  return Tensor<T>(detail::ops::linear(x, weight, bias));
}
/// The same with a bias that may be absent.
template <typename T>
Tensor<T>
linear_fused(const Tensor<T> &x, const Tensor<T> &weight,
             const std::type_identity_t<std::optional<Tensor<T>>> &bias = {}) {
  return bias ? linear(x, weight, *bias) : linear(x, weight);
}

// --- shape

/// The same elements in row-major order; one extent may be -1. It is a view
/// where the strides allow it, else a copy.
template <typename T> Tensor<T> reshape(const Tensor<T> &x, const Dims &shape) {
  return Tensor<T>(detail::ops::reshape(x, shape));
}
/// reshape that never copies. \throws Error InvalidArgument if it would.
template <typename T> Tensor<T> view(const Tensor<T> &x, const Dims &shape) {
  return Tensor<T>(detail::ops::view(x, shape));
}
/// Joins the axes start to end, which is included.
template <typename T>
Tensor<T> flatten(const Tensor<T> &x, std::int64_t start = 0,
                  std::int64_t end = -1) {
  return Tensor<T>(detail::ops::flatten(x, start, end));
}
/// Drops an axis of extent 1.
template <typename T> Tensor<T> squeeze(const Tensor<T> &x, std::int64_t axis) {
  return Tensor<T>(detail::ops::squeeze(x, axis));
}
/// Inserts an axis of extent 1.
template <typename T>
Tensor<T> unsqueeze(const Tensor<T> &x, std::int64_t axis) {
  return Tensor<T>(detail::ops::unsqueeze(x, axis));
}
template <typename T>
Tensor<T> transpose(const Tensor<T> &x, std::int64_t axis0,
                    std::int64_t axis1) {
  return Tensor<T>(detail::ops::transpose(x, axis0, axis1));
}
/// The transpose of a matrix. \throws Error ShapeMismatch unless its rank is 2.
template <typename T> Tensor<T> transpose_2d(const Tensor<T> &x) {
  return Tensor<T>(detail::ops::transpose2d(x));
}
template <typename T> Tensor<T> permute(const Tensor<T> &x, const Dims &axes) {
  return Tensor<T>(detail::ops::permute(x, axes));
}
/// Swaps the two middle axes: [batch, tokens, heads, width], as a projection
/// gives it, becomes [batch, heads, tokens, width], as attention takes it, and
/// back. \throws Error as permute does unless its rank is 4.
template <typename T> Tensor<T> permute_0213(const Tensor<T> &x) {
  return permute(x, {0, 2, 1, 3});
}
/// Repeats axes of extent 1 without a copy; -1 keeps an extent.
template <typename T> Tensor<T> expand(const Tensor<T> &x, const Dims &shape) {
  return Tensor<T>(detail::ops::expand(x, shape));
}
/// The slice [start, start + length) of an axis, as a view.
template <typename T>
Tensor<T> narrow(const Tensor<T> &x, std::int64_t axis, std::int64_t start,
                 std::int64_t length) {
  return Tensor<T>(detail::ops::narrow(x, axis, start, length));
}
/// x itself if its elements lie row-major, else a copy in which they do.
template <typename T> Tensor<T> contiguous(const Tensor<T> &x) {
  return Tensor<T>(detail::ops::contiguous(x));
}
/// Floats round to nearest even; into integers they truncate toward zero.
template <typename U, typename T> Tensor<U> cast(const Tensor<T> &x) {
  return Tensor<U>(detail::castTo(x, dtypeOf<U>));
}
/// The same elements; no gradient passes through.
template <typename T> Tensor<T> detach(const Tensor<T> &x) {
  return x.detach();
}

/// Joins tensors along an axis.
template <typename T>
Tensor<T> cat(std::span<const Tensor<T>> tensors, std::int64_t axis = 0) {
  // A Tensor<T> is a Handle and nothing more.
  static_assert(sizeof(Tensor<T>) == sizeof(detail::Handle));
  return Tensor<T>(detail::ops::cat(
      std::span(static_cast<const detail::Handle *>(tensors.data()),
                tensors.size()),
      axis));
}
template <typename T>
Tensor<T> cat(std::initializer_list<Tensor<T>> tensors, std::int64_t axis = 0) {
  return cat(std::span<const Tensor<T>>(tensors.begin(), tensors.size()), axis);
}
template <typename T>
Tensor<T> cat(const std::vector<Tensor<T>> &tensors, std::int64_t axis = 0) {
  return cat(std::span<const Tensor<T>>(tensors), axis);
}
/// Views of at most \p size elements of \p axis each; the last may be shorter.
template <typename T>
std::vector<Tensor<T>> split(const Tensor<T> &x, std::int64_t size,
                             std::int64_t axis = 0) {
  return detail::typed<T>(detail::ops::split(x, size, axis));
}
/// At most \p chunks views of equal extent; the last may be shorter.
template <typename T>
std::vector<Tensor<T>> chunk(const Tensor<T> &x, std::int64_t chunks,
                             std::int64_t axis = 0) {
  return detail::typed<T>(detail::ops::chunk(x, chunks, axis));
}

} // namespace ferro
