// Conversions between all formats, each rounded once.
#pragma once

#include "cutile/reference/Exact.h"
#include "cutile/reference/Execution.h"

#include <string>

namespace cutile::reference {

/// Whether every number and NaN of From is one of To with zeros appended.
template <typename From, typename To>
inline constexpr bool isPrefix =
    formatOf<From>.exponentBits == formatOf<To>.exponentBits &&
    formatOf<From>.fractionBits <= formatOf<To>.fractionBits &&
    formatOf<From>.isSigned && formatOf<To>.isSigned &&
    !formatOf<To>.saturates();

template <FloatFormat To, Rounding R, FloatFormat From>
constexpr To floatToFloat(From x) {
  if constexpr (isPrefix<From, To>)
    return fromPattern<To>(patternOf(x)
                           << (formatOf<To>.width() - formatOf<From>.width()));
  else
    return rounded<To>(numberOf(x), R);
}

/// An element's value, in the 64-bit integer of its signedness.
template <typename I> constexpr auto wide(I x) {
  if constexpr (SignedElement<I>)
    return i64{x};
  else if constexpr (std::same_as<I, i4>)
    return static_cast<i64>(u64{x.bits} << 60) >> 60;
  else
    return u64{x};
}

template <typename I>
inline constexpr bool isSigned = SignedElement<I> || std::same_as<I, i4>;

template <FloatFormat To, Rounding R, typename From>
constexpr To integerToFloat(From x) {
  return rounded<To>(numberFrom(wide(x)), R);
}

/// The integer part, clamped to the range of To; 0 for NaN.
template <IntegerFormat To, FloatFormat From>
constexpr To floatToInteger(From value) {
  Number x = numberOf(value);
  if (x.isNan())
    return fromPattern<To>(0);
  constexpr u64 largest = ones(ElementTraits<To>::bits - isSigned<To>);
  u64 limit = x.negative ? (isSigned<To> ? largest + 1 : 0) : largest;
  int top = x.exponent + bitWidth(x.significand) - 1;
  u64 magnitude = limit;
  if (!x.isInfinite() && top < 64)
    magnitude = static_cast<u64>(
        std::min<u128>(limit, x.exponent >= 0     ? x.significand << x.exponent
                              : x.exponent > -128 ? x.significand >> -x.exponent
                                                  : 0));
  return fromPattern<To>(x.negative ? 0 - magnitude : magnitude);
}

/// The value in a wider type.
template <IntegerFormat To, typename From> constexpr To extended(From x) {
  return fromPattern<To>(static_cast<u64>(wide(x)));
}

/// The low bits.
/// \throws Error InvalidArgument if \p promise says that the value fits and it
///         does not.
template <IntegerFormat To, Overflow promise, IntegerFormat From>
To truncated(From x) {
  constexpr int bits = ElementTraits<To>::bits;
  u64 pattern = patternOf(x), low = pattern & ones(bits);
  u64 signExtended =
      static_cast<u64>(static_cast<i64>(low << (64 - bits)) >> (64 - bits));
  bool fitsUnsigned = low == pattern;
  bool fitsSigned = (signExtended & ones(ElementTraits<From>::bits)) == pattern;
  bool broken = (promise == Overflow::NoSignedWrap && !fitsSigned) ||
                (promise == Overflow::NoUnsignedWrap && !fitsUnsigned) ||
                (promise == Overflow::NoWrap && !(fitsSigned && fitsUnsigned));
  if (broken)
    fail(ferro::Code::InvalidArgument, "trunci",
         std::to_string(wide(x)) + " does not fit " + ElementTraits<To>::name +
             "; the overflow mode promises that it does");
  return fromPattern<To>(low);
}

template <ElementType To, ElementType From> constexpr To bitCast(From x) {
  return fromPattern<To>(patternOf(x));
}

/// Element \p i of consecutive elements of \p bits bits from bit 0 of byte 0
/// up.
template <typename To, typename Bytes> To unpacked(const Bytes &bytes, int i) {
  constexpr int bits = ElementTraits<To>::bits;
  u64 pattern = 0;
  if constexpr (bits < 8)
    pattern = patternOf(bytes[i * bits / 8]) >> i * bits % 8;
  else
    for (int byte = 0; byte < bits / 8; ++byte)
      pattern |= patternOf(bytes[i * (bits / 8) + byte]) << 8 * byte;
  return fromPattern<To>(pattern);
}

/// Byte \p i of the same sequence.
template <typename To, typename Elements, typename From>
To packed(const Elements &elements, int i) {
  constexpr int bits = ElementTraits<From>::bits;
  if constexpr (bits < 8) {
    u64 pattern = 0;
    for (int part = 0; part < 8 / bits; ++part)
      pattern |= patternOf(elements[i * (8 / bits) + part]) << part * bits;
    return fromPattern<To>(pattern);
  } else {
    return fromPattern<To>(patternOf(elements[i / (bits / 8)]) >>
                           8 * (i % (bits / 8)));
  }
}

} // namespace cutile::reference
