// The layout was read off what the driver made of 545 descriptions. As 32-bit
// words: 0-1 the address; 2 the kinds; 3-6 strides in units of 16 bytes, whose
// upper nibbles are word 7; 8-12 sizes less one; 13 element strides less one of
// 3 bits each, and in its upper byte the box' first extent less one; 14 the
// other extents; 16 the bytes of a box; 18 by the swizzle.
#include "emulator/TensorMap.h"

#include "ferro/Error.h"

#include <cstring>

using namespace ferro;
using namespace ferro::emulator;

namespace {

struct ElementType {
  unsigned bytes, code;
  bool floats;
};
constexpr unsigned tf32Bit = 1 << 9;
/// By CUtensorMapDataType; the code is what word 2 says from bit 7 on.
constexpr ElementType elementTypes[] = {
    {1, 0, false},         {2, 1, false}, {4, 2, false}, {4, 3, false},
    {8, 4, false},         {8, 5, false}, {2, 6, true},  {4, 7, true},
    {8, 9, true},          {2, 10, true}, {4, 8, true},  {4, 7 | tf32Bit, true},
    {4, 8 | tf32Bit, true}};
constexpr unsigned types = 13;
/// A box must fit into the shared memory of a block.
constexpr std::uint64_t maximalBoxBytes = 227 * 1024;

[[noreturn]] void refuse(const std::string &text) {
  throw Error(ferro::Code::InvalidArgument, "tensor map", text);
}

std::uint64_t boxBytes(const TensorMapShape &map) {
  std::uint64_t bytes = tensorElementBytes(map.type);
  for (std::size_t i = 0; i < map.box.size(); ++i)
    bytes *= map.box[i] / map.elementStrides[i];
  return bytes;
}

void checkExtents(const TensorMapShape &map, unsigned alignment) {
  std::size_t rank = map.sizes.size();
  if (rank < 1 || rank > 5 || map.strides.size() != rank - 1 ||
      map.box.size() != rank || map.elementStrides.size() != rank)
    refuse("rank " + std::to_string(rank) + " with " +
           std::to_string(map.strides.size()) + " strides and a box of " +
           std::to_string(map.box.size()) +
           "; the rank is 1 to 5, with a stride less");
  for (std::size_t i = 0; i < rank; ++i) {
    if (map.sizes[i] < 1 || map.sizes[i] > 1ull << 32)
      refuse("size " + std::to_string(map.sizes[i]) + " of dimension " +
             std::to_string(i) + "; sizes are 1 to 2^32");
    if (map.box[i] < 1 || map.box[i] > 256)
      refuse("box " + std::to_string(map.box[i]) + " of dimension " +
             std::to_string(i) + "; boxes are 1 to 256");
    if (map.elementStrides[i] < 1 || map.elementStrides[i] > 8)
      refuse("element stride " + std::to_string(map.elementStrides[i]) +
             "; element strides are 1 to 8");
  }
  for (std::uint64_t stride : map.strides)
    if (stride % alignment || stride >= 1ull << 40)
      refuse("stride " + std::to_string(stride) +
             "; strides are multiples of " + std::to_string(alignment) +
             " below 2^40");
}

void check(const TensorMapShape &map, std::uint64_t address) {
  if (map.type >= types || map.swizzle > 3 || map.interleave > 2 ||
      map.promotion > 3 || map.fill > 1)
    refuse("type " + std::to_string(map.type) + ", interleave " +
           std::to_string(map.interleave) + ", swizzle " +
           std::to_string(map.swizzle) + ": not among those of an sm_90");
  unsigned alignment = map.interleave == 2 ? 32 : 16;
  if (address % alignment || address >= 1ull << 57)
    refuse("an address that is no multiple of " + std::to_string(alignment) +
           ", or none");
  checkExtents(map, alignment);
  if (map.interleave && map.sizes.size() < 3)
    refuse("interleaving of rank " + std::to_string(map.sizes.size()) +
           "; it needs 3");
  std::uint64_t inner =
      std::uint64_t(map.box[0]) * elementTypes[map.type].bytes;
  static constexpr unsigned spans[] = {0, 32, 64, 128};
  if (!map.interleave &&
      (inner % 16 || (map.swizzle && inner > spans[map.swizzle])))
    refuse(std::to_string(inner) +
           " bytes of the box' innermost dimension; a multiple of 16 within "
           "the swizzle's " +
           std::to_string(spans[map.swizzle]));
  if (map.fill && !elementTypes[map.type].floats)
    refuse("NaNs to fill integers");
  if (boxBytes(map) > maximalBoxBytes)
    refuse(std::to_string(boxBytes(map)) + " bytes of a box; a block has " +
           std::to_string(maximalBoxBytes));
}

} // namespace

