#include "Themes.h"

#include <algorithm>
#include <functional>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;

/// Sorts each stretch of \p length elements by \p key, keeping the order of
/// those alike.
template <typename T, typename Key = std::identity>
static void sortStretches(Memory &m, std::size_t length, Key key = {}) {
  auto sorted = m.at<T>(1);
  std::ranges::copy(m.at<T>(0), sorted.begin());
  for (std::size_t i = 0; i < sorted.size(); i += length)
    for (auto at = sorted.begin() + std::ptrdiff_t(i), last = at;
         last != sorted.begin() + std::ptrdiff_t(i + length); ++last)
      std::rotate(std::ranges::upper_bound(at, last, key(*last), {}, key), last,
                  last + 1);
}

void addSorting(std::vector<Case> &cases) {
  cases.push_back({"sort",
                   "bitonic_shared",
                   on({3}, {256}, 1024),
                   {in(U32, 768, Bits), out(U32, 768)},
                   [](Memory &m) { sortStretches<std::uint32_t>(m, 256); }});
  cases.push_back({"sort",
                   "bitonic_warp",
                   on({6}, {32}),
                   {in(F32, 192, Wide), out(F32, 192)},
                   [](Memory &m) { sortStretches<float>(m, 32); }});
  cases.push_back({"sort",
                   "network8",
                   on({2}, {64}),
                   {in(S32, 1024, Bits), out(S32, 1024)},
                   [](Memory &m) { sortStretches<std::int32_t>(m, 8); }});
  cases.push_back({"sort",
                   "insertion_local",
                   on({2}, {32}),
                   {in(S16, 64 * 33, Bits), out(S16, 64 * 33), u32(33)},
                   [](Memory &m) { sortStretches<std::int16_t>(m, 33); }});
  cases.push_back({"sort",
                   "radix_block",
                   on({2}, {256}),
                   {in(U32, 512, Bits), out(U32, 512)},
                   [](Memory &m) {
                     sortStretches<std::uint32_t>(
                         m, 256, [](std::uint32_t x) { return x & 255; });
                   }});
  cases.push_back({"sort",
                   "merge_ranks",
                   on({3}, {128}),
                   {in(S64, 384, Ramps), out(S64, 384), u32(64)},
                   [](Memory &m) { sortStretches<std::int64_t>(m, 128); }});
}

} // namespace ferro::gpucheck
