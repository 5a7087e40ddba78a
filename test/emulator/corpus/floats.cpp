#include "Themes.h"

#include <algorithm>
#include <bit>
#include <cfenv>
#include <cmath>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;
namespace {

/// The four rounding modes in the order of the kernels: nearest, zero, up,
/// down.
constexpr int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};

/// What \p operation gives under a rounding mode. The volatile values keep the
/// compiler from computing it elsewhere.
template <typename T, typename Operation>
T rounded(int mode, T x, T y, T z, Operation operation) {
  std::fesetround(mode);
  volatile T a = x, b = y, c = z;
  volatile T result = operation(T(a), T(b), T(c));
  std::fesetround(FE_TONEAREST);
  return result;
}

template <typename T> void roundedOperations(Memory &m) {
  for (std::size_t i = 0; i < m.at<T>(0).size(); ++i) {
    T x = m.at<T>(0)[i], y = m.at<T>(1)[i], z = m.at<T>(2)[i];
    auto to = m.at<T>(3).subspan(i * 16, 16);
    for (int mode = 0; mode < 4; ++mode) {
      to[mode] =
          rounded(modes[mode], x, y, z, [](T a, T b, T) { return a + b; });
      to[4 + mode] =
          rounded(modes[mode], x, y, z, [](T a, T b, T) { return a * b; });
      to[8 + mode] = rounded(modes[mode], x, y, z,
                             [](T a, T b, T c) { return std::fma(a, b, c); });
    }
    to[12] = x / y;
    to[13] = std::sqrt(std::abs(x));
    to[14] = 1 / y;
    to[15] = x - y;
  }
}

template <typename T> T roundedWhole(int mode, T x) {
  return rounded(mode, x, x, x, [](T a, T, T) { return std::nearbyint(a); });
}

/// An integer converted to T under a rounding mode.
template <typename T, typename Integer> T converted(int mode, Integer x) {
  std::fesetround(mode);
  volatile Integer a = x;
  volatile T result = T(a);
  std::fesetround(FE_TONEAREST);
  return result;
}

void addDoubles(std::vector<Case> &cases, const char *kernel,
                Generator generator, void (*reference)(Memory &),
                Tolerance tolerance) {
  cases.push_back({"floats",
                   kernel,
                   on({4}, {64}),
                   {in(F64, 256, generator), in(F64, 256, Unit), out(F64, 256)},
                   reference,
                   tolerance});
}

} // namespace

#define DOUBLE_FUNCTION(name, generator, ulps, ...)                            \
  addDoubles(cases, "double_" #name, generator,                                \
             [](Memory &m) {                                                   \
               for (int i = 0; i < 256; ++i) {                                 \
                 [[maybe_unused]] double x = m.at<double>(0)[i],               \
                                         y = m.at<double>(1)[i];               \
                 m.at<double>(2)[i] = __VA_ARGS__;                             \
               }                                                               \
             },                                                                \
             {1e-300, ulps * 0x1p-52});