unsigned emulator::tensorElementBytes(unsigned type) {
  return type < types ? elementTypes[type].bytes : 0;
}

std::array<std::byte, 128> Emulator::encode(const TensorMapShape &shape,
                                            std::uint64_t address) {
  TensorMapShape map = shape;
  if (map.elementStrides.empty())
    map.elementStrides.assign(map.sizes.size(), 1);
  check(map, address);
  std::uint32_t words[32] = {};
  words[0] = std::uint32_t(address);
  words[1] = std::uint32_t(address >> 32);
  std::size_t rank = map.sizes.size();
  words[2] = std::uint32_t(rank - 1) << 4 | elementTypes[map.type].code << 7 |
             map.interleave << 11 | map.swizzle << 13 | map.fill << 15 |
             map.promotion << 17;
  for (std::size_t i = 0; i + 1 < rank; ++i) {
    words[3 + i] = std::uint32_t(map.strides[i] >> 4);
    words[7] |= std::uint32_t(map.strides[i] >> 36) << (4 * i);
  }
  for (std::size_t i = 0; i < rank; ++i) {
    words[8 + i] = std::uint32_t(map.sizes[i] - 1);
    words[13] |= (map.elementStrides[i] - 1) << (3 * i);
    if (i == 0)
      words[13] |= (map.box[0] - 1) << 24;
    else
      words[14] |= (map.box[i] - 1) << (8 * (i - 1));
  }
  words[16] = std::uint32_t(boxBytes(map));
  static constexpr std::uint32_t bySwizzle[] = {0x10, 0x100, 0x200, 0x400};
  words[18] = bySwizzle[map.swizzle];
  std::array<std::byte, 128> result;
  std::memcpy(result.data(), words, sizeof words);
  return result;
}

TensorMap emulator::readTensorMap(const std::byte *bytes) {
  std::uint32_t words[32];
  std::memcpy(words, bytes, sizeof words);
  TensorMap map;
  map.address = words[0] | std::uint64_t(words[1]) << 32;
  map.rank = (words[2] >> 4 & 7) + 1;
  unsigned code = (words[2] >> 7 & 15) | (words[2] >> 16 & 1) << 9;
  map.type = types;
  for (unsigned i = 0; i < types; ++i)
    if (elementTypes[i].code == code)
      map.type = i;
  map.interleave = words[2] >> 11 & 3;
  map.swizzle = words[2] >> 13 & 3;
  map.fill = words[2] >> 15 & 1;
  if (map.rank > 5)
    map.type = types;
  for (unsigned i = 0; i < 5; ++i) {
    map.sizes[i] = std::uint64_t(words[8 + i]) + 1;
    map.elementStrides[i] = (words[13] >> (3 * i) & 7) + 1;
    map.box[i] =
        (i == 0 ? words[13] >> 24 : words[14] >> (8 * (i - 1)) & 255) + 1;
    if (i)
      map.strides[i] =
          (words[2 + i] | std::uint64_t(words[7] >> (4 * (i - 1)) & 15) << 32)
          << 4;
  }
  map.strides[0] = tensorElementBytes(map.type);
  // A map that was never encoded is no map.
  if (!map.address || !words[18])
    map.type = types;
  return map;
}

std::uint32_t emulator::swizzled(std::uint32_t address, unsigned swizzle) {
  static constexpr std::uint32_t masks[] = {0, 1, 3, 7};
  return address ^ (address >> 7 & masks[swizzle]) << 4;
}
