// The float formats as data, and the two routines that serve all of them: a
// pattern of bits to the number it means, and a number rounded to a pattern.
#pragma once

#include "cutile/Modes.h"

#include <algorithm>

namespace cutile::reference {

__extension__ typedef unsigned __int128 u128;

/// The number of bits up to the highest one that is set.
constexpr int bitWidth(u128 value) {
  u64 high = static_cast<u64>(value >> 64);
  return high ? 64 + std::bit_width(high)
              : std::bit_width(static_cast<u64>(value));
}

/// The \p bits lowest bits; 1 to 64.
constexpr u64 ones(int bits) { return ~u64{0} >> (64 - bits); }

/// What stands beyond the finite numbers of a format.
enum class Specials : u8 {
  Ieee,       ///< infinity and NaNs; overflow as IEEE 754 rounds it
  Saturating, ///< infinity and NaNs, which no rounding gives
  OnlyNan,    ///< one NaN, the pattern of all ones
  None        ///< every pattern is a finite number
};

/// A float format: from the top a sign, exponent bits with the bias of IEEE
/// 754, fraction bits, and padding, which is zero.
///
/// Formats other than Specials::Ieee saturate: what is larger than the largest
/// finite number, infinity too, becomes that number, and a NaN becomes the
/// positive pattern of all ones, as `cvt.satfinite` of PTX has it.
struct Format {
  int exponentBits;
  int fractionBits;
  Specials specials = Specials::Ieee;
  int padding = 0;
  bool isSigned = true; ///< without a sign there are no subnormals, no zero

  constexpr int bias() const { return (1 << (exponentBits - 1)) - 1; }
  constexpr int magnitudeBits() const { return exponentBits + fractionBits; }
  constexpr int width() const { return isSigned + magnitudeBits() + padding; }
  constexpr bool saturates() const { return specials != Specials::Ieee; }

  constexpr u64 allOnes() const { return ones(magnitudeBits()); }
  constexpr u64 fractionMask() const { return (u64{1} << fractionBits) - 1; }
  /// Infinity, where the format has one.
  constexpr u64 infinity() const { return allOnes() & ~fractionMask(); }
  constexpr u64 largest() const {
    switch (specials) {
    case Specials::OnlyNan:
      return allOnes() - 1;
    case Specials::None:
      return allOnes();
    default:
      return infinity() - 1;
    }
  }
  /// The power of two of the smallest normal number.
  constexpr int minExponent() const { return isSigned - bias(); }
  /// The power of two of the largest number.
  constexpr int maxExponent() const {
    return static_cast<int>(largest() >> fractionBits) - bias();
  }
};

template <typename E> inline constexpr Format formatOf = {};
template <> inline constexpr Format formatOf<f64> = {11, 52};
template <> inline constexpr Format formatOf<f32> = {8, 23};
template <> inline constexpr Format formatOf<f16> = {5, 10};
template <> inline constexpr Format formatOf<bf16> = {8, 7};
template <>
inline constexpr Format formatOf<tf32> = {8, 10, Specials::Ieee, 13};
template <>
inline constexpr Format formatOf<f8e5m2> = {5, 2, Specials::Saturating};
template <>
inline constexpr Format formatOf<f8e4m3> = {4, 3, Specials::OnlyNan};
template <>
inline constexpr Format formatOf<f8e8m0> = {8, 0, Specials::OnlyNan, 0, false};
template <> inline constexpr Format formatOf<f4e2m1> = {2, 1, Specials::None};

/// A number of any format, or a result that is not rounded yet.
struct Number {
  enum class Kind : u8 { Finite, Infinite, Nan };
  Kind kind = Kind::Finite;
  bool negative = false;
  /// A finite number is +-significand * 2^exponent. Bit 0 of a significand of
  /// at least 64 bits also stands for everything that was below it. That of a
  /// NaN is its payload, from bit 63 down.
  int exponent = 0;
  u128 significand = 0;

