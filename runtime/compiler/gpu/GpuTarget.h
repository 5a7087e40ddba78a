// The GPUs that code is made for.
#pragma once

#include "artifact/Request.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ferro::gpu {

struct GpuTarget {
  std::string_view name;    ///< as ptxas spells it: "sm_90a"
  std::string_view version; ///< of PTX, a feature of LLVM: "+ptx86"
  std::int64_t sharedBytes; ///< that a block may have
};

/// Each with the PTX version it needs; the code of `a` targets runs on no
/// other.
inline constexpr GpuTarget gpuTargets[] = {
    {"sm_80", "+ptx80", 163 * 1024},   {"sm_86", "+ptx80", 99 * 1024},
    {"sm_89", "+ptx84", 99 * 1024},    {"sm_90a", "+ptx86", 227 * 1024},
    {"sm_100a", "+ptx86", 227 * 1024}, {"sm_120", "+ptx87", 99 * 1024}};

inline constexpr std::string_view gpuTriple = "nvptx64-nvidia-cuda";

/// The row of \p name; null if there is none.
inline const GpuTarget *findGpuTarget(std::string_view name) {
  for (const GpuTarget &target : gpuTargets)
    if (target.name == name)
      return &target;
  return nullptr;
}

inline artifact::Target requestTarget(const GpuTarget &target) {
  return {std::string(gpuTriple),
          std::string(target.name),
          {std::string(target.version)}};
}

} // namespace ferro::gpu
