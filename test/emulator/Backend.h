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

/// A tiled tensor map, innermost dimension first.
struct TensorMap {
  /// The numbers of CUtensorMapDataType and CUtensorMapSwizzle.
  enum class Type {
    U8 = 0,
    U16 = 1,
    U32 = 2,
    S32 = 3,
    F16 = 6,
    F32 = 7,
    BF16 = 9
  };
  enum class Swizzle { None = 0, B32 = 1, B64 = 2, B128 = 3 };
  Type type = Type::F32;
  Swizzle swizzle = Swizzle::None;
  std::vector<std::uint64_t> sizes;
  /// In bytes, of every dimension but the innermost.
  std::vector<std::uint64_t> strides;
  std::vector<std::uint32_t> box;
};

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
  /// Runs a kernel to its end. \p parameters has the layout of PTX parameters.
  /// \returns what the kernel printed.
  /// \throws std::runtime_error for whatever the device refuses or traps on.
  virtual std::string launch(const Launch &launch,
                             std::span<const std::byte> parameters) = 0;
  virtual std::array<std::byte, 128> encode(const TensorMap &map,
                                            std::uint64_t address) = 0;
};

/// The CUDA driver's first device; throws std::runtime_error without one.
std::unique_ptr<GpuBackend> makeCudaBackend();

} // namespace ferro::gpucheck
