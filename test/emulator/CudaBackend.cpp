// The CUDA driver API, found at run time, so that neither building nor linking
// needs CUDA. Names and numbers are those of cuda.h.
#include "Backend.h"

#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace ferro::gpucheck {
namespace {

using Result = int;
using Handle = void *;

struct LaunchAttribute {
  int id;
  char padding[4];
  union {
    char bytes[64];
    struct {
      unsigned x, y, z;
    } cluster;
  };
};

struct LaunchConfig {
  unsigned gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes;
  Handle stream;
  LaunchAttribute *attributes;
  unsigned attributeCount;
};

constexpr int clusterDimension = 4; // CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION
constexpr int maxDynamicShared =
    8; // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
constexpr int errorLogBuffer = 5;       // CU_JIT_ERROR_LOG_BUFFER
constexpr int errorLogBytes = 6;        // CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
const auto parameterBuffer = Handle(1); // CU_LAUNCH_PARAM_BUFFER_POINTER
const auto parameterBufferBytes = Handle(2); // CU_LAUNCH_PARAM_BUFFER_SIZE

class Driver {
  Handle library;

public:
  Driver() : library(dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL)) {
    if (!library)
      throw std::runtime_error(std::string("no CUDA driver: ") + dlerror());
  }

  template <typename... Arguments>
  Result status(const char *function, Arguments... arguments) const {
    auto *address = dlsym(library, function);
    if (!address)
      throw std::runtime_error(std::string("the CUDA driver has no ") +
                               function);
    return reinterpret_cast<Result (*)(Arguments...)>(address)(arguments...);
  }

  template <typename... Arguments>
  void call(const char *function, Arguments... arguments) const {
    if (Result result = status(function, arguments...))
      throw std::runtime_error(std::string(function) + ": " + text(result));
  }

  std::string text(Result result) const {
    const char *name = nullptr;
    status("cuGetErrorName", result, &name);
    return name ? name : "error " + std::to_string(result);
  }
};

/// Catches what device code prints: the driver writes it to standard output.
class CapturedOutput {
  int kept;
  std::FILE *file;

public:
  CapturedOutput() : kept(dup(STDOUT_FILENO)), file(std::tmpfile()) {
    std::fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
  }
  ~CapturedOutput() {
    restore();
    std::fclose(file);
  }
  CapturedOutput(const CapturedOutput &) = delete;
  CapturedOutput &operator=(const CapturedOutput &) = delete;

  std::string text() {
    std::fflush(stdout);
    std::string result(lseek(fileno(file), 0, SEEK_END), '\0');
    if (pread(fileno(file), result.data(), result.size(), 0) < 0)
      result.clear();
    return result;
  }

private:
  void restore() {
    std::fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
  }
};

class CudaBackend final : public GpuBackend {
  Driver driver;
  int device = 0;
  Handle context = nullptr;
  Handle module = nullptr;

public:
  CudaBackend() {
    driver.call("cuInit", 0u);
    driver.call("cuDeviceGet", &device, 0);
    driver.call("cuDevicePrimaryCtxRetain", &context, device);
    driver.call("cuCtxSetCurrent", context);
  }

  ~CudaBackend() override {
    if (module)
      driver.status("cuModuleUnload", module);
    driver.status("cuDevicePrimaryCtxRelease_v2", device);
  }

  std::string description() const override {
    char name[256] = {};
    driver.call("cuDeviceGetName", name, 256, device);
    int version = 0;
    driver.call("cuDriverGetVersion", &version);
    return std::string(name) + ", CUDA " + std::to_string(version / 1000) +
           "." + std::to_string(version % 1000 / 10);
  }

  std::uint64_t allocate(std::size_t bytes) override {
    std::uint64_t address = 0;
    driver.call("cuMemAlloc_v2", &address, bytes);
    return address;
  }
  void release(std::uint64_t address) override {
    driver.call("cuMemFree_v2", address);
  }
  void write(std::uint64_t to, const void *from, std::size_t bytes) override {
    driver.call("cuMemcpyHtoD_v2", to, from, bytes);
  }
  void read(void *to, std::uint64_t from, std::size_t bytes) override {
    driver.call("cuMemcpyDtoH_v2", to, from, bytes);
  }

  void load(const std::string &ptx) override {
    if (module)
      driver.call("cuModuleUnload", std::exchange(module, nullptr));
    std::vector<char> log(4096);
    int options[] = {errorLogBuffer, errorLogBytes};
    Handle values[] = {log.data(), Handle(log.size())};
    if (Result result = driver.status("cuModuleLoadDataEx", &module,
                                      Handle(ptx.c_str()), 2u, options, values))
      throw std::runtime_error("cuModuleLoadDataEx: " + driver.text(result) +
                               ": " + log.data());
  }

  std::string launch(const Launch &launch,
                     std::span<const std::byte> parameters) override {
    Handle function = nullptr;
    driver.call("cuModuleGetFunction", &function, module,
                launch.kernel.c_str());
    if (launch.dynamicShared > 48 * 1024)
      driver.call("cuFuncSetAttribute", function, maxDynamicShared,
                  int(launch.dynamicShared));
    LaunchAttribute cluster = {};
    cluster.id = clusterDimension;
    cluster.cluster = {launch.cluster.x, launch.cluster.y, launch.cluster.z};
    LaunchConfig config = {launch.grid.x,
                           launch.grid.y,
                           launch.grid.z,
                           launch.block.x,
                           launch.block.y,
                           launch.block.z,
                           launch.dynamicShared,
                           nullptr,
                           &cluster,
                           launch.cluster.count() > 1 ? 1u : 0u};
    std::size_t bytes = parameters.size();
    Handle extra[] = {parameterBuffer, Handle(parameters.data()),
                      parameterBufferBytes, &bytes, nullptr};
    CapturedOutput output;
    driver.call("cuLaunchKernelEx", &config, function, Handle(nullptr),
                static_cast<Handle *>(extra));
    driver.call("cuCtxSynchronize");
    return output.text();
  }

  std::array<std::byte, 128> encode(const TensorMap &map,
                                    std::uint64_t address) override {
    alignas(64) std::array<std::byte, 128> bits = {};
    std::vector<std::uint32_t> elementStrides(map.sizes.size(), 1);
    driver.call("cuTensorMapEncodeTiled", bits.data(), int(map.type),
                unsigned(map.sizes.size()), Handle(address), map.sizes.data(),
                map.strides.data(), map.box.data(),
                static_cast<const std::uint32_t *>(elementStrides.data()),
                /*interleave=*/0, int(map.swizzle), /*l2Promotion=*/0,
                /*outOfBoundsFill=*/0);
    return bits;
  }
};

} // namespace

std::unique_ptr<GpuBackend> makeCudaBackend() {
  return std::make_unique<CudaBackend>();
}

} // namespace ferro::gpucheck
