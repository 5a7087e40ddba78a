#include "tensor/Strided.h"

#include <cstring>

namespace ferro::storage {

// Copies the sub-tensor of the axes from axis on and moves to behind it.
static void copyFrom(const detail::Record &record, std::size_t axis,
                     const std::byte *from, std::byte *&to) {
  std::size_t size = byteSize(record.dtype);
  if (axis == record.shape.size()) {
    std::memcpy(to, from, size);
    to += size;
    return;
  }
  auto step = record.strides[axis] * static_cast<std::int64_t>(size);
  for (std::int64_t i = 0; i < record.shape[axis]; ++i)
    copyFrom(record, axis + 1, from + i * step, to);
}

void copyToContiguous(const detail::Record &record, std::byte *to) {
  std::int64_t count = numel(record.shape);
  if (count == 0)
    return;
  if (record.isContiguous())
    std::memcpy(to, record.bytes(),
                static_cast<std::size_t>(count) * byteSize(record.dtype));
  else
    copyFrom(record, 0, record.bytes(), to);
}

} // namespace ferro::storage
