// The untyped record behind every Tensor<T>.
#pragma once

#include "ferro/DType.h"
#include "ferro/Device.h"
#include "ferro/Shape.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace ferro::graph {
struct ValueId;
}

namespace ferro::tensor {

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

} // namespace ferro::tensor

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
  Strides strides;       // in elements
  std::int64_t offset = 0; // in elements
  std::shared_ptr<tensor::Storage> storage;
  TracedValue traced;
  std::shared_ptr<GradientState> gradient; // null until needed
  std::shared_ptr<ModuleState> module;     // scripts' results only
  std::uint64_t id;                        // unique in the process

  Record();
  bool isTraced() const { return traced.tracer != nullptr; }
  bool isContiguous() const;
  std::byte *bytes() const { return storage->bytes + offset * static_cast<std::int64_t>(byteSize(dtype)); }
};

} // namespace ferro::detail
