#include "ferro/Adoption.h"

#include "tensor/Record.h"
#include "trace/Tracer.h"

#include "ferro/Error.h"

#include <string>

namespace ferro::detail {

using storage::Storage;

void checkAdoption(DType dtype, const void *first, const Shape &shape) {
  std::int64_t count = 1;
  for (std::int64_t extent : shape)
    if (extent < 0)
      throw Error(Code::InvalidArgument, "adopt",
                  "shape is " + toString(shape) + "; extents are at least 0");
  for (std::int64_t extent : shape)
    if (__builtin_mul_overflow(count, extent, &count))
      throw Error(Code::InvalidArgument, "adopt",
                  "shape is " + toString(shape) +
                      "; there are fewer than 2^63 elements");
  if (count > 0 && !first)
    throw Error(Code::InvalidArgument, "adopt",
                "the address is null and the shape " + toString(shape));
  if (reinterpret_cast<std::uintptr_t>(first) % byteSize(dtype) != 0)
    throw Error(Code::InvalidArgument, "adopt",
                "the address is no multiple of " +
                    std::to_string(byteSize(dtype)) + " bytes, as elements " +
                    std::string(toString(dtype)) + " need");
}

static void releaseOwner(Storage &storage) {
  delete static_cast<std::shared_ptr<void> *>(storage.owner);
}

Handle adopt(DType dtype, void *first, std::size_t bytes, const Shape &shape,
             std::shared_ptr<void> owner) {
  checkAdoption(dtype, first, shape);
  auto storage = std::make_shared<Storage>();
  storage->bytes = static_cast<std::byte *>(first);
  storage->size = bytes;
  storage->owner = new std::shared_ptr<void>(std::move(owner));
  storage->release = releaseOwner;
  Handle handle(new Record());
  Record &record = *handle.get();
  record.dtype = dtype;
  record.shape = shape;
  record.strides = contiguousStrides(shape);
  record.storage = std::move(storage);
  trace::noteCreated(handle);
  return handle;
}

Handle stridedWithin(const Handle &whole, const Shape &shape,
                     const Strides &strides, std::int64_t offset) {
  if (shape.size() != strides.size())
    throw Error(Code::ShapeMismatch, "from_owner",
                "shape is " + toString(shape) + ", strides are " +
                    toString(strides) + "; there is a stride for each axis");
  checkAdoption(whole.get()->dtype, whole.get()->storage->bytes, shape);
  std::int64_t count = whole.get()->shape[0], low = offset, high = offset;
  bool overflows = false;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::int64_t reach = 0;
    overflows |= __builtin_mul_overflow(shape[axis] - 1, strides[axis], &reach);
    std::int64_t &end = reach < 0 ? low : high;
    overflows |= __builtin_add_overflow(end, reach, &end);
  }
  if (numel(shape) > 0 && (overflows || low < 0 || high >= count))
    throw Error(Code::IndexOutOfBounds, "from_owner",
                "elements of shape " + toString(shape) + " with strides " +
                    toString(strides) + " from offset " +
                    std::to_string(offset) + " on leave the " +
                    std::to_string(count) + " elements of the owner");
  Handle view = makeView(*whole.get(), shape, strides, offset);
  trace::noteCreated(view);
  return view;
}

Handle reinterpret(Handle &&tensor, DType dtype) {
  auto refuse = [](Code code, const std::string &text) {
    throw Error(code, "reinterpret", text);
  };
  if (!tensor.get())
    refuse(Code::InvalidArgument, "the tensor is empty");
  const Record &record = *tensor.get();
  if (record.isTraced() || !record.storage)
    refuse(Code::InvalidArgument, "the tensor has no elements");
  if (record.references.load() != 1 || record.storage.use_count() != 1)
    refuse(Code::InvalidArgument,
           "there are other handles of the tensor's memory");
  if (record.requiresGrad)
    refuse(Code::InvalidArgument, "the tensor has a history; detach() it");
  if (dtype == DType::Bool)
    refuse(Code::InvalidArgument,
           "bool has two values, and bytes have more; compare instead");
  if (!record.isContiguous() || record.shape.empty())
    refuse(Code::InvalidArgument,
           "the tensor is " + toString(record.shape) + " with strides " +
               toString(record.strides) +
               "; it has an axis and its elements lie row-major");
  auto from = static_cast<std::int64_t>(byteSize(record.dtype)),
       to = static_cast<std::int64_t>(byteSize(dtype));
  std::int64_t bytes = record.shape.back() * from;
  if (bytes % to != 0)
    refuse(Code::ShapeMismatch,
           "the last axis of " + toString(record.shape) + " has " +
               std::to_string(bytes) + " bytes, no multiple of the " +
               std::to_string(to) + " of " + std::string(toString(dtype)));
  if (reinterpret_cast<std::uintptr_t>(record.bytes()) %
          static_cast<std::uintptr_t>(to) !=
      0)
    refuse(Code::InvalidArgument, "the address is no multiple of " +
                                      std::to_string(to) + " bytes, as " +
                                      std::string(toString(dtype)) + " needs");
  Shape shape = record.shape;
  shape[shape.size() - 1] = bytes / to;
  Handle result = makeView(record, shape, contiguousStrides(shape),
                           record.offset * from / to);
  result.get()->dtype = dtype;
  tensor = Handle();
  return result;
}

Handle addressesOf(const std::vector<Handle> &tensors) {
  Handle result = makeTensor(
      DType::I64, Shape{static_cast<std::int64_t>(tensors.size())}, Device());
  auto *addresses = reinterpret_cast<std::int64_t *>(result.get()->bytes());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Record *record = tensors[i].get();
    if (!record || record->isTraced() || !record->storage ||
        !record->isContiguous())
      throw Error(Code::InvalidArgument, "DeviceVec",
                  "tensor " + std::to_string(i) +
                      " has no row-major elements on the cpu");
    addresses[i] = static_cast<std::int64_t>(
        reinterpret_cast<std::uintptr_t>(record->bytes()));
  }
  trace::noteCreated(result);
  return result;
}

void throwTooManyRanges(std::size_t found, const Shape &shape) {
  throw Error(Code::InvalidArgument, "slice",
              "found " + std::to_string(found) + " ranges, the tensor is " +
                  toString(shape) + "; there is a range for each axis at most");
}

} // namespace ferro::detail
