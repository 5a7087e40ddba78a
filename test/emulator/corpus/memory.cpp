#include "Themes.h"

namespace ferro::gpucheck {
using enum Element;
using enum Generator;

void addMemory(std::vector<Case> &cases) {
  cases.push_back(
      {"memory",
       "transpose_tiled",
       on({3, 2}, {32, 8}),
       {in(F32, 70 * 50, Bits), out(F32, 70 * 50), u32(70), u32(50)},
       [](Memory &m) {
         for (int y = 0; y < 50; ++y)
           for (int x = 0; x < 70; ++x)
             m.at<std::uint32_t>(1)[x * 50 + y] =
                 m.at<std::uint32_t>(0)[y * 70 + x];
       }});
  cases.push_back({"memory",
                   "transpose_bytes",
                   on({2}, {256}),
                   {in(U8, 2048, Bits), out(U8, 2048)},
                   [](Memory &m) {
                     for (int i = 0; i < 2048; ++i)
                       m.at<std::uint8_t>(1)[i] = m.at<std::uint8_t>(
                           0)[i / 1024 * 1024 + i % 32 * 32 + i / 32 % 32];
                   }});
  cases.push_back({"memory",
                   "copy_vectors",
                   on({2}, {64}),
                   {in(F32, 512, Bits), out(F32, 512), in(F64, 256, Bits),
                    out(F64, 256), in(S16, 384, Bits), out(S16, 384)},
                   [](Memory &m) {
                     for (int i = 0; i < 128; ++i) {
                       for (int k = 0; k < 4; ++k)
                         m.at<std::uint32_t>(1)[i * 4 + k] =
                             m.at<std::uint32_t>(0)[i * 4 + 3 - k];
                       for (int k = 0; k < 2; ++k)
                         m.at<std::uint64_t>(3)[i * 2 + k] =
                             m.at<std::uint64_t>(2)[i * 2 + 1 - k];
                       for (int k = 0; k < 3; ++k)
                         m.at<std::uint16_t>(5)[i * 3 + k] =
                             m.at<std::uint16_t>(4)[i * 3 + (k + 2) % 3];
                     }
                   }});
  cases.push_back({"memory",
                   "histogram_shared",
                   on({3}, {128}),
                   {in(U8, 3000, Bits), inout(U32, 256), u32(3000)},
                   [](Memory &m) {
                     for (std::uint8_t x : m.at<std::uint8_t>(0))
                       ++m.at<std::uint32_t>(1)[x];
                   }});
  cases.push_back({"memory",
                   "histogram_global",
                   on({8}, {128}),
                   {in(U32, 1000, Bits), inout(U32, 64), u32(1000)},
                   [](Memory &m) {
                     for (std::uint32_t x : m.at<std::uint32_t>(0))
                       ++m.at<std::uint32_t>(1)[x % 64];
                   }});
  cases.push_back({"memory",
                   "histogram_match",
                   on({4}, {128}),
                   {in(U32, 512, Bits), inout(U32, 16)},
                   [](Memory &m) {
                     for (std::uint32_t x : m.at<std::uint32_t>(0))
                       ++m.at<std::uint32_t>(1)[x % 16];
                   }});
  cases.push_back({"memory",
                   "stencil_line",
                   on({4}, {128}),
                   {in(F32, 512, Integers), out(F32, 512), u32(512)},
                   [](Memory &m) {
                     for (int i = 0; i < 512; ++i) {
                       float sum = 0;
                       for (int k = i - 3; k <= i + 3; ++k)
                         sum += k >= 0 && k < 512 ? m.at<float>(0)[k] : 0;
                       m.at<float>(1)[i] = sum;
                     }
                   }});
  cases.push_back(
      {"memory",
       "stencil_plane",
       on({3, 5}, {16, 8}),
       {in(F64, 45 * 37, Unit), out(F64, 45 * 37), u32(45), u32(37)},
       [](Memory &m) {
         auto at = m.at<double>(0);
         for (int y = 0; y < 37; ++y)
           for (int x = 0; x < 45; ++x) {
             int i = y * 45 + x;
             bool edge = x == 0 || y == 0 || x == 44 || y == 36;
             m.at<double>(1)[i] = edge ? at[i]
                                       : 0.25 * (at[i - 1] + at[i + 1] +
                                                 at[i - 45] + at[i + 45]) -
                                             at[i];
           }
       }});
  cases.push_back({"memory",
                   "gather_scatter",
                   on({4}, {128}),
                   {in(F32, 512, Bits), in(U32, 512, Shuffle), out(F32, 512)},
                   [](Memory &m) {
                     auto index = m.at<std::uint32_t>(1);
                     for (int i = 0; i < 512; ++i)
                       m.at<std::uint32_t>(2)[index[i]] =
                           m.at<std::uint32_t>(0)[index[index[i]]];
                   }});
}

} // namespace ferro::gpucheck
