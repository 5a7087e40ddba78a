#include "Products.h"
#include "Themes.h"

#include <algorithm>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;
namespace {

using Swizzle = TensorMap::Swizzle;

/// Where a swizzle puts the byte at \p offset of a box.
std::size_t swizzled(Swizzle swizzle, std::size_t offset) {
  static constexpr std::size_t rows[] = {0, 1, 3, 7};
  return offset ^ (offset >> 7 & rows[int(swizzle)]) << 4;
}

/// Words of a 64 x 40 plane, loaded by boxes 8 rows high and \p width words
/// wide, whose places are (32 x - 5, 8 y - 3) for block (x, y) of 3 x 6.
template <int width, Swizzle swizzle> void loadPlane(Memory &m) {
  for (int block = 0; block < 18; ++block)
    for (int i = 0; i < width * 8; ++i) {
      int x = block % 3 * 32 - 5 + i % width, y = block / 3 * 8 - 3 + i / width;
      bool inside = x >= 0 && x < 64 && y >= 0 && y < 40;
      std::size_t to = swizzled(swizzle, std::size_t(i) * 4) / 4;
      m.at<std::uint32_t>(1)[block * width * 8 + to] =
          inside ? m.at<std::uint32_t>(7)[y * 64 + x] : 0;
    }
}

template <int width, Swizzle swizzle> Case loadCase(const char *note) {
  TensorMap map = {TensorMap::Type::U32, swizzle, {64, 40}, {256}, {width, 8}};
  Case row = {"hopper",
              "tma_load",
              on({3, 6}, {64}, width * 32 + 1024),
              {tensorMap(map, 7), out(U32, 18 * width * 8), u32(width * 8),
               u32(32), u32(8), u32(std::uint32_t(-5)), u32(std::uint32_t(-3)),
               behindMap(in(U32, 64 * 40, Bits))},
              loadPlane<width, swizzle>};
  row.note = note;
  return row;
}

/// Boxes of 16 x 4 floats at (stepX x, stepY y) of a 52 x 18 plane.
template <int gridX, int gridY, int stepX, int stepY, bool add>
void storePlane(Memory &m) {
  for (int block = 0; block < gridX * gridY; ++block)
    for (int i = 0; i < 64; ++i) {
      int x = block % gridX * stepX + i % 16,
          y = block / gridX * stepY + i / 16;
      if (x >= 52 || y >= 18)
        continue;
      float value = m.at<float>(1)[block * 64 + i];
      float &to = m.at<float>(5)[y * 52 + x];
      to = add ? to + value : value;
    }
}

template <int gridX, int gridY, int stepX, int stepY, bool add>
Case storeCase(const char *kernel) {
  TensorMap map = {
      TensorMap::Type::F32, Swizzle::None, {52, 18}, {208}, {16, 4}};
  return {"hopper",
          kernel,
          on({gridX, gridY}, {32}, 256 + 1024),
          {tensorMap(map, 5), in(F32, gridX * gridY * 64, Integers), u32(64),
           u32(stepX), u32(stepY), behindMap(inout(F32, 52 * 18, Integers))},
          storePlane<gridX, gridY, stepX, stepY, add>};
}

void addTensorCopies(std::vector<Case> &cases) {
  cases.push_back(loadCase<32, Swizzle::None>("none"));
  cases.push_back(loadCase<8, Swizzle::B32>("32B"));
  cases.push_back(loadCase<16, Swizzle::B64>("64B"));
  cases.push_back(loadCase<32, Swizzle::B128>("128B"));
  cases.push_back(storeCase<4, 5, 16, 4, false>("tma_store"));
  cases.push_back(storeCase<6, 7, 8, 2, true>("tma_reduce"));
  TensorMap volume = {
      TensorMap::Type::U16, Swizzle::None, {40, 9, 5}, {80, 720}, {8, 3, 2}};
  cases.push_back({"hopper",
                   "tma_load_3d",
                   on({3, 3, 3}, {32}, 96 + 1024),
                   {tensorMap(volume, 3), out(U16, 27 * 48), u32(48),
                    behindMap(in(U16, 40 * 9 * 5, Bits))},
                   [](Memory &m) {
                     for (int block = 0; block < 27; ++block)
                       for (int i = 0; i < 48; ++i) {
                         int x = block % 3 * 8 - 3 + i % 8,
                             y = block / 3 % 3 * 3 + i / 8 % 3,
                             z = block / 9 * 2 - 1 + i / 24;
                         bool inside =
                             x >= 0 && x < 40 && y < 9 && z >= 0 && z < 5;
                         m.at<std::uint16_t>(1)[block * 48 + i] =
                             inside
                                 ? m.at<std::uint16_t>(3)[(z * 9 + y) * 40 + x]
                                 : std::uint16_t(0);
                       }
                   }});
  TensorMap plane = {
      TensorMap::Type::U32, Swizzle::None, {64, 8}, {256}, {32, 8}};
  cases.push_back({"hopper",
                   "tma_multicast",
                   on({4}, {32}, 1024 + 1024, {2}),
                   {tensorMap(plane, 3), out(U32, 1024), u32(256),
                    behindMap(in(U32, 512, Bits))},
                   [](Memory &m) {
                     for (std::uint32_t block = 0; block < 4; ++block)
                       for (std::uint32_t i = 0; i < 256; ++i)
                         m.at<std::uint32_t>(1)[block * 256 + i] =
                             m.at<std::uint32_t>(
                                 3)[i / 32 * 64 + block / 2 * 32 + i % 32] +
                             block % 2;
                   }});
  TensorMap a = {
      TensorMap::Type::F16, Swizzle::B128, {192, 128}, {384}, {64, 64}};
  TensorMap b = {
      TensorMap::Type::F16, Swizzle::B128, {192, 192}, {384}, {64, 64}};
  cases.push_back({"hopper",
                   "wgmma_gemm",
                   on({3, 2}, {128}, 4 * 8192 + 1024),
                   {tensorMap(a, 5), tensorMap(b, 6), out(F32, 128 * 192),
                    u32(192), u32(192), behindMap(in(F16, 128 * 192, Integers)),
                    behindMap(in(F16, 192 * 192, Integers))},
                   [](Memory &m) {
                     Memory factors;
                     factors.buffers = {m.buffers[5], m.buffers[6],
                                        m.buffers[2]};
                     blockProducts<float, 1, 128, 192, 192, F16>(factors);
                     m.buffers[2] = factors.buffers[2];
                   }});
}

} // namespace

