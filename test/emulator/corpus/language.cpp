#include "Themes.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;
namespace {

struct Pair {
  float x;
  std::int32_t n;
  double y;
};

constexpr Pair start = {1.5f, 3, -2.25};

Pair combine(Pair a, Pair b) { return {a.x + b.x, a.n * b.n, a.y - b.y}; }

std::vector<std::byte> startBytes() {
  std::vector<std::byte> bytes(sizeof start);
  std::memcpy(bytes.data(), &start, sizeof start);
  return bytes;
}

std::int32_t chosen(std::uint32_t x) {
  switch (x % 12) {
  case 0:
    return std::int32_t(x * 7);
  case 1:
    return std::int32_t(x >> 3);
  case 2:
    return std::int32_t(0 - x);
  case 3:
  case 4:
    return std::int32_t(x + 40);
  case 5:
    return std::int32_t(x * x);
  case 6:
    return std::int32_t(~x);
  case 7:
    return std::int32_t(x % 1023);
  case 8:
    return std::int32_t(x << 5);
  case 9:
    return std::int32_t(x & 0xf0f0f0f0);
  case 10:
    return std::int32_t(x | 0x0f0f0f0f);
  default:
    return 99;
  }
}

std::uint32_t walk(std::uint32_t x) {
  std::uint32_t stack[24], at = x % 24, sum = 0;
  for (std::uint32_t k = 0; k < 24; ++k)
    stack[k] = x * (k + 1);
  for (std::uint32_t k = 0; k < 24; ++k) {
    sum += stack[at] ^ k;
    stack[(at + 5) % 24] += sum;
    at = (at + stack[at] % 7) % 24;
  }
  return sum;
}

} // namespace

