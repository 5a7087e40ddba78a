#include "Products.h"
#include "Themes.h"

namespace ferro::gpucheck {
using enum Element;
using enum Generator;
namespace {

using Bits16 = std::uint16_t;

/// Row \p r of matrix \p matrix, as ldmatrix sees rows from address order.
void loadMatrices(Memory &m) {
  auto tile = m.at<Bits16>(0);
  for (int t = 0; t < 32; ++t)
    for (int i = 0; i < 4; ++i) {
      auto element = [&](int row, int column) {
        return std::uint32_t(tile[row * 8 + column]);
      };
      int r = t / 4, q = t % 4 * 2;
      m.at<std::uint32_t>(1)[t * 8 + i] =
          element(i * 8 + q, r) | element(i * 8 + q + 1, r) << 16;
      int row = 31 - (i * 8 + r);
      m.at<std::uint32_t>(1)[t * 8 + 4 + i] =
          element(row, q) | element(row, q + 1) << 16;
    }
}

} // namespace

void addTensorCores(std::vector<Case> &cases) {
  cases.push_back({"tensor",
                   "gemm_f16",
                   on({2, 3}, {128}),
                   {in(F16, 192 * 96, Integers), in(F16, 128 * 96, Integers),
                    out(F32, 192 * 128), u32(96), u32(128)},
                   blockProducts<float, 1, 192, 128, 96, F16>});
  cases.push_back({"tensor",
                   "mma_bf16",
                   on({3}, {32}),
                   {in(BF16, 3 * 16 * 64, Integers),
                    in(BF16, 3 * 8 * 64, Integers), out(F32, 384), u32(64)},
                   blockProducts<float, 3, 16, 8, 64, BF16>});
  cases.push_back({"tensor",
                   "mma_tf32",
                   on({3}, {32}),
                   {in(F32, 3 * 16 * 32, Integers),
                    in(F32, 3 * 8 * 32, Integers), out(F32, 384), u32(32)},
                   blockProducts<float, 3, 16, 8, 32, F32>});
  cases.push_back({"tensor",
                   "mma_s8",
                   on({3}, {32}),
                   {in(S8, 3 * 16 * 96, Bits), in(S8, 3 * 8 * 96, Bits),
                    out(S32, 384), u32(96)},
                   blockProducts<std::int32_t, 3, 16, 8, 96, S8>});
  cases.push_back({"tensor",
                   "mma_f64",
                   on({3}, {32}),
                   {in(F64, 3 * 8 * 40, Integers),
                    in(F64, 3 * 8 * 40, Integers), out(F64, 192), u32(40)},
                   blockProducts<double, 3, 8, 8, 40, F64>});
  cases.push_back({"tensor",
                   "wmma_f16",
                   on({2}, {32}),
                   {in(F16, 2 * 16 * 64, Integers),
                    in(F16, 2 * 16 * 64, Integers), out(F32, 512), u32(64)},
                   blockProducts<float, 2, 16, 16, 64, F16>});
  cases.push_back(
      {"tensor",
       "cp_async_stages",
       on({1}, {128}),
       {in(S32, 7 * 128, Bits), out(S32, 128), u32(7), u32(50)},
       [](Memory &m) {
         for (int t = 0; t < 128; ++t) {
           std::uint32_t sum = 0;
           for (int round = 0; round < 7; ++round) {
             int i = 127 - t; // the copies of elements 114 and on fill zeros
             sum = sum * 3 +
                   (i < 64 + 50 ? m.at<std::uint32_t>(0)[round * 128 + i] : 0);
           }
           m.at<std::uint32_t>(1)[t] = sum;
         }
       }});
  cases.push_back({"tensor",
                   "ldmatrix_transposed",
                   on({1}, {32}),
                   {in(U16, 256, Bits), out(U32, 256)},
                   loadMatrices});
}

} // namespace ferro::gpucheck
