#include "Themes.h"

#include <algorithm>
#include <bit>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;
namespace {

using u32s = std::uint32_t;
using u64s = std::uint64_t;

template <typename T> T reversed(T x) {
  T result = 0;
  for (unsigned i = 0; i < sizeof(T) * 8; ++i)
    result = T(result << 1 | (x >> i & 1));
  return result;
}

int firstSet(u64s x) { return x ? std::countr_zero(x) + 1 : 0; }

/// Picks four of the eight bytes of two words.
u32s permuted(u32s x, u32s y, u32s selector) {
  u64s both = u64s(y) << 32 | x;
  u32s result = 0;
  for (int i = 0; i < 4; ++i)
    result |= u32s(both >> ((selector >> (4 * i) & 7) * 8) & 255) << (8 * i);
  return result;
}

u32s masked(u32s length) { return length ? ~0u >> (32 - length) : 0; }

} // namespace

void addBits(std::vector<Case> &cases) {
  cases.push_back(
      {"bits",
       "counts",
       on({2}, {64}),
       {in(U32, 128, Bits), in(U64, 128, Bits), out(S32, 1024)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           u32s x = m.at<u32s>(0)[i];
           u64s y = m.at<u64s>(1)[i];
           int results[] = {std::popcount(x), std::countl_zero(x),
                            firstSet(x),      int(reversed(x)),
                            std::popcount(y), std::countl_zero(y),
                            firstSet(y),      int(reversed(y) >> 7)};
           std::ranges::copy(results, m.at<std::int32_t>(2).begin() + i * 8);
         }
       }});
  cases.push_back({"bits",
                   "fields",
                   on({2}, {64}),
                   {in(U32, 128, Bits), in(U32, 128, Bits), out(U32, 384)},
                   [](Memory &m) {
                     for (int i = 0; i < 128; ++i) {
                       u32s x = m.at<u32s>(0)[i], where = m.at<u32s>(1)[i],
                            at = where & 31, length = where >> 8 & 15;
                       u32s mask = u32s(u64s(masked(length)) << at);
                       u32s field = x >> at & masked(length);
                       // The sign is the field's highest bit, or the word's
                       // where the field leaves it.
                       u32s sign =
                           length ? x >> std::min(at + length - 1, 31u) & 1 : 0;
                       m.at<u32s>(2)[3 * i] = (~x & ~mask) | (x << at & mask);
                       m.at<u32s>(2)[3 * i + 1] = field;
                       u32s valid = std::min(length, 32 - at);
                       m.at<u32s>(2)[3 * i + 2] =
                           sign ? field | ~masked(valid) : field;
                     }
                   }});
  cases.push_back(
      {"bits",
       "bytes",
       on({2}, {64}),
       {in(U32, 128, Bits), in(U32, 128, Bits), out(U32, 512)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           u32s x = m.at<u32s>(0)[i], y = m.at<u32s>(1)[i], z = x * y;
           u64s both = u64s(y) << 32 | x;
           u32s left = u32s(both << (x & 31) >> 32),
                right = u32s(both >> std::min(y & 63, 32u));
           u32s results[] = {permuted(x, y, 0x3715), permuted(x, y, y & 0x7777),
                             (x & y) | (x & z) | (y & z), left ^ right};
           std::ranges::copy(results, m.at<u32s>(2).begin() + i * 4);
         }
       }});
  cases.push_back({"bits",
                   "dot_products",
                   on({2}, {64}),
                   {in(U32, 128, Bits), in(U32, 128, Bits), out(S32, 384)},
                   [](Memory &m) {
                     for (int i = 0; i < 128; ++i) {
                       auto *a = &m.at<std::uint8_t>(0)[i * 4],
                            *b = &m.at<std::uint8_t>(1)[i * 4];
                       auto *halves = &m.at<std::int16_t>(0)[i * 2];
                       int sums[] = {100, 7, -5};
                       for (int k = 0; k < 4; ++k) {
                         sums[0] += std::int8_t(a[k]) * std::int8_t(b[k]);
                         sums[1] += a[k] * b[k];
                       }
                       for (int k = 0; k < 2; ++k)
                         sums[2] += halves[k] * std::int8_t(b[k]);
                       std::ranges::copy(sums,
                                         m.at<std::int32_t>(2).begin() + i * 3);
                     }
                   }});
  cases.push_back(
      {"bits",
       "products",
       on({2}, {64}),
       {in(S64, 128, Bits), in(S64, 128, Bits), out(S64, 512)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           std::int64_t a = m.at<std::int64_t>(0)[i],
                        b = m.at<std::int64_t>(1)[i];
           auto low = std::int64_t(std::int32_t(a)) * std::int32_t(b) >> 32;
           auto lowUnsigned = u64s(u32s(a)) * u32s(b) >> 32;
           u64s results[] = {u64s(a) * u64s(b), u64s(__int128(a) * b >> 64),
                             u64s((unsigned __int128)(u64s(a)) * u64s(b) >> 64),
                             u64s(low) + lowUnsigned};
           std::ranges::copy(results, m.at<u64s>(2).begin() + i * 4);
         }
       }});
  cases.push_back(
      {"bits",
       "shifts",
       on({2}, {64}),
       {in(S64, 128, Bits), in(U32, 128, Bits), out(S64, 512)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           std::int64_t a = m.at<std::int64_t>(0)[i];
           u32s n = m.at<u32s>(1)[i] % 64;
           std::int64_t results[] = {std::int64_t(u64s(a) << n), a >> n,
                                     std::int64_t(u64s(a) >> n),
                                     std::int32_t(a) >> (n % 32)};
           std::ranges::copy(results, m.at<std::int64_t>(2).begin() + i * 4);
         }
       }});
  cases.push_back(
      {"bits",
       "wide_sum",
       on({2}, {64}),
       {in(U64, 256, Bits), in(U64, 256, Bits), out(U64, 512)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           auto wide = [&](std::size_t argument) {
             auto x = m.at<u64s>(argument);
             return (unsigned __int128)(x[2 * i + 1]) << 64 | x[2 * i];
           };
           unsigned __int128 sum = wide(0) + wide(1),
                             product = wide(0) * wide(1);
           u64s results[] = {u64s(sum), u64s(sum >> 64), u64s(product),
                             u64s(product >> 64)};
           std::ranges::copy(results, m.at<u64s>(2).begin() + i * 4);
         }
       }});
  cases.push_back(
      {"bits",
       "narrow",
       on({2}, {64}),
       {in(S32, 128, Bits), out(S8, 128), out(U16, 128), out(S32, 128)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           std::int32_t x = m.at<std::int32_t>(0)[i];
           m.at<std::int8_t>(1)[i] = std::int8_t(x / 3);
           m.at<std::uint16_t>(2)[i] =
               std::uint16_t(std::int32_t(u32s(x) * 5) >> 2);
           m.at<std::int32_t>(3)[i] = std::clamp(x >> 20, -128, 127);
         }
       }});
  cases.push_back({"bits",
                   "crc32",
                   on({2}, {32}),
                   {in(U8, 64 * 19, Bits), out(U32, 64), u32(19)},
                   [](Memory &m) {
                     for (int i = 0; i < 64; ++i) {
                       u32s crc = ~0u;
                       for (int k = 0; k < 19; ++k) {
                         crc ^= m.at<std::uint8_t>(0)[i * 19 + k];
                         for (int bit = 0; bit < 8; ++bit)
                           crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
                       }
                       m.at<u32s>(1)[i] = ~crc;
                     }
                   }});
  cases.push_back({"bits",
                   "xorshift",
                   on({2}, {64}),
                   {in(U32, 128, Bits), out(U32, 128), u32(100)},
                   [](Memory &m) {
                     for (int i = 0; i < 128; ++i) {
                       u32s x = m.at<u32s>(0)[i] | 1;
                       for (int k = 0; k < 100; ++k) {
                         x ^= x << 13;
                         x ^= x >> 17;
                         x ^= x << 5;
                       }
                       m.at<u32s>(1)[i] = x;
                     }
                   }});
}

} // namespace ferro::gpucheck