void addLanguage(std::vector<Case> &cases) {
  cases.push_back({"language",
                   "divergent_loops",
                   on({3}, {64}),
                   {in(U32, 192, Bits), out(S32, 192)},
                   [](Memory &m) {
                     for (int i = 0; i < 192; ++i) {
                       std::uint32_t n = m.at<std::uint32_t>(0)[i] % 1000 + 1;
                       int steps = 0;
                       for (; n != 1; ++steps)
                         n = n % 2 ? 3 * n + 1 : n / 2;
                       m.at<std::int32_t>(1)[i] = steps;
                     }
                   }});
  cases.push_back(
      {"language",
       "struct_calls",
       on({2}, {64}),
       {in(F32, 128, Integers), in(S32, 128, Integers), out(F32, 128),
        out(S32, 128), out(F64, 128), structure(startBytes())},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           float x = m.at<float>(0)[i];
           int n = m.at<std::int32_t>(1)[i];
           Pair pair = combine(start, combine({x, n, double(x) * n}, start));
           m.at<float>(2)[i] = pair.x;
           m.at<std::int32_t>(3)[i] = pair.n;
           m.at<double>(4)[i] = pair.y;
         }
       }});
  cases.push_back({"language",
                   "switch_table",
                   on({4}, {64}),
                   {in(U32, 256, Bits), out(S32, 256)},
                   [](Memory &m) {
                     std::ranges::transform(m.at<std::uint32_t>(0),
                                            m.at<std::int32_t>(1).begin(),
                                            chosen);
                   }});
  cases.push_back({"language",
                   "function_pointers",
                   on({4}, {64}),
                   {in(U32, 256, Bits), out(S32, 256)},
                   [](Memory &m) {
                     for (int i = 0; i < 256; ++i) {
                       std::uint32_t x = m.at<std::uint32_t>(0)[i], y = x >> 8;
                       std::uint32_t results[] = {2 * y, y * y, 0 - y, y + 1};
                       m.at<std::uint32_t>(1)[i] = results[x & 3];
                     }
                   }});
  cases.push_back({"language",
                   "local_array",
                   on({2}, {64}),
                   {in(U32, 128, Bits), out(U32, 128)},
                   [](Memory &m) {
                     std::ranges::transform(m.at<std::uint32_t>(0),
                                            m.at<std::uint32_t>(1).begin(),
                                            walk);
                   }});
  cases.push_back({"language",
                   "constant_memory",
                   on({2}, {96}),
                   {in(F32, 192, Integers), in(U32, 192, Bits), out(F32, 192)},
                   [](Memory &m) {
                     const float weights[] = {1,  2,  3,  4,  5,  6,  7,  8,
                                              -1, -2, -3, -4, -5, -6, -7, -8};
                     const std::uint32_t offsets[] = {3, 1, 4, 1};
                     const int table[] = {-7, 11, -13, 17, -19, 23, -29, 31};
                     for (int i = 0; i < 192; ++i) {
                       std::uint32_t index = m.at<std::uint32_t>(1)[i];
                       float sum = 0;
                       for (std::uint32_t k = 0; k < 4; ++k)
                         sum += weights[(index + offsets[k]) % 16] *
                                    m.at<float>(0)[i] +
                                float(table[(index + k) % 8]);
                       m.at<float>(2)[i] = sum;
                     }
                   }});
  cases.push_back({"language",
                   "device_variable",
                   on({1}, {32}),
                   {out(S32, 33)},
                   [](Memory &m) {
                     std::ranges::fill(m.at<std::int32_t>(0), 2);
                     m.at<std::int32_t>(0)[0] = 1;
                   }});
  cases.push_back({"language",
                   "grid_indices",
                   on({2, 3, 2}, {4, 2, 6}),
                   {out(U32, 12 * 48)},
                   [](Memory &m) {
                     for (std::uint32_t i = 0; i < 12 * 48; ++i) {
                       std::uint32_t block = i / 48, t = i % 48, lane = t % 32;
                       m.at<std::uint32_t>(0)[i] =
                           t % 4 + 10 * (t / 4 % 2) + 100 * (t / 8) +
                           1000 * (block % 2) + 10000 * (block / 2 % 3) +
                           100000 * (block / 6) + 1000000 * lane +
                           (((1u << lane) - 1) << 20);
                     }
                   }});
  cases.push_back({"language",
                   "early_exit",
                   on({3}, {64}),
                   {in(S32, 192, Integers), out(S32, 192), u32(170)},
                   [](Memory &m) {
                     for (int i = 0; i < 170; ++i) {
                       int x = m.at<std::int32_t>(0)[i], sum = 0;
                       if (x < 0)
                         continue;
                       for (int k = 0; k * k <= x; ++k)
                         sum += k % 3 == 1 ? 0 : k;
                       m.at<std::int32_t>(1)[i] = sum;
                     }
                   }});
  cases.push_back(
      {"language",
       "division64",
       on({2}, {64}),
       {in(S64, 128, Bits), in(S64, 128, Bits), out(S64, 128), out(U64, 128)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           std::int64_t a = m.at<std::int64_t>(0)[i],
                        b = m.at<std::int64_t>(1)[i];
           m.at<std::int64_t>(2)[i] = a / (b >> 20 | 1);
           m.at<std::uint64_t>(3)[i] =
               std::uint64_t(a) % (std::uint64_t(b) >> 33 | 1);
         }
       }});
  cases.push_back(
      {"language",
       "dynamic_shared",
       on({3}, {64}, 64 * 6),
       {in(S32, 192, Bits), out(S32, 192), u32(64)},
       [](Memory &m) {
         for (int i = 0; i < 192; ++i) {
           auto x = m.at<std::int32_t>(0).subspan(std::size_t(i / 64) * 64, 64);
           int t = i % 64;
           m.at<std::uint32_t>(1)[i] =
               std::uint32_t(x[63 - t]) + std::uint32_t(x[(t + 1) % 64] >> 16);
         }
       }});
  cases.push_back({"language",
                   "generic_pointers",
                   on({1}, {64}),
                   {in(S32, 64, Bits), out(S32, 128)},
                   [](Memory &m) {
                     for (int t = 0; t < 64; ++t) {
                       std::uint32_t x = m.at<std::uint32_t>(0)[t],
                                     values[] = {~0u, std::uint32_t(t % 4), 0};
                       values[x % 3] = x;
                       m.at<std::uint32_t>(1)[t] =
                           values[0] + 2 * values[1] + 3 * values[2];
                       m.at<std::uint32_t>(1)[64 + t] = values[2];
                     }
                   }});
  cases.push_back({"language",
                   "prints",
                   on({1}, {32}),
                   {in(S32, 32, Integers)},
                   [](Memory &m) {
                     for (int t = 0; t < 3; ++t) {
                       int x = m.at<std::int32_t>(0)[t];
                       char line[128];
                       std::snprintf(
                           line, sizeof line,
                           "thread %d of block: %d %u %x %5.2f %c %lld %%\n", t,
                           x, unsigned(x), unsigned(x), x * 0.25, 'a' + t,
                           x * 10000000000ll);
                       m.printed += line;
                     }
                   }});
  cases.push_back({"language",
                   "asserts",
                   on({1}, {64}),
                   {in(S32, 64, Integers), out(S32, 64)},
                   [](Memory &m) {
                     for (int t = 0; t < 64; ++t)
                       m.at<std::int32_t>(1)[t] = m.at<std::int32_t>(0)[t] + 8;
                   }});
}

} // namespace ferro::gpucheck
