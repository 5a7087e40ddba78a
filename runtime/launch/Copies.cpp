#include "ferro/Copies.h"

#include "launch/Overlap.h"
#include "tensor/Record.h"
#include "tensor/Strided.h"

#include "ferro/DeviceGraph.h"
#include "ferro/Error.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace ferro::detail {

static void checkConcrete(const char *operation, const Handle &tensor) {
  if (!tensor.get())
    throw Error(Code::InvalidArgument, operation, "the tensor is empty");
  if (tensor.get()->isTraced())
    throw Error(Code::TracingError, operation,
                "the tensor is traced and has no elements");
  if (!tensor.get()->storage)
    throw Error(Code::DeviceMismatch, operation,
                "the tensor is on " + toString(tensor.get()->device) +
                    " and has no elements");
}

static void checkWritable(const char *operation, const Handle &tensor) {
  checkConcrete(operation, tensor);
  const Record &record = *tensor.get();
  if (!cutile::launch::hasDistinctElements(record))
    throw Error(Code::InvalidArgument, operation,
                "the target is " + toString(record.shape) + " with strides " +
                    toString(record.strides) +
                    "; its elements lie in places of their own");
  if (record.requiresGrad)
    throw Error(Code::InvalidArgument, operation,
                "the target requires gradients, which device operations do not "
                "record; detach() it");
}

void checkCopy(const Handle &target, const Handle &source) {
  checkWritable("copy", target);
  checkConcrete("copy", source);
  const Record &to = *target.get(), &from = *source.get();
  if (to.dtype != from.dtype)
    throw Error(Code::DTypeMismatch, "copy",
                "the target is of " + std::string(toString(to.dtype)) +
                    ", the source of " + std::string(toString(from.dtype)));
  if (to.shape != from.shape)
    throw Error(Code::ShapeMismatch, "copy",
                "the target is " + toString(to.shape) + ", the source " +
                    toString(from.shape));
  if (cutile::launch::overlap(to, from))
    throw Error(Code::InvalidArgument, "copy",
                "target and source overlap in memory");
}

void copyElements(const Handle &target, const Handle &source) {
  storage::copyStrided(*source.get(), *target.get());
  target.get()->storage->version.fetch_add(1);
}

namespace {

class CopyStep final : public GraphStep {
public:
  CopyStep(Handle to, Handle from)
      : target(std::move(to)), source(std::move(from)) {}
  void run() override { copyElements(target, source); }
  bool uses(const Handle &tensor) const override {
    return sharesStorage(tensor, target) || sharesStorage(tensor, source);
  }

private:
  Handle target, source;
};

/// A number as it lies in memory.
struct ElementBytes {
  std::array<std::byte, 8> bytes{};
};

class FillStep final : public GraphStep {
public:
  FillStep(Handle to, ElementBytes with)
      : target(std::move(to)), element(with) {}
  void run() override {
    storage::fillStrided(*target.get(), element.bytes.data());
    target.get()->storage->version.fetch_add(1);
  }
  bool uses(const Handle &tensor) const override {
    return sharesStorage(tensor, target);
  }

private:
  Handle target;
  ElementBytes element;
};

} // namespace

static ElementBytes bytesOf(DType dtype, const Number &number) {
  ElementBytes element;
  visit(dtype, [&]<typename T>(T) {
    T value;
    if constexpr (std::is_same_v<T, f16> || std::is_same_v<T, bf16>)
      value = T(static_cast<float>(number.isInteger
                                       ? static_cast<double>(number.integer)
                                       : number.real));
    else if (number.isInteger)
      value = static_cast<T>(number.integer);
    else if (std::is_floating_point_v<T> || std::is_same_v<T, bool> ||
             std::abs(number.real) < 9e18)
      value = static_cast<T>(std::conditional_t < std::is_integral_v<T> &&
                                 !std::is_same_v<T, bool>,
                             std::int64_t, double > (number.real));
    else
      throw Error(Code::InvalidArgument, "fill",
                  "found " + std::to_string(number.real) +
                      ", which 64 bits cannot hold as an integer");
    static_assert(sizeof value <= sizeof element.bytes);
    std::memcpy(element.bytes.data(), &value, sizeof value);
  });
  return element;
}

void fillElements(const Handle &target, Number value) {
  checkWritable("fill", target);
  FillStep(target, bytesOf(target.get()->dtype, value)).run();
}

std::shared_ptr<GraphStep> copyStep(Handle target, Handle source) {
  return std::make_shared<CopyStep>(std::move(target), std::move(source));
}
std::shared_ptr<GraphStep> fillStep(Handle target, Number value) {
  DType dtype = target.get()->dtype;
  return std::make_shared<FillStep>(std::move(target), bytesOf(dtype, value));
}

} // namespace ferro::detail