void addHopper(std::vector<Case> &cases) {
  cases.push_back({"hopper",
                   "mbarrier_ring",
                   on({1}, {64}),
                   {in(S32, 13 * 32, Bits), out(S32, 32), u32(13)},
                   [](Memory &m) {
                     for (int lane = 0; lane < 32; ++lane) {
                       std::uint32_t sum = 0;
                       for (int i = 0; i < 13; ++i)
                         sum = sum * 5 +
                               m.at<std::uint32_t>(0)[i * 32 + 31 - lane];
                       m.at<std::uint32_t>(1)[lane] = sum;
                     }
                   }});
  cases.push_back({"hopper",
                   "bulk_copy",
                   on({3}, {64}, 4000 + 1024),
                   {in(S32, 3000, Bits), out(S32, 3000), u32(1000)},
                   [](Memory &m) {
                     for (int i = 0; i < 3000; ++i)
                       m.at<std::uint32_t>(1)[i] =
                           m.at<std::uint32_t>(0)[i] * 2 + 1;
                   }});
  cases.push_back({"hopper",
                   "bulk_reduce",
                   on({5}, {256}),
                   {in(S32, 1280, Bits), inout(S32, 256, Integers)},
                   [](Memory &m) {
                     for (int i = 0; i < 1280; ++i)
                       m.at<std::uint32_t>(1)[i % 256] +=
                           m.at<std::uint32_t>(0)[i];
                   }});
  addTensorCopies(cases);
  cases.push_back(
      {"hopper",
       "cluster_ring",
       on({8}, {64}, 0, {4}),
       {in(S32, 512, Integers), out(S32, 512)},
       [](Memory &m) {
         for (int i = 0; i < 512; ++i) {
           int cluster = i / 256 * 256, rank = i / 64 % 4, sum = 0;
           auto x = m.at<std::int32_t>(0);
           for (int t = 0; t < 64; ++t)
             sum += x[cluster + (rank + 3) % 4 * 64 + t];
           m.at<std::int32_t>(1)[i] =
               x[cluster + (rank + 1) % 4 * 64 + 63 - i % 64] * 1000 + sum;
         }
       }});
  cases.push_back({"hopper",
                   "cluster_mailbox",
                   on({6}, {32}, 0, {2}),
                   {in(S32, 192, Bits), out(S32, 192)},
                   [](Memory &m) {
                     for (int i = 0; i < 192; ++i)
                       m.at<std::int32_t>(1)[i] = m.at<std::int32_t>(
                           0)[(i / 32 ^ 1) * 32 + 31 - i % 32];
                   }});
  cases.push_back(
      {"hopper",
       "stmatrix_tile",
       on({1}, {32}),
       {in(U32, 128, Bits), out(U16, 256)},
       [](Memory &m) {
         for (int i = 0; i < 4; ++i)
           for (int t = 0; t < 32; ++t)
             for (int half = 0; half < 2; ++half)
               m.at<std::uint16_t>(1)[(i * 8 + t / 4) * 8 + t % 4 * 2 + half] =
                   std::uint16_t(m.at<std::uint32_t>(0)[i * 32 + t] >>
                                 (16 * half));
       }});
  cases.push_back({"hopper",
                   "elect_one",
                   on({2}, {64}),
                   {in(S32, 128, Integers), out(S32, 128)},
                   [](Memory &m) {
                     for (int i = 0; i < 128; ++i)
                       m.at<std::int32_t>(1)[i] =
                           m.at<std::int32_t>(0)[i] + 100;
                   }});
}

} // namespace ferro::gpucheck
