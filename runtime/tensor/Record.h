// The untyped record behind every Tensor<T>.
#pragma once

#include "ferro/DType.h"
#include "ferro/Device.h"
#include "ferro/Shape.h"
#include "ferro/Tensor.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

// The folder's namespace is `storage` because `tensor` is a public function.
namespace ferro::storage {

/// Bytes shared by a tensor and its views. version counts in-place writes.
struct Storage {
  std::byte *bytes = nullptr;
  std::size_t size = 0;
  Device device;
  std::atomic<std::uint64_t> version{0};
  void (*release)(Storage &) = nullptr; // gives bytes back
  void *owner = nullptr;                // for release
  ~Storage() {
    if (release)
      release(*this);
  }
};

/// A row-major allocation from the device's caching allocator, 64-byte aligned.
/// \throws Error OutOfMemory.
std::shared_ptr<Storage> allocate(std::size_t bytes, Device device = {});

/// What the caching allocator holds; units are bytes.
struct AllocatorStats {
  std::size_t cached = 0; // free blocks kept for reuse
  std::size_t limit = 0;  // FERRO_ALLOCATOR_LIMIT, default 1 GiB
};
AllocatorStats allocatorStats();
/// Gives all free blocks back to the system.
void emptyAllocatorCache();

} // namespace ferro::storage

namespace ferro::detail {

/// What a traced tensor is to its tracer (trace/Tracer.h); a record that has
/// one has no storage.
struct TracedValue {
  void *tracer = nullptr;
  std::uint32_t value = ~0u;
};

/// What autograd knows of a tensor (trace/Autograd.h).
struct GradientState;
/// What a script's result carries: the module that made it (api/Module.h).
struct ModuleState;

struct Record {
  std::atomic<std::uint32_t> references{1};
  DType dtype = DType::F32;
  Device device;
  bool requiresGrad = false;
  Shape shape;
  Strides strides;         // in elements
  std::int64_t offset = 0; // in elements
  std::shared_ptr<storage::Storage> storage;
  TracedValue traced;
  std::shared_ptr<GradientState> gradient; // set if requiresGrad, not traced
  std::shared_ptr<ModuleState> module;     // scripts' results only
  std::uint64_t id;                        // unique in the process

  Record();
  bool isTraced() const { return traced.tracer != nullptr; }
  /// Whether the elements lie row-major; axes of extent 1 have no say.
  bool isContiguous() const;
  std::byte *bytes() const {
    return storage->bytes + offset * static_cast<std::int64_t>(byteSize(dtype));
  }
};

/// A new row-major tensor; its elements are not initialised, and on the meta
/// device it has none.
/// \throws Error InvalidArgument for a negative extent, OutOfMemory,
///         DeviceUnavailable.
Handle makeTensor(DType dtype, const Shape &shape, Device device = {});

/// A tensor without history that shares the storage of \p record.
/// \param offset in elements, from the storage's first.
Handle makeView(const Record &record, const Shape &shape,
                const Strides &strides, std::int64_t offset);

/// A tensor without history: the same elements.
Handle makeAlias(const Record &record);

} // namespace ferro::detail
