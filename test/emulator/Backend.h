// What a case needs from a device: memory, a module of PTX, a launch. The
// emulator is one, the CUDA driver another; cases cannot tell them apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ferro::gpucheck {

struct Dim3 {
  std::uint32_t x = 1, y = 1, z = 1;
  std::uint64_t count() const { return std::uint64_t(x) * y * z; }
};

struct Launch {
  std::string kernel;
  Dim3 grid, block, cluster;
  std::uint32_t dynamicShared = 0;
};

/// The arguments of a launch, laid out as PTX lays out a kernel's parameters:
/// each at a multiple of its alignment.
class Parameters {
  std::vector<std::byte> bytes;
  std::vector<std::size_t> offsets;

public:
  void add(const void *data, std::size_t size, std::size_t alignment) {
    offsets.push_back((bytes.size() + alignment - 1) / alignment * alignment);
    bytes.resize(offsets.back());
    auto *from = static_cast<const std::byte *>(data);
    bytes.insert(bytes.end(), from, from + size);
  }
  std::span<const std::byte> all() const { return bytes; }
  /// Where each parameter starts.
  std::span<const std::size_t> starts() const { return offsets; }
};

/// A tiled tensor map, innermost dimension first. Enumerators have the numbers
/// of cuda.h.
struct TensorMap {
  enum class Type {
    U8,
    U16,
    U32,
    S32,
    U64,
    S64,
    F16,
    F32,
    F64,
    BF16,
    F32Ftz,
    TF32,
    TF32Ftz,
    U4Align8,
    U4Align16,
    U6Align16
  };
  enum class Swizzle {
    None,
    B32,
    B64,
    B128,
    B128Atom32,
    B128Atom32Flip8,
    B128Atom64
  };
  enum class Interleave { None, B16, B32 };
  enum class Promotion { None, B64, B128, B256 };
  enum class Fill { Zeros, NaN };
  Type type = Type::F32;
  Swizzle swizzle = Swizzle::None;
  /// In elements; as many as the map has dimensions.
  std::vector<std::uint64_t> sizes;
  /// In bytes, of every dimension but the innermost.
  std::vector<std::uint64_t> strides;
  std::vector<std::uint32_t> box;
  /// None stands for ones.
  std::vector<std::uint32_t> elementStrides = {};
  Interleave interleave = Interleave::None;
  Promotion promotion = Promotion::None;
  Fill fill = Fill::Zeros;
};

using TensorMapBytes = std::array<std::byte, 128>;

class GpuBackend {
public:
  virtual ~GpuBackend() = default;
  virtual std::string description() const = 0;
  virtual std::uint64_t allocate(std::size_t bytes) = 0;
  virtual void release(std::uint64_t address) = 0;
  virtual void write(std::uint64_t to, const void *from, std::size_t bytes) = 0;
  virtual void read(void *to, std::uint64_t from, std::size_t bytes) = 0;
  /// Replaces the module that \c launch looks kernels up in.
  virtual void load(const std::string &ptx) = 0;
  /// Runs a kernel to its end.
  /// \returns what the kernel printed.
  /// \throws std::runtime_error for whatever the device refuses or traps on.
  virtual std::string launch(const Launch &launch,
                             const Parameters &parameters) = 0;
  /// \throws std::runtime_error for a map that the device's rules forbid.
  virtual TensorMapBytes encode(const TensorMap &map,
                                std::uint64_t address) = 0;
};

/// The CUDA driver's first device; throws std::runtime_error without one.
std::unique_ptr<GpuBackend> makeCudaBackend();

} // namespace ferro::gpucheck
