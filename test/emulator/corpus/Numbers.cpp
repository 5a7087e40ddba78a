#include "Numbers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace ferro::gpucheck {
namespace {

struct Format {
  int exponentBits, mantissaBits;
  /// E4M3 spends its highest exponent on numbers.
  bool infinities, saturates;

  int bias() const { return (1 << (exponentBits - 1)) - 1; }
  int highest() const { return infinities ? bias() : bias() + 1; }
  double largest() const {
    double ulp = std::ldexp(1.0, -mantissaBits);
    return std::ldexp(infinities ? 2 - ulp : 2 - 2 * ulp, highest());
  }
};

Format formatOf(Element element) {
  switch (element) {
  case Element::F16:
    return {5, 10, true, false};
  case Element::BF16:
    return {8, 7, true, false};
  case Element::F32:
    return {8, 23, true, false};
  case Element::E4M3:
    return {4, 3, false, true};
  case Element::E5M2:
    return {5, 2, true, true};
  default:
    throw std::invalid_argument("not a float narrower than a double");
  }
}

double roundWhole(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest:
    return std::nearbyint(value);
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Up:
    return std::ceil(value);
  case Rounding::Down:
    return std::floor(value);
  }
  return value;
}

} // namespace

double toDouble(Element element, std::uint64_t bits) {
  if (element == Element::F64)
    return std::bit_cast<double>(bits);
  Format format = formatOf(element);
  std::uint64_t mantissa = bits & ((1ull << format.mantissaBits) - 1);
  int exponent =
      int(bits >> format.mantissaBits & ((1ull << format.exponentBits) - 1));
  bool negative = bits >> (format.exponentBits + format.mantissaBits) & 1;
  bool top = exponent == (1 << format.exponentBits) - 1;
  double value;
  if (top && format.infinities)
    value = mantissa ? std::numeric_limits<double>::quiet_NaN()
                     : std::numeric_limits<double>::infinity();
  else if (top && mantissa == (1ull << format.mantissaBits) - 1)
    value = std::numeric_limits<double>::quiet_NaN();
  else if (exponent)
    value = std::ldexp(double(mantissa | 1ull << format.mantissaBits),
                       exponent - format.bias() - format.mantissaBits);
  else
    value =
        std::ldexp(double(mantissa), 1 - format.bias() - format.mantissaBits);
  return negative ? -value : value;
}

std::uint64_t fromDouble(Element element, double value, Rounding rounding) {
  if (element == Element::F64)
    return std::bit_cast<std::uint64_t>(value);
  Format format = formatOf(element);
  std::uint64_t sign = std::uint64_t(std::signbit(value))
                       << (format.exponentBits + format.mantissaBits);
  std::uint64_t infinity = ((1ull << format.exponentBits) - 1)
                           << format.mantissaBits;
  if (std::isnan(value))
    return format.infinities ? infinity | 1ull << (format.mantissaBits - 1)
                             : infinity | ((1ull << format.mantissaBits) - 1);
  if (value == 0)
    return sign;
  std::uint64_t largest = format.infinities
                              ? infinity - 1
                              : infinity + (1ull << format.mantissaBits) - 2;
  if (std::isinf(value))
    return sign | (format.saturates ? largest : infinity);
  int exponent = std::max(std::ilogb(value), 1 - format.bias());
  double unit = std::ldexp(1.0, exponent - format.mantissaBits);
  double rounded = std::abs(roundWhole(value / unit, rounding)) * unit;
  if (rounded > format.largest()) {
    bool away = rounding == Rounding::Nearest ||
                (rounding == Rounding::Up && value > 0) ||
                (rounding == Rounding::Down && value < 0);
    return sign | (format.saturates || !away ? largest : infinity);
  }
  exponent = rounded == 0 ? 1 - format.bias()
                          : std::max(std::ilogb(rounded), 1 - format.bias());
  auto whole =
      std::uint64_t(std::ldexp(rounded, format.mantissaBits - exponent));
  std::uint64_t hidden = 1ull << format.mantissaBits;
  if (whole < hidden)
    return sign | whole;
  return sign | std::uint64_t(exponent + format.bias()) << format.mantissaBits |
         (whole - hidden);
}

} // namespace ferro::gpucheck
