#include "EmulatorBackend.h"

#include "ferro/Error.h"

#include <stdexcept>

namespace ferro::gpucheck {
namespace {

emulator::Extent extent(const Dim3 &dim) { return {dim.x, dim.y, dim.z}; }

class EmulatorBackend final : public GpuBackend {
  emulator::Emulator device;
  emulator::LaunchOptions options;
  std::string loaded;

public:
  explicit EmulatorBackend(const emulator::LaunchOptions &options)
      : options(options) {}

  std::string description() const override { return "emulator"; }
  std::uint64_t allocate(std::size_t bytes) override {
    // Whole words, as on hardware: clang updates halves in them.
    std::size_t whole = (bytes + 3) / 4 * 4;
    std::uint64_t address = device.allocate(whole);
    const std::uint32_t zero = 0;
    if (whole > bytes)
      device.write(address + whole - 4, &zero, 4);
    return address;
  }
  void release(std::uint64_t address) override { device.release(address); }
  void write(std::uint64_t to, const void *from, std::size_t bytes) override {
    device.write(to, from, bytes);
  }
  void read(void *to, std::uint64_t from, std::size_t bytes) override {
    device.read(to, from, bytes);
  }
  void load(const std::string &ptx) override { device.load(ptx); }
  std::string launch(const Launch &launch,
                     const Parameters &parameters) override {
    emulator::LaunchReport report = device.launch(
        launch.kernel,
        {extent(launch.grid), extent(launch.block), extent(launch.cluster),
         launch.dynamicShared},
        {parameters.all().begin(), parameters.all().end()}, options);
    if (!report.findings.empty())
      throw std::runtime_error(emulator::toText(report.findings));
    return report.printed;
  }
  TensorMapBytes encode(const TensorMap &map, std::uint64_t address) override {
    emulator::TensorMapShape shape;
    shape.type = unsigned(map.type);
    shape.interleave = unsigned(map.interleave);
    shape.swizzle = unsigned(map.swizzle);
    shape.promotion = unsigned(map.promotion);
    shape.fill = unsigned(map.fill);
    shape.sizes = map.sizes;
    shape.strides = map.strides;
    shape.box = map.box;
    shape.elementStrides = map.elementStrides;
    return emulator::Emulator::encode(shape, address);
  }
};

} // namespace

std::unique_ptr<GpuBackend>
makeEmulatorBackend(const emulator::LaunchOptions &options) {
  return std::make_unique<EmulatorBackend>(options);
}

} // namespace ferro::gpucheck
