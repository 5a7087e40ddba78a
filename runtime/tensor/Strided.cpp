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

/// The bytes of a row-major \p record.
static std::size_t bytesOf(const detail::Record &record) {
  return static_cast<std::size_t>(numel(record.shape)) * byteSize(record.dtype);
}

static void copyBetween(const detail::Record &from, const detail::Record &to,
                        std::size_t axis, const std::byte *source,
                        std::byte *target) {
  auto size = static_cast<std::int64_t>(byteSize(from.dtype));
  if (axis == from.shape.size()) {
    std::memcpy(target, source, byteSize(from.dtype));
    return;
  }
  for (std::int64_t i = 0; i < from.shape[axis]; ++i)
    copyBetween(from, to, axis + 1, source + i * from.strides[axis] * size,
                target + i * to.strides[axis] * size);
}

void copyStrided(const detail::Record &from, const detail::Record &to) {
  if (numel(from.shape) == 0)
    return;
  if (from.isContiguous() && to.isContiguous())
    std::memcpy(to.bytes(), from.bytes(), bytesOf(from));
  else
    copyBetween(from, to, 0, from.bytes(), to.bytes());
}

static void fillFrom(const detail::Record &record, std::size_t axis,
                     std::byte *target, const std::byte *element) {
  std::size_t size = byteSize(record.dtype);
  if (axis == record.shape.size()) {
    std::memcpy(target, element, size);
    return;
  }
  auto step = record.strides[axis] * static_cast<std::int64_t>(size);
  for (std::int64_t i = 0; i < record.shape[axis]; ++i)
    fillFrom(record, axis + 1, target + i * step, element);
}

void fillStrided(const detail::Record &record, const std::byte *element) {
  if (numel(record.shape) != 0)
    fillFrom(record, 0, record.bytes(), element);
}

} // namespace ferro::storage