  constexpr bool isNan() const { return kind == Kind::Nan; }
  constexpr bool isInfinite() const { return kind == Kind::Infinite; }
  constexpr bool isZero() const {
    return kind == Kind::Finite && significand == 0;
  }
};

/// The number that a pattern means, exactly.
constexpr Number decode(u64 pattern, Format format) {
  pattern >>= format.padding;
  u64 magnitude = pattern & format.allOnes();
  u64 fraction = magnitude & format.fractionMask();
  Number x;
  x.negative = format.isSigned && pattern >> format.magnitudeBits() & 1;
  if (magnitude > format.largest()) {
    bool nan =
        magnitude != format.infinity() || format.specials == Specials::OnlyNan;
    x.kind = nan ? Number::Kind::Nan : Number::Kind::Infinite;
    x.significand = fraction << (63 - format.fractionBits) << 1;
    return x;
  }
  int code = static_cast<int>(magnitude >> format.fractionBits);
  bool hidden = code != 0 || !format.isSigned;
  x.significand = fraction | u64{hidden} << format.fractionBits;
  x.exponent = std::max(code - format.bias(), format.minExponent()) -
               format.fractionBits;
  return x;
}

/// Whether a number between two neighbours of a format becomes the one away
/// from zero. \p rest is what the nearer one lacks, \p half the middle.
constexpr bool roundsAway(Rounding mode, bool negative, bool odd, u128 rest,
                          u128 half) {
  switch (mode) {
  case Rounding::TowardPositive:
    return rest != 0 && !negative;
  case Rounding::TowardNegative:
    return rest != 0 && negative;
  case Rounding::TowardZero:
    return false;
  default:
    return rest > half || (rest == half && odd);
  }
}

/// The magnitude of a number beyond the largest of the format.
constexpr u64 overflowed(bool negative, Format format, Rounding mode) {
  bool away = roundsAway(mode, negative, false, 2, 1);
  return away && !format.saturates() ? format.infinity() : format.largest();
}

/// The magnitude bits of a finite number that is not zero.
constexpr u64 roundedMagnitude(const Number &x, Format format, Rounding mode) {
  int top = x.exponent + bitWidth(x.significand) - 1;
  if (top > format.maxExponent())
    return overflowed(x.negative, format, mode);
  int leading = std::max(top, format.minExponent());
  // The significand in units of the last place, which is 2^drop of its own.
  int drop = leading - format.fractionBits - x.exponent;
  u128 kept = 0, rest = 0, half = 1;
  if (drop <= 0) {
    kept = x.significand << -drop;
  } else if (drop <= 128) {
    kept = x.significand >> (drop - 1) >> 1;
    half = u128{1} << (drop - 1);
    rest = x.significand & ((half << 1) - 1);
  } else { // less than half of the last place
    rest = 1, half = 2;
  }
  kept += roundsAway(mode, x.negative, kept & 1, rest, half);
  // The hidden bit, and a carry, run into the exponent.
  u64 magnitude = (static_cast<u64>(leading - format.minExponent())
                   << format.fractionBits) +
                  static_cast<u64>(kept);
  if (!format.isSigned) // a magnitude of 1 is the pattern 0
    magnitude -= magnitude != 0;
  return magnitude > format.largest() ? overflowed(x.negative, format, mode)
                                      : magnitude;
}

/// The pattern that a number has in a format, rounded once.
constexpr u64 encode(Number x, Format format, Rounding mode) {
  x.negative = x.negative && format.isSigned;
  u64 sign = u64{x.negative} << format.magnitudeBits(), pattern = sign;
  switch (x.kind) {
  case Number::Kind::Nan:
    if (format.saturates())
      return format.allOnes();
    // Quiet, with the upper bits of the payload.
    pattern |= format.infinity() | u64{1} << (format.fractionBits - 1) |
               static_cast<u64>(x.significand) >> (64 - format.fractionBits);
    break;
  case Number::Kind::Infinite:
    pattern |= format.saturates() ? format.largest() : format.infinity();
    break;
  case Number::Kind::Finite:
    if (x.significand != 0)
      pattern |= roundedMagnitude(x, format, mode);
    break;
  }
  return pattern << format.padding;
}

/// The bits of a float, an integer or a storage element, from bit 0 up.
template <typename E> constexpr u64 patternOf(E x) {
  if constexpr (std::same_as<E, f32>)
    return std::bit_cast<u32>(x);
  else if constexpr (std::same_as<E, f64>)
    return std::bit_cast<u64>(x);
  else if constexpr (BitElement<E>)
    return static_cast<u64>(x) & ones(ElementTraits<E>::bits);
  else
    return x.bits;
}
/// The element of the low bits of \p pattern.
template <typename E> constexpr E fromPattern(u64 pattern) {
  if constexpr (std::same_as<E, f32>) {
    return std::bit_cast<f32>(static_cast<u32>(pattern));
  } else if constexpr (std::same_as<E, f64>) {
    return std::bit_cast<f64>(pattern);
  } else if constexpr (BitElement<E>) {
    return static_cast<E>(pattern);
  } else {
    E x;
    pattern &= ones(ElementTraits<E>::bits);
    x.bits = static_cast<decltype(x.bits)>(pattern);
    return x;
  }
}

template <FloatFormat E> constexpr Number numberOf(E x) {
  return decode(patternOf(x), formatOf<E>);
}
/// \p x rounded to E.
template <FloatFormat E> constexpr E rounded(const Number &x, Rounding mode) {
  return fromPattern<E>(encode(x, formatOf<E>, mode));
}

} // namespace cutile::reference
