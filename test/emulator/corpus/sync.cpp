#include "Themes.h"

#include <algorithm>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;

void addSynchronization(std::vector<Case> &cases) {
  cases.push_back({"sync",
                   "spin_lock",
                   on({4}, {64}),
                   {inout(S32, 1), inout(S32, 1), inout(S32, 256)},
                   [](Memory &m) {
                     m.at<std::int32_t>(1)[0] = 256;
                     std::ranges::fill(m.at<std::int32_t>(2), 1);
                   }});
  cases.push_back({"sync",
                   "ticket_lock",
                   on({5}, {64}),
                   {inout(U32, 1), inout(U32, 1), inout(U32, 1)},
                   [](Memory &m) {
                     m.at<std::uint32_t>(0)[0] = m.at<std::uint32_t>(1)[0] = 10;
                     for (int i = 0; i < 10; ++i)
                       m.at<std::uint32_t>(2)[0] =
                           m.at<std::uint32_t>(2)[0] * 3 + 1;
                   }});
  cases.push_back(
      {"sync",
       "last_block",
       on({6}, {128}),
       {in(F32, 768, Integers), inout(F32, 6), inout(U32, 1), out(F32, 1)},
       [](Memory &m) {
         for (int i = 0; i < 768; ++i)
           m.at<float>(1)[i / 128] += m.at<float>(0)[i];
         m.at<std::uint32_t>(2)[0] = 6;
         m.at<float>(3)[0] = 0;
         for (float sum : m.at<float>(1))
           m.at<float>(3)[0] += sum;
       }});
  cases.push_back({"sync",
                   "named_barriers",
                   on({1}, {128}),
                   {in(S32, 256, Integers), out(S32, 64)},
                   [](Memory &m) {
                     for (int t = 0; t < 64; ++t) {
                       int sum = 0;
                       for (int round = 0; round < 4; ++round)
                         sum += m.at<std::int32_t>(0)[round * 64 + 63 - t] *
                                (round + 1);
                       m.at<std::int32_t>(1)[t] = sum;
                     }
                   }});
  cases.push_back(
      {"sync",
       "barrier_reductions",
       on({9}, {96}),
       {in(S32, 864, Integers), out(S32, 27)},
       [](Memory &m) {
         for (int b = 0; b < 9; ++b) {
           auto x = m.at<std::int32_t>(0).subspan(std::size_t(b) * 96, 96);
           m.at<std::int32_t>(1)[b * 3] =
               int(std::ranges::count_if(x, [](int v) { return v > 0; }));
           m.at<std::int32_t>(1)[b * 3 + 1] =
               std::ranges::all_of(x, [](int v) { return v > -8; });
           m.at<std::int32_t>(1)[b * 3 + 2] = std::ranges::count(x, 7) > 0;
         }
       }});
  cases.push_back({"sync",
                   "lane_ring",
                   on({1}, {32}),
                   {in(S32, 32, Below), inout(S32, 32), out(S32, 32)},
                   [](Memory &m) {
                     int received = 1;
                     for (int i = 0; i < 32; ++i) {
                       received += m.at<std::int32_t>(0)[i];
                       m.at<std::int32_t>(2)[i] = received;
                       if (i < 31)
                         m.at<std::int32_t>(1)[i + 1] = received;
                     }
                   }});
}

} // namespace ferro::gpucheck
