#include "Themes.h"

#include <algorithm>
#include <limits>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;

void addReductions(std::vector<Case> &cases) {
  cases.push_back({"reduce",
                   "sum_shared",
                   on({8}, {256}),
                   {in(S32, 2048, Bits), out(S32, 8)},
                   [](Memory &m) {
                     auto x = m.at<std::uint32_t>(0),
                          sums = m.at<std::uint32_t>(1);
                     for (int b = 0; b < 8; ++b) {
                       sums[b] = 0;
                       for (int i = 0; i < 256; ++i)
                         sums[b] += x[b * 256 + i];
                     }
                   }});
  cases.push_back({"reduce",
                   "sum_shuffle",
                   on({4}, {128}),
                   {in(F32, 4 * 1000, Unit), out(F32, 4), u32(1000)},
                   [](Memory &m) {
                     for (int b = 0; b < 4; ++b) {
                       double sum = 0;
                       for (int i = 0; i < 1000; ++i)
                         sum += m.at<float>(0)[b * 1000 + i];
                       m.at<float>(1)[b] = float(sum);
                     }
                   },
                   {1e-4, 1e-5}});
  cases.push_back({"reduce",
                   "sum_atomic",
                   on({5}, {128}),
                   {in(S32, 600, Bits), inout(S32, 1), inout(U32, 1),
                    inout(U64, 1), u32(600)},
                   [](Memory &m) {
                     for (std::int32_t x : m.at<std::int32_t>(0)) {
                       m.at<std::uint32_t>(1)[0] += std::uint32_t(x);
                       m.at<std::uint32_t>(2)[0] = std::max(
                           m.at<std::uint32_t>(2)[0], std::uint32_t(x));
                       m.at<std::uint64_t>(3)[0] +=
                           std::uint64_t(std::int64_t(x));
                     }
                   }});
  cases.push_back(
      {"reduce",
       "sum_redux",
       on({6}, {32}),
       {in(U32, 192, Bits), out(U32, 36)},
       [](Memory &m) {
         auto x = m.at<std::uint32_t>(0), y = m.at<std::uint32_t>(1);
         for (int b = 0; b < 6; ++b) {
           std::uint32_t sum = 0, least = ~0u, most = 0, all = ~0u, any = 0,
                         odd = 0;
           for (std::uint32_t v : x.subspan(std::size_t(b) * 32, 32)) {
             sum += v;
             least = std::min(least, v);
             most = std::max(most, v);
             all &= v;
             any |= v;
             odd ^= v;
           }
           std::ranges::copy(std::vector{sum, least, most, all, any, odd},
                             y.begin() + b * 6);
         }
       }});
  cases.push_back({"reduce",
                   "argmax_warp",
                   on({7}, {32}),
                   {in(F32, 224, Integers), out(F32, 7), out(S32, 7)},
                   [](Memory &m) {
                     auto x = m.at<float>(0);
                     for (int b = 0; b < 7; ++b) {
                       auto best = std::max_element(x.begin() + b * 32,
                                                    x.begin() + b * 32 + 32);
                       m.at<float>(1)[b] = *best;
                       m.at<std::int32_t>(2)[b] =
                           std::int32_t(best - x.begin());
                     }
                   }});
  cases.push_back({"reduce",
                   "dot_double",
                   on({3}, {64}, 512),
                   {in(F64, 1000, Integers), in(F64, 1000, Integers),
                    out(F64, 3), u32(1000)},
                   [](Memory &m) {
                     std::ranges::fill(m.at<double>(2), 0);
                     for (int i = 0; i < 1000; ++i)
                       m.at<double>(2)[i / 64 % 3] +=
                           m.at<double>(0)[i] * m.at<double>(1)[i];
                   }});
}

} // namespace ferro::gpucheck
