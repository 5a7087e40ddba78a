// Where a tensor lives.
#pragma once

#include "ferro/Export.h"

#include <cstdint>
#include <string>

namespace ferro {

enum class DeviceKind : std::uint8_t { Cpu, Cuda, Emulator, Meta };

struct Device {
  DeviceKind kind = DeviceKind::Cpu;
  std::uint8_t index = 0;
  friend bool operator==(Device, Device) = default;
};

inline constexpr Device cpu{};

/// "cpu", "cuda:0" and so on.
FERRO_API std::string toString(Device device);

} // namespace ferro
