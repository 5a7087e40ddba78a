#include "Themes.h"

#include <algorithm>
#include <bit>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;
namespace {

/// The 32 values of the warp that element \p i belongs to.
std::span<std::int32_t> warpOf(Memory &m, int i) {
  return m.at<std::int32_t>(0).subspan(std::size_t(i / 32) * 32, 32);
}

template <typename Predicate>
std::uint32_t ballot(std::span<std::int32_t> values, Predicate predicate) {
  std::uint32_t bits = 0;
  for (std::size_t lane = 0; lane < values.size(); ++lane)
    bits |= std::uint32_t(predicate(values[lane])) << lane;
  return bits;
}

} // namespace

void addWarps(std::vector<Case> &cases) {
  cases.push_back(
      {"warp",
       "votes",
       on({3}, {64}),
       {in(S32, 192, Integers), out(U32, 960)},
       [](Memory &m) {
         for (int i = 0; i < 192; ++i) {
           auto x = warpOf(m, i);
           std::uint32_t results[] = {
               ballot(x, [](int v) { return v > 0; }),
               std::ranges::count(x, 8 - i / 64) > 0,
               std::ranges::all_of(x, [](int v) { return v >= -7; }),
               ballot(x, [&](int v) { return v == x[i % 32]; }), 0};
           // All lanes agree: the mask of all, plus one.
           std::ranges::copy(results, m.at<std::uint32_t>(1).begin() + i * 5);
         }
       }});
  cases.push_back(
      {"warp",
       "partial_masks",
       on({2}, {64}),
       {in(S32, 128, Integers), out(U32, 128)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           auto x = warpOf(m, i);
           if (i % 4 != 1) {
             std::uint32_t positive =
                 ballot(x, [](int v) { return v > 0; }) & 0xdddddddd;
             m.at<std::uint32_t>(1)[i] = positive ^ std::uint32_t(x[4]);
             continue;
           }
           std::uint32_t sum = 0, alike = 0;
           for (int lane = 1; lane < 32; lane += 4) {
             sum += std::uint32_t(x[lane]);
             alike += (x[lane] & 1) == (x[i % 32] & 1);
           }
           m.at<std::uint32_t>(1)[i] = sum + alike;
         }
       }});
  cases.push_back(
      {"warp",
       "shuffles",
       on({2}, {64}),
       {in(S32, 128, Bits), out(S32, 768)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           auto x = warpOf(m, i);
           int lane = i % 32;
           std::int32_t results[] = {
               x[i % 64 * 7 % 32],
               x[lane / 8 * 8 + 3],
               x[lane % 16 >= 3 ? lane - 3 : lane],
               x[lane % 8 + 5 < 8 ? lane + 5 : lane],
               x[lane ^ 9],
               std::int32_t(0x100000001ull * std::uint32_t(x[31 - lane]) >>
                            16)};
           std::ranges::copy(results, m.at<std::int32_t>(1).begin() + i * 6);
         }
       }});
  cases.push_back(
      {"warp",
       "tiles",
       on({2}, {64}),
       {in(S32, 128, Integers), out(S32, 512)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           auto x = m.at<std::int32_t>(0);
           int sum = 0, positive = 0;
           for (int k = i / 8 * 8; k < i / 8 * 8 + 8; ++k)
             sum += x[k];
           for (int k = 0; k < 4; ++k)
             positive |= (x[i / 4 * 4 + k] > 0) << k;
           std::int32_t results[] = {sum, x[i / 4 * 4 + 3], positive,
                                     i % 64 / 8 * 100 + i % 4};
           std::ranges::copy(results, m.at<std::int32_t>(1).begin() + i * 4);
         }
       }});
  cases.push_back({"warp",
                   "coalesced",
                   on({4}, {64}),
                   {in(S32, 256, Integers), inout(S32, 256), inout(S32, 1)},
                   [](Memory &m) {
                     int count = 0;
                     for (int x : m.at<std::int32_t>(0))
                       if (x > 0)
                         m.at<std::int32_t>(1)[count++] = x;
                     m.at<std::int32_t>(2)[0] = count;
                   },
                   {},
                   /*unordered=*/true});
  cases.push_back(
      {"warp",
       "active_masks",
       on({2}, {64}),
       {in(S32, 128, Integers), out(U32, 128)},
       [](Memory &m) { std::ranges::fill(m.at<std::uint32_t>(1), 0); }});
}

} // namespace ferro::gpucheck
