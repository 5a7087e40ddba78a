// Tensor<T>: a thin typed handle over a shared record.
#pragma once

#include "ferro/DType.h"
#include "ferro/Device.h"
#include "ferro/Export.h"
#include "ferro/Shape.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ferro {

template <typename T> class Tensor;
template <typename T> class TensorPartition;
template <typename T> class Result;

namespace detail {
struct Record;
FERRO_API void retain(Record *record) noexcept;
FERRO_API void release(Record *record) noexcept;

/// Counts a record's references. Copying a handle shares the tensor.
class Handle {
public:
  Handle() = default;
  /// Adopts \p adopted, whose count already includes this handle.
  explicit Handle(Record *adopted) noexcept : record(adopted) {}
  Handle(const Handle &other) noexcept : record(other.record) {
    if (record)
      retain(record);
  }
  Handle(Handle &&other) noexcept
      : record(std::exchange(other.record, nullptr)) {}
  Handle &operator=(Handle other) noexcept {
    std::swap(record, other.record);
    return *this;
  }
  ~Handle() {
    if (record)
      release(record);
  }
  Record *get() const noexcept { return record; }

private:
  Record *record = nullptr;
};

/// A C++ number that may stand where a tensor stands.
template <typename S>
concept Scalar =
    std::is_arithmetic_v<S> || std::same_as<S, f16> || std::same_as<S, bf16>;

/// The element type a number of type S takes beside a Tensor<T>: T, unless a
/// float meets integers (f32) or an integer meets truth values (i64).
template <typename T, Scalar S>
using ScalarElement = std::conditional_t<
    !std::is_integral_v<S> && !isFloat(dtypeOf<T>), float,
    std::conditional_t<std::is_integral_v<S> && !std::same_as<S, bool> &&
                           std::same_as<T, bool>,
                       std::int64_t, T>>;

/// A number on its way to becoming a tensor, without loss.
struct Number {
  bool isInteger = true;
  std::int64_t integer = 0;
  double real = 0;

  template <Scalar S> Number(S value) {
    if constexpr (std::is_integral_v<S>) {
      integer = static_cast<std::int64_t>(value);
    } else {
      isInteger = false;
      real = static_cast<double>(value);
    }
  }
};

/// A gradient hook with its type erased.
struct HookFunction {
  std::shared_ptr<void> context;
  Handle (*call)(void *context, const Handle &gradient) = nullptr;
};

// The bodies of Tensor<T>'s members.
FERRO_API Handle checkDType(Handle handle, DType dtype);
FERRO_API const Shape &shapeOf(const Handle &tensor);
FERRO_API const Strides &stridesOf(const Handle &tensor);
FERRO_API std::int64_t offsetOf(const Handle &tensor);
FERRO_API std::int64_t extentOf(const Handle &tensor, std::int64_t axis);
FERRO_API Device deviceOf(const Handle &tensor);
FERRO_API std::uint64_t idOf(const Handle &tensor);
FERRO_API bool isContiguous(const Handle &tensor);
FERRO_API bool isTraced(const Handle &tensor);
FERRO_API bool sharesStorage(const Handle &a, const Handle &b);
/// The elements, which must lie row-major. \throws Error as Tensor::data.
FERRO_API const void *elementsOf(const Handle &tensor, const char *member);
FERRO_API void *mutableElementsOf(const Handle &tensor);
FERRO_API void copyOut(const Handle &tensor, void *to);
FERRO_API void copyItem(const Handle &tensor, void *to);
FERRO_API Handle toDevice(const Handle &tensor, Device device);
FERRO_API Handle clone(const Handle &tensor);
FERRO_API Handle detached(const Handle &tensor);
FERRO_API Handle castTo(const Handle &tensor, DType dtype);
FERRO_API bool requiresGrad(const Handle &tensor);
FERRO_API bool isLeaf(const Handle &tensor);
FERRO_API void setRequiresGrad(const Handle &tensor, bool value);
FERRO_API void retainGrad(const Handle &tensor);
FERRO_API bool hasGrad(const Handle &tensor);
FERRO_API Handle gradOf(const Handle &tensor);
FERRO_API void setGrad(const Handle &tensor, const Handle &gradient);
FERRO_API void zeroGrad(const Handle &tensor);
/// \param gradient empty for a result of one element.
FERRO_API void backward(const Handle &tensor, const Handle &gradient,
                        int threads);
FERRO_API std::uint64_t addHook(const Handle &tensor, HookFunction hook);
FERRO_API bool removeHook(const Handle &tensor, std::uint64_t hook);
FERRO_API void addInPlace(const Handle &self, const Handle &other);
FERRO_API void subInPlace(const Handle &self, const Handle &other);
FERRO_API void mulInPlace(const Handle &self, const Handle &other);
FERRO_API void divInPlace(const Handle &self, const Handle &other);
FERRO_API void clampInPlace(const Handle &self, const Handle &low,
                            const Handle &high);
FERRO_API void fillInPlace(const Handle &self, Number value);
FERRO_API void copyInPlace(const Handle &self, const Handle &other);
/// A tensor without axes, on the device of \p beside.
FERRO_API Handle scalarBeside(const Handle &beside, DType dtype, Number value);
FERRO_API std::string format(const Handle &tensor);
FERRO_API std::ostream &print(std::ostream &stream, const Handle &tensor);

/// \p value as a tensor that can stand beside \p tensor.
template <typename T, Scalar S>
Tensor<ScalarElement<T, S>> besides(const Tensor<T> &tensor, S value) {
  using Element = ScalarElement<T, S>;
  return Tensor<Element>(scalarBeside(tensor, dtypeOf<Element>, value));
}
} // namespace detail

