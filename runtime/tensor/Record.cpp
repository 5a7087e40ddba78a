#include "tensor/Record.h"

#include "ferro/Error.h"

#include <limits>

namespace ferro::detail {

static std::uint64_t nextId() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

Record::Record() : id(nextId()) {}

bool Record::isContiguous() const {
  std::int64_t dense = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1)
      continue;
    if (shape[i] == 0)
      return true;
    if (strides[i] != dense)
      return false;
    dense *= shape[i];
  }
  return true;
}

void retain(Record *record) noexcept {
  record->references.fetch_add(1, std::memory_order_relaxed);
}

void release(Record *record) noexcept {
  if (record->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete record;
}

static std::size_t checkedBytes(DType dtype, const Shape &shape) {
  auto total = static_cast<std::int64_t>(byteSize(dtype));
  bool empty = false, overflows = false;
  for (std::int64_t extent : shape) {
    if (extent < 0)
      throw Error(Code::InvalidArgument, "tensor",
                  "shape is " + toString(shape) + "; extents are at least 0");
    empty |= extent == 0;
    overflows |= __builtin_mul_overflow(total, extent, &total);
  }
  if (empty)
    return 0;
  if (overflows)
    throw Error(Code::OutOfMemory, "tensor",
                "shape is " + toString(shape) +
                    "; it has more bytes than 63 bits can count");
  return static_cast<std::size_t>(total);
}

Handle makeTensor(DType dtype, const Shape &shape, Device device) {
  std::size_t bytes = checkedBytes(dtype, shape);
  Handle handle(new Record());
  Record &record = *handle.get();
  record.dtype = dtype;
  record.device = device;
  record.shape = shape;
  record.strides = contiguousStrides(shape);
  if (device.kind != DeviceKind::Meta)
    record.storage = storage::allocate(bytes, device);
  return handle;
}

Handle makeView(const Record &record, const Shape &shape,
                const Strides &strides, std::int64_t offset) {
  Handle handle(new Record());
  Record &view = *handle.get();
  view.dtype = record.dtype;
  view.device = record.device;
  view.shape = shape;
  view.strides = strides;
  view.offset = offset;
  view.storage = record.storage;
  return handle;
}

Handle makeAlias(const Record &record) {
  return makeView(record, record.shape, record.strides, record.offset);
}

} // namespace ferro::detail
