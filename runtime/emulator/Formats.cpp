#include "emulator/Formats.h"

using namespace ferro::emulator;

Format ferro::emulator::formatOf(Tag tag) {
  switch (tag) {
  case Tag::F16:
  case Tag::F16x2:
    return halfFormat;
  case Tag::BF16:
  case Tag::BF16x2:
    return bfloatFormat;
  case Tag::TF32:
    return tf32Format;
  case Tag::E4M3:
  case Tag::E4M3x2:
    return e4m3Format;
  case Tag::E5M2:
  case Tag::E5M2x2:
    return e5m2Format;
  case Tag::F64:
    return doubleFormat;
  default:
    return singleFormat;
  }
}

static bool roundsUp(std::uint64_t kept, bool half, bool below, bool negative,
                     Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest:
    return half && (below || (kept & 1));
  case Rounding::Zero:
    return false;
  case Rounding::Down:
    return negative && (half || below);
  case Rounding::Up:
    return !negative && (half || below);
  case Rounding::Away:
    return half;
  }
  return false;
}

static std::uint64_t overflow(const Format &format, bool negative,
                              Rounding rounding, bool saturates) {
  std::uint64_t sign = negative ? format.sign() : 0;
  bool stays = rounding == Rounding::Zero ||
               (rounding == Rounding::Down && !negative) ||
               (rounding == Rounding::Up && negative);
  if (stays || saturates)
    return sign | format.largest();
  return sign | (format.finiteOnly ? format.nan() : format.infinity());
}

std::uint64_t ferro::emulator::pack(const Format &format, bool negative,
                                    std::uint64_t magnitude, int exponent,
                                    bool sticky, Rounding rounding,
                                    bool saturates) {
  std::uint64_t sign = negative ? format.sign() : 0;
  if (!magnitude && !sticky)
    return sign;
  int lowest = 1 - format.bias() - int(format.mantissaBits);
  int top = exponent + 63 - std::countl_zero(magnitude | 1);
  int quantum = std::max(top - int(format.mantissaBits), lowest);
  int shift = quantum - exponent;
  std::uint64_t kept;
  bool half = false, below = sticky;
  if (shift <= 0) {
    kept = magnitude << -shift;
  } else if (shift > 64) {
    kept = 0;
    below = true;
  } else {
    kept = shift == 64 ? 0 : magnitude >> shift;
    half = magnitude >> (shift - 1) & 1;
    below |= (magnitude & ((1ull << (shift - 1)) - 1)) != 0;
  }
  kept += roundsUp(kept, half, below, negative, rounding);
  std::uint64_t bits =
      (std::uint64_t(quantum - lowest) << format.mantissaBits) + kept;
  if (quantum - lowest > 1 << format.exponentBits || bits > format.largest())
    return overflow(format, negative, rounding, saturates);
  return sign | bits;
}

std::uint64_t ferro::emulator::roundTo(const Format &format, double value,
                                       Rounding rounding, bool saturates) {
  std::uint64_t raw = std::bit_cast<std::uint64_t>(value);
  bool negative = raw >> 63;
  if (std::isnan(value))
    return format.nan();
  if (std::isinf(value)) {
    std::uint64_t sign = negative ? format.sign() : 0;
    if (saturates)
      return sign | format.largest();
    return sign | (format.finiteOnly ? format.nan() : format.infinity());
  }
  int field = int(raw >> 52 & 0x7ff);
  std::uint64_t magnitude = raw & ((1ull << 52) - 1);
  if (field)
    magnitude |= 1ull << 52;
  return pack(format, negative, magnitude, (field ? field : 1) - 1075, false,
              rounding, saturates);
}

double ferro::emulator::widen(const Format &format, std::uint64_t bits) {
  bool negative = bits & format.sign();
  std::uint64_t magnitude = bits & (format.sign() - 1);
  int field = int(magnitude >> format.mantissaBits);
  std::uint64_t mantissa = magnitude & ((1ull << format.mantissaBits) - 1);
  double result;
  bool special = format.finiteOnly ? magnitude == format.nan()
                                   : magnitude >= format.infinity();
  if (special)
    result = magnitude == format.infinity() ? INFINITY : NAN;
  else if (field)
    result = std::ldexp(double(mantissa | 1ull << format.mantissaBits),
                        field - format.bias() - int(format.mantissaBits));
  else
    result = std::ldexp(double(mantissa),
                        1 - format.bias() - int(format.mantissaBits));
  return negative ? -result : result;
}

double ferro::emulator::addToOdd(double a, double b) {
  double sum = a + b;
  if (!std::isfinite(sum))
    return sum;
  double rest = sum - a;
  double error = (a - (sum - rest)) + (b - rest);
  std::uint64_t bits = std::bit_cast<std::uint64_t>(sum);
  if (error == 0 || bits & 1)
    return sum;
  bool grows = (error > 0) == (sum > 0);
  return std::bit_cast<double>(grows ? bits + 1 : bits - 1);
}

RoundingScope::RoundingScope(Rounding rounding)
    : changed(rounding != Rounding::Nearest && rounding != Rounding::Away) {
  if (!changed)
    return;
  before = std::fegetround();
  std::fesetround(rounding == Rounding::Zero   ? FE_TOWARDZERO
                  : rounding == Rounding::Down ? FE_DOWNWARD
                                               : FE_UPWARD);
}
