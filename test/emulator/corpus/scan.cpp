#include "Themes.h"

namespace ferro::gpucheck {
using enum Element;
using enum Generator;

/// Sums of each stretch of \p length elements, with or without an element
/// itself.
template <typename T>
static void scan(Memory &m, std::size_t length, bool inclusive) {
  T sum = 0;
  for (std::size_t i = 0; i < m.at<T>(0).size(); ++i) {
    if (i % length == 0)
      sum = 0;
    T next = T(sum + m.at<T>(0)[i]);
    m.at<T>(1)[i] = inclusive ? next : sum;
    sum = next;
  }
}

void addScans(std::vector<Case> &cases) {
  cases.push_back({"scan",
                   "scan_warp",
                   on({2}, {96}),
                   {in(S32, 192, Bits), out(S32, 192)},
                   [](Memory &m) { scan<std::uint32_t>(m, 32, true); }});
  cases.push_back({"scan",
                   "scan_hillis",
                   on({3}, {512}),
                   {in(U32, 1536, Bits), out(U32, 1536)},
                   [](Memory &m) { scan<std::uint32_t>(m, 512, true); }});
  cases.push_back({"scan",
                   "scan_blelloch",
                   on({3}, {256}),
                   {in(F32, 1536, Integers), out(F32, 1536)},
                   [](Memory &m) { scan<float>(m, 512, false); }});
  cases.push_back(
      {"scan",
       "scan_lookback",
       on({24}, {256}),
       {in(U32, 6144, Bits), out(U32, 6144), in(U64, 24, Zeros), inout(U32, 1)},
       [](Memory &m) {
         scan<std::uint32_t>(m, 6144, true);
         for (int b = 0; b < 24; ++b)
           m.at<std::uint64_t>(2)[b] =
               2ull << 32 | m.at<std::uint32_t>(1)[b * 256 + 255];
         m.at<std::uint32_t>(3)[0] = 24;
       }});
}

} // namespace ferro::gpucheck
