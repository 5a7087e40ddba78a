// Tensor<T>: a thin typed handle over a shared record.
#pragma once

#include "ferro/DType.h"
#include "ferro/Device.h"
#include "ferro/Export.h"
#include "ferro/Shape.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ferro {

namespace detail {
struct Record;
FERRO_API void retain(Record *record) noexcept;
FERRO_API void release(Record *record) noexcept;

/// Counts a record's references. Copying a handle shares the tensor.
class Handle {
public:
  Handle() = default;
  /// Adopts \p record, whose count already includes this handle.
  explicit Handle(Record *record) noexcept : record(record) {}
  Handle(const Handle &other) noexcept : record(other.record) {
    if (record)
      retain(record);
  }
  Handle(Handle &&other) noexcept : record(std::exchange(other.record, nullptr)) {}
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
} // namespace detail

} // namespace ferro
