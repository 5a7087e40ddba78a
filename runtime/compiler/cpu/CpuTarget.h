// What the CPU passes ask of the machine that code is made for.
#pragma once

#include <cstdint>

namespace ferro::cpu {

struct CpuTarget {
  int64_t vectorBytes = 16; ///< of the widest vector register
  bool masks = false;       ///< masked loads and stores of every element size
                            ///< (AVX-512BW and VL)
  bool halves = false;      ///< conversions of f16 in vectors (F16C)

  /// Whether its vectors are those of AVX-512.
  bool isAvx512() const { return masks && vectorBytes == 64; }
  /// How many f32 a vector holds.
  int64_t lanes() const { return vectorBytes / 4; }
};

} // namespace ferro::cpu