void addFloats(std::vector<Case> &cases) {
  cases.push_back({"floats",
                   "rounded_single",
                   on({4}, {64}),
                   {in(F32, 256, Wide), in(F32, 256, Wide), in(F32, 256, Wide),
                    out(F32, 4096)},
                   roundedOperations<float>});
  cases.push_back({"floats",
                   "rounded_double",
                   on({4}, {64}),
                   {in(F64, 256, Wide), in(F64, 256, Wide), in(F64, 256, Wide),
                    out(F64, 4096)},
                   roundedOperations<double>});
  cases.push_back(
      {"floats",
       "to_integers",
       on({4}, {64}),
       {in(F32, 256, Wide), out(S32, 1536), out(S64, 512)},
       [](Memory &m) {
         for (int i = 0; i < 256; ++i) {
           float x = m.at<float>(0)[i];
           auto to = m.at<std::int32_t>(1).subspan(std::size_t(i) * 6, 6);
           for (int mode = 0; mode < 4; ++mode)
             to[mode] = std::int32_t(roundedWhole(modes[mode], x));
           to[4] = std::int32_t(roundedWhole(FE_TONEAREST, std::abs(x)));
           to[5] = std::int32_t(roundedWhole(FE_TONEAREST, x) - std::floor(x) +
                                std::ceil(x) - std::trunc(x));
           m.at<std::int64_t>(2)[2 * i] =
               std::int64_t(roundedWhole(FE_TONEAREST, x * 1000));
           m.at<std::int64_t>(2)[2 * i + 1] =
               std::int64_t(std::floor(double(x) * -3.5));
         }
       }});
  cases.push_back(
      {"floats",
       "from_integers",
       on({4}, {64}),
       {in(S32, 256, Bits), in(S64, 256, Bits), out(F32, 1024), out(F64, 512)},
       [](Memory &m) {
         for (int i = 0; i < 256; ++i) {
           std::int32_t x = m.at<std::int32_t>(0)[i];
           std::int64_t y = m.at<std::int64_t>(1)[i];
           float singles[] = {converted<float>(FE_TONEAREST, x),
                              converted<float>(FE_TOWARDZERO, x),
                              converted<float>(FE_UPWARD, std::uint32_t(x)),
                              converted<float>(FE_DOWNWARD, y)};
           std::ranges::copy(singles, m.at<float>(2).begin() + i * 4);
           m.at<double>(3)[2 * i] = converted<double>(FE_TONEAREST, y);
           // The low bits that a double cannot hold are cut off.
           auto unsignedY = std::uint64_t(y);
           int extra = std::max(0, 11 - std::countl_zero(unsignedY));
           m.at<double>(3)[2 * i + 1] = double(unsignedY >> extra << extra);
         }
       }});
  DOUBLE_FUNCTION(sin, Integers, 4, std::sin(x))
  DOUBLE_FUNCTION(cos, Unit, 4, std::cos(x * 1000))
  DOUBLE_FUNCTION(exp, Integers, 4, std::exp(x))
  DOUBLE_FUNCTION(log, Wide, 4, std::log(std::abs(x) + 1e-3))
  DOUBLE_FUNCTION(pow, Wide, 4, std::pow(std::abs(x), y))
  DOUBLE_FUNCTION(erf, Integers, 4, std::erf(x))
  DOUBLE_FUNCTION(atan2, Integers, 4, std::atan2(x, y))
  DOUBLE_FUNCTION(cbrt, Wide, 4, std::cbrt(x))
  DOUBLE_FUNCTION(tgamma, Unit, 20, std::tgamma(x))
  DOUBLE_FUNCTION(fmod, Integers, 0, std::fmod(x, y))
  DOUBLE_FUNCTION(hypot, Wide, 4, std::hypot(x, y))
  DOUBLE_FUNCTION(ldexp, Wide, 0, std::ldexp(x, int(y * 10)))
  cases.push_back({"floats",
                   "single_functions",
                   on({4}, {64}),
                   {in(F32, 256, Integers), out(F32, 3072)},
                   [](Memory &m) {
                     for (int i = 0; i < 256; ++i) {
                       float single = m.at<float>(0)[i];
                       double x = single;
                       double results[] = {std::sin(x),
                                           std::cos(x * 100),
                                           std::exp(x),
                                           std::log(std::abs(single) + 0.01f),
                                           std::pow(std::abs(x), double(1.7f)),
                                           std::tanh(x),
                                           std::erf(x),
                                           std::exp2(x),
                                           std::log1p(std::abs(x)),
                                           std::atan(x),
                                           std::sqrt(std::abs(x)),
                                           1 / (1 + std::exp(-x))};
                       std::ranges::transform(
                           results, m.at<float>(1).begin() + i * 12,
                           [](double y) { return float(y); });
                     }
                   },
                   {1e-30, 1e-6}});
  cases.push_back({"floats",
                   "fast_functions",
                   on({4}, {64}),
                   {in(F32, 256, Unit), out(F32, 1536)},
                   [](Memory &m) {
                     for (int i = 0; i < 256; ++i) {
                       double x = m.at<float>(0)[i];
                       double results[] = {
                           std::sin(x),     std::cos(x),
                           std::exp(x),     std::log(std::abs(x) + 0.5),
                           x / (3 + x * x), 1 / std::sqrt(std::abs(x) + 0.25)};
                       std::ranges::transform(
                           results, m.at<float>(1).begin() + i * 6,
                           [](double y) { return float(y); });
                     }
                   },
                   {1e-6, 2e-6}});
  cases.push_back({"floats",
                   "mandelbrot",
                   on({4, 8}, {16, 8}),
                   {out(S32, 64 * 64), u32(64), u32(64), u32(50)},
                   [](Memory &m) {
                     for (int py = 0; py < 64; ++py)
                       for (int px = 0; px < 64; ++px) {
                         float cx = float(px) * (3.0f / 64) - 2.0f,
                               cy = float(py) * (2.0f / 64) - 1.0f, x = 0,
                               y = 0;
                         int n = 0;
                         for (; n < 50 && x * x + y * y <= 4; ++n) {
                           float next = x * x - y * y + cx;
                           y = x * y + x * y + cy;
                           x = next;
                         }
                         m.at<std::int32_t>(0)[py * 64 + px] = n;
                       }
                   }});
  cases.push_back({"floats",
                   "compensated_sum",
                   on({2}, {32}),
                   {in(F32, 64 * 40, Wide), out(F32, 64), u32(40)},
                   [](Memory &m) {
                     for (int i = 0; i < 64; ++i) {
                       float sum = 0, lost = 0;
                       for (int k = 0; k < 40; ++k) {
                         float y = m.at<float>(0)[i * 40 + k] - lost,
                               next = sum + y;
                         lost = (next - sum) - y;
                         sum = next;
                       }
                       m.at<float>(1)[i] = sum;
                     }
                   }});
}

} // namespace ferro::gpucheck
