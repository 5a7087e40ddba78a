#include "Numbers.h"
#include "Themes.h"

#include <algorithm>
#include <cmath>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;
namespace {

using Bits16 = std::uint16_t;

double smaller(double x, double y) { return std::isnan(x) || y < x ? y : x; }
double larger(double x, double y) { return std::isnan(x) || y > x ? y : x; }

} // namespace

void addHalf(std::vector<Case> &cases) {
  cases.push_back(
      {"half",
       "half_arithmetic",
       on({2}, {64}),
       {in(F16, 128, Unit), in(F16, 128, Integers), out(F16, 1024)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           double x = f16(m.at<Bits16>(0)[i]), y = f16(m.at<Bits16>(1)[i]);
           double results[] = {
               x + y,         x - y,        x * y,       x * y + x,
               smaller(x, y), larger(x, y), std::abs(x), -y};
           std::ranges::transform(results, m.at<Bits16>(2).begin() + i * 8,
                                  [](double v) { return toF16(v); });
         }
       }});
  cases.push_back({"half",
                   "half2_dot",
                   on({2}, {32}),
                   {in(F16, 64 * 20 * 2, Integers),
                    in(F16, 64 * 20 * 2, Integers), out(F32, 64), u32(20)},
                   [](Memory &m) {
                     for (int i = 0; i < 64; ++i) {
                       double sum = 0; // whole numbers below 2048
                       for (int k = 0; k < 40; ++k)
                         sum += f16(m.at<Bits16>(0)[i * 40 + k]) *
                                f16(m.at<Bits16>(1)[i * 40 + k]);
                       m.at<float>(2)[i] = float(sum);
                     }
                   }});
  cases.push_back({"half",
                   "half_conversions",
                   on({4}, {64}),
                   {in(F32, 256, Wide), out(U16, 1536), out(F32, 512)},
                   [](Memory &m) {
                     for (int i = 0; i < 256; ++i) {
                       double x = m.at<float>(0)[i];
                       Bits16 results[] = {toF16(x),
                                           toF16(x, Rounding::Zero),
                                           toF16(x, Rounding::Up),
                                           toF16(x, Rounding::Down),
                                           toBf16(x),
                                           toBf16(x, Rounding::Zero)};
                       std::ranges::copy(results,
                                         m.at<Bits16>(1).begin() + i * 6);
                       m.at<float>(2)[2 * i] = float(f16(toF16(x)));
                       m.at<float>(2)[2 * i + 1] = float(bf16(toBf16(x)));
                     }
                   }});
  cases.push_back(
      {"half",
       "bf16_arithmetic",
       on({2}, {64}),
       {in(BF16, 128, Wide), in(BF16, 128, Integers), out(BF16, 512)},
       [](Memory &m) {
         for (int i = 0; i < 128; ++i) {
           double x = bf16(m.at<Bits16>(0)[i]), y = bf16(m.at<Bits16>(1)[i]);
           double results[] = {x + y, x * y, x * y + x, larger(x, y)};
           std::ranges::transform(results, m.at<Bits16>(2).begin() + i * 4,
                                  [](double v) { return toBf16(v); });
         }
       }});
  cases.push_back(
      {"half",
       "half_comparisons",
       on({4}, {64}),
       {in(F16, 256, Bits), in(F16, 256, Bits), out(S32, 256)},
       [](Memory &m) {
         for (int i = 0; i < 256; ++i) {
           double x = f16(m.at<Bits16>(0)[i]), y = f16(m.at<Bits16>(1)[i]);
           m.at<std::int32_t>(2)[i] =
               (x < y) + 2 * (x == y) + 4 * !(x <= y) + 8 * std::isnan(x);
         }
       }});
  cases.push_back({"half",
                   "half_integers",
                   on({2}, {64}),
                   {in(F16, 128, Unit), out(S32, 256), out(F16, 256)},
                   [](Memory &m) {
                     for (int i = 0; i < 128; ++i) {
                       double x = f16(m.at<Bits16>(0)[i]);
                       m.at<std::int32_t>(1)[2 * i] =
                           std::int32_t(std::nearbyint(x));
                       m.at<std::int32_t>(1)[2 * i + 1] = std::int32_t(x);
                       m.at<Bits16>(2)[2 * i] = toF16(i * 37 - 2000);
                       m.at<Bits16>(2)[2 * i + 1] = toF16(std::nearbyint(x));
                     }
                   }});
  cases.push_back({"half",
                   "fp8_round_trip",
                   on({4}, {64}),
                   {in(F32, 256, Wide), out(U8, 512), out(F32, 512)},
                   [](Memory &m) {
                     for (int i = 0; i < 256; ++i)
                       for (int k = 0; k < 2; ++k) {
                         Element type = k ? E5M2 : E4M3;
                         std::uint64_t bits =
                             fromDouble(type, m.at<float>(0)[i]);
                         m.at<std::uint8_t>(1)[2 * i + k] = std::uint8_t(bits);
                         m.at<float>(2)[2 * i + k] =
                             float(toDouble(type, bits));
                       }
                   }});
  cases.push_back({"half",
                   "half_atomics",
                   on({4}, {64}),
                   {in(F16, 512, Integers), inout(F16, 8), inout(BF16, 3)},
                   [](Memory &m) {
                     for (int i = 0; i < 256; ++i) {
                       for (int k = 0; k < 2; ++k) {
                         Bits16 &sum = m.at<Bits16>(1)[i % 4 * 2 + k];
                         sum =
                             toF16(f16(sum) + f16(m.at<Bits16>(0)[i * 2 + k]));
                       }
                       Bits16 &low = m.at<Bits16>(2)[i % 3];
                       low = toBf16(bf16(low) + i % 2);
                     }
                   }});
}

} // namespace ferro::gpucheck