/// Names a registered gradient hook.
enum class HookId : std::uint64_t {};

/// A tensor of elements of type T with up to maxRank axes.
///
/// It is a shared handle: copies, views and `detach` see the same elements.
/// The default-constructed tensor is empty; every operation on it throws
/// Error InvalidArgument. While a script is traced its tensors have a dtype and
/// a shape but no elements; asking for elements throws
/// Error DataDependentControlFlow.
template <typename T> class Tensor : public detail::Handle {
public:
  using value_type = T;

  Tensor() = default;
  /// \throws Error DTypeMismatch unless the record's dtype is T's.
  explicit Tensor(detail::Handle handle)
      : Handle(detail::checkDType(std::move(handle), dtypeOf<T>)) {}

  /// False for a default-constructed tensor.
  bool defined() const { return get() != nullptr; }
  const Shape &shape() const { return detail::shapeOf(*this); }
  /// The extent of \p axis; negative axes count from the end.
  std::int64_t size(std::int64_t axis) const {
    return detail::extentOf(*this, axis);
  }
  std::size_t ndim() const { return shape().size(); }
  std::int64_t numel() const { return ferro::numel(shape()); }
  /// In elements, as offset().
  const Strides &strides() const { return detail::stridesOf(*this); }
  std::int64_t offset() const { return detail::offsetOf(*this); }
  Device device() const { return detail::deviceOf(*this); }
  static constexpr DType dtype() { return dtypeOf<T>; }
  /// Unique in the process; copies of a handle have the same.
  std::uint64_t id() const { return detail::idOf(*this); }
  /// Whether the elements lie row-major without gaps.
  bool is_contiguous() const { return detail::isContiguous(*this); }
  /// Whether a tensor is a placeholder of a trace, without elements.
  bool is_traced() const { return detail::isTraced(*this); }
  /// Whether both are views of the same memory.
  bool shares_storage(const Handle &other) const {
    return detail::sharesStorage(*this, other);
  }

  /// The elements in row-major order, without a copy.
  /// \throws Error InvalidArgument unless is_contiguous();
  ///         DataDependentControlFlow in a trace.
  std::span<const T> data() const {
    return {static_cast<const T *>(detail::elementsOf(*this, "data")),
            static_cast<std::size_t>(numel())};
  }
  /// The same for writing; counts as an in-place write.
  std::span<T> mutable_data() {
    return {static_cast<T *>(detail::mutableElementsOf(*this)),
            static_cast<std::size_t>(numel())};
  }
  /// A row-major copy of the elements, whatever the strides.
  std::vector<T> to_vector() const {
    if constexpr (std::same_as<T, bool>) { // vector<bool> has no elements
      std::unique_ptr<bool[]> copy(new bool[static_cast<std::size_t>(numel())]);
      detail::copyOut(*this, copy.get());
      return std::vector<bool>(copy.get(), copy.get() + numel());
    } else {
      std::vector<T> copy(static_cast<std::size_t>(numel()));
      detail::copyOut(*this, copy.data());
      return copy;
    }
  }
  /// The only element. \throws Error ShapeMismatch unless numel() is 1;
  /// DataDependentControlFlow in a trace.
  T item() const {
    T value{};
    detail::copyItem(*this, &value);
    return value;
  }

  /// This tensor on \p device; the same one if it is there already.
  /// \throws Error DeviceUnavailable.
  Tensor to(Device device) const {
    return Tensor(detail::toDevice(*this, device));
  }
  Tensor cpu() const { return to(Device{}); }
  /// The elements converted to U (the op `cast`).
  template <typename U> Tensor<U> to() const {
    return Tensor<U>(detail::castTo(*this, dtypeOf<U>));
  }
  /// A row-major copy in memory of its own; gradients pass through.
  Tensor clone() const { return Tensor(detail::clone(*this)); }
  /// The same elements without history: no gradient passes through.
  Tensor detach() const { return Tensor(detail::detached(*this)); }

  /// This tensor divided into tiles, for the blocks of a kernel to write.
  /// \param tile one to three extents, one for each axis; the tiles at the far
  ///        edges may be cut.
  /// \throws Error ShapeMismatch, InvalidArgument.
  TensorPartition<T> partition(const Dims &tile) const;
  /// The same for kernels whose grid covers only the first tiles of an axis.
  TensorPartition<T> partition_prefix(const Dims &tile) const;
  /// partition with its error as a value.
  Result<TensorPartition<T>> try_partition(const Dims &tile) const;

  bool requires_grad() const { return detail::requiresGrad(*this); }
  /// Whether no recorded operation made this tensor.
  bool is_leaf() const { return detail::isLeaf(*this); }
  /// Asks for gradients of this leaf, or no longer.
  /// \throws Error InvalidArgument for integers and for results of operations.
  Tensor &requires_grad_(bool value = true) {
    detail::setRequiresGrad(*this, value);
    return *this;
  }
  /// Keeps the gradient of a tensor that is not a leaf.
  void retain_grad() const { detail::retainGrad(*this); }
  bool has_grad() const { return detail::hasGrad(*this); }
  /// The gradient that backward accumulated. \throws Error NoGradient.
  Tensor grad() const { return Tensor(detail::gradOf(*this)); }
  /// \throws Error ShapeMismatch unless the shapes are equal.
  void set_grad(const Tensor &gradient) { detail::setGrad(*this, gradient); }
  /// Drops the gradient: has_grad() is false afterwards.
  void zero_grad() { detail::zeroGrad(*this); }

  /// Adds the gradients of this one-element result to its leaves.
  /// \throws Error BackwardNonScalar, NoGradient, SavedTensorModified.
  void backward() const { detail::backward(*this, Handle(), 1); }
  /// The same with the gradient of some later result with respect to this.
  /// \throws Error ShapeMismatch unless the shapes are equal.
  void backward(const Tensor &gradient) const {
    detail::backward(*this, gradient, 1);
  }
  /// backward on \p threads threads; the gradients have the same bits.
  void backward_parallel(int threads) const {
    detail::backward(*this, Handle(), threads);
  }
  void backward_parallel(const Tensor &gradient, int threads) const {
    detail::backward(*this, gradient, threads);
  }

  /// Calls \p hook with this tensor's gradient once it is complete. A hook may
  /// return a Tensor<T> that replaces the gradient, or nothing.
  /// \throws Error NoGradient unless requires_grad().
  template <typename F> HookId register_hook(F hook) const {
    auto call = [](void *context, const Handle &gradient) -> Handle {
      F &function = *static_cast<F *>(context);
      Tensor typed{gradient};
      if constexpr (std::is_void_v<std::invoke_result_t<F &, Tensor &>>) {
        function(typed);
        return gradient;
      } else {
        return function(typed);
      }
    };
    return static_cast<HookId>(
        detail::addHook(*this, {std::make_shared<F>(std::move(hook)), call}));
  }
  /// False if there is no such hook.
  bool remove_hook(HookId hook) const {
    return detail::removeHook(*this, static_cast<std::uint64_t>(hook));
  }

  // In-place forms write into this tensor's elements, which views share. They
  // throw Error InvalidArgument on leaves that require gradients, unless the
  // grad mode is off; Error TracingError in a trace; Error DTypeMismatch where
  // the op's result is not a Tensor<T>.
  template <typename U> Tensor &add_(const Tensor<U> &other) {
    detail::addInPlace(*this, other);
    return *this;
  }
  template <typename U> Tensor &sub_(const Tensor<U> &other) {
    detail::subInPlace(*this, other);
    return *this;
  }
  template <typename U> Tensor &mul_(const Tensor<U> &other) {
    detail::mulInPlace(*this, other);
    return *this;
  }
  template <typename U> Tensor &div_(const Tensor<U> &other) {
    detail::divInPlace(*this, other);
    return *this;
  }
  template <detail::Scalar S> Tensor &add_(S other) {
    return add_(detail::besides(*this, other));
  }
  template <detail::Scalar S> Tensor &sub_(S other) {
    return sub_(detail::besides(*this, other));
  }
  template <detail::Scalar S> Tensor &mul_(S other) {
    return mul_(detail::besides(*this, other));
  }
  template <detail::Scalar S> Tensor &div_(S other) {
    return div_(detail::besides(*this, other));
  }
  template <detail::Scalar L, detail::Scalar H> Tensor &clamp_(L low, H high) {
    detail::clampInPlace(*this, detail::besides(*this, low),
                         detail::besides(*this, high));
    return *this;
  }
  template <detail::Scalar S> Tensor &fill_(S value) {
    detail::fillInPlace(*this, value);
    return *this;
  }
  Tensor &zero_() { return fill_(0); }
  /// Takes the elements of \p other, broadcast to this shape.
  Tensor &copy_(const Tensor &other) {
    detail::copyInPlace(*this, other);
    return *this;
  }
};

/// `tensor([[1., 2.],\n        [3., 4.]], dtype=f32)`, as NumPy prints arrays;
/// tensors of more than 1000 elements are summarised.
template <typename T> std::string toString(const Tensor<T> &tensor) {
  return detail::format(tensor);
}
template <typename T>
std::ostream &operator<<(std::ostream &stream, const Tensor<T> &tensor) {
  return detail::print(stream, tensor);
}

} // namespace ferro

#include "ferro/Partition.h"
