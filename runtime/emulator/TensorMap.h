// What the 128 bytes of a tensor map say.
#pragma once

#include "ferro/Emulator.h"

#include <cstddef>
#include <cstdint>

namespace ferro::emulator {

struct TensorMap {
  unsigned rank = 0, type = 0, interleave = 0, swizzle = 0, fill = 0;
  std::uint64_t address = 0;
  std::uint64_t sizes[5] = {}, strides[5] = {};
  std::uint32_t box[5] = {}, elementStrides[5] = {};
};

/// Bytes of an element of a CUtensorMapDataType; 0 for an unknown one.
unsigned tensorElementBytes(unsigned type);
TensorMap readTensorMap(const std::byte *bytes);
/// The byte of shared memory at which one lies after swizzling.
std::uint32_t swizzled(std::uint32_t address, unsigned swizzle);

} // namespace ferro::emulator
