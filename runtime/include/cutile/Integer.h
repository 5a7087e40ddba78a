// Operations on tiles of integers, element by element, as the dialect has
// them: equal shapes and element types. Operators.h has what programs write.
#pragma once

#include "cutile/Modes.h"
#include "cutile/Shapes.h"
#include "cutile/Tile.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Integer.h"
#endif

namespace cutile {

// Integers are two's complement and results wrap. A mode of Overflow promises
// that a result fits when its operands are read as signed (nsw) or unsigned
// (nuw) integers; where it does not, the reference throws InvalidArgument.

/// `result[i] = a[i] + b[i]`, modulo 2^bits.
///
/// \param a a tile of integers.
/// \param b a tile of the same type.
/// \param mode what is promised about overflow.
template <IntegerElement E, int... D, Overflow M = Overflow::Wrap>
[[cutile::op("addi")]] Tile<E, D...> addi(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b,
                                          [[maybe_unused]] Mode<M> mode = {}) {
  return reference::map<Tile<E, D...>>(reference::addInt<M, E>, a, b);
}

/// `result[i] = a[i] - b[i]`, modulo 2^bits.
///
/// \param a a tile of integers.
/// \param b a tile of the same type.
/// \param mode what is promised about overflow.
template <IntegerElement E, int... D, Overflow M = Overflow::Wrap>
[[cutile::op("subi")]] Tile<E, D...> subi(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b,
                                          [[maybe_unused]] Mode<M> mode = {}) {
  return reference::map<Tile<E, D...>>(reference::subInt<M, E>, a, b);
}

/// `result[i] = a[i] * b[i]`, modulo 2^bits.
///
/// \param a a tile of integers.
/// \param b a tile of the same type.
/// \param mode what is promised about overflow.
template <IntegerElement E, int... D, Overflow M = Overflow::Wrap>
[[cutile::op("muli")]] Tile<E, D...> muli(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b,
                                          [[maybe_unused]] Mode<M> mode = {}) {
  return reference::map<Tile<E, D...>>(reference::mulInt<M, E>, a, b);
}

/// `result[i] = a[i] / b[i]`, rounded as \p mode says.
///
/// A quotient by zero is 0, as in compiled scripts; the least integer by -1 is
/// itself.
///
/// \param a a tile of integers.
/// \param b a tile of the same type.
/// \param mode quotient::toward_zero, floor or ceil.
template <IntegerElement E, int... D,
          IntegerRounding M = IntegerRounding::TowardZero>
[[cutile::op("divi")]] Tile<E, D...> divi(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b,
                                          [[maybe_unused]] Mode<M> mode = {}) {
  return reference::map<Tile<E, D...>>(reference::divInt<M, E>, a, b);
}

/// `result[i] = a[i] - b[i] * (a[i] / b[i])` with the quotient rounded toward
/// zero: the sign is that of a[i]. By zero it is a[i], by -1 it is 0.
///
/// \param a a tile of integers.
/// \param b a tile of the same type.
template <IntegerElement E, int... D>
[[cutile::op("remi")]] Tile<E, D...> remi(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>(reference::remInt<E>, a, b);
}

/// What negi may be promised: a negated integer always wraps as unsigned.
template <Overflow mode>
concept NegationOverflow =
    mode == Overflow::Wrap || mode == Overflow::NoSignedWrap;

/// `result[i] = -x[i]`, modulo 2^bits.
///
/// \param x a tile of integers.
/// \param mode overflow::wrap or nsw.
template <IntegerElement E, int... D, Overflow M = Overflow::Wrap>
  requires NegationOverflow<M>
[[cutile::op("negi")]] Tile<E, D...> negi(const Tile<E, D...> &x,
                                          [[maybe_unused]] Mode<M> mode = {}) {
  return reference::map<Tile<E, D...>>(reference::negInt<M, E>, x);
}

/// `result[i] = |x[i]|`, modulo 2^bits: the least integer stays itself.
///
/// \param x a tile of signed integers.
template <SignedElement E, int... D>
[[cutile::op("absi")]] Tile<E, D...> absi(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) { return e < 0 ? reference::negInt<Overflow::Wrap, E>(e) : e; },
      x);
}

/// `result[i] = (a[i] * b[i]) >> bits` of the exact product of the patterns,
/// read as unsigned integers.
///
/// \param a a tile of integers.
/// \param b a tile of the same type.
template <IntegerElement E, int... D>
[[cutile::op("mulhii")]] Tile<E, D...> mulhii(const Tile<E, D...> &a,
                                              const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>(reference::mulHigh<E>, a, b);
}

/// `result[i]` is the larger of `a[i]` and `b[i]`.
///
/// \param a a tile of integers.
/// \param b a tile of the same type.
template <IntegerElement E, int... D>
[[cutile::op("maxi")]] Tile<E, D...> maxi(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>([](E x, E y) { return x < y ? y : x; },
                                       a, b);
}

/// `result[i]` is the smaller of `a[i]` and `b[i]`.
///
/// \param a a tile of integers.
/// \param b a tile of the same type.
template <IntegerElement E, int... D>
[[cutile::op("mini")]] Tile<E, D...> mini(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>([](E x, E y) { return y < x ? y : x; },
                                       a, b);
}

/// `result[i] = a[i] & b[i]`.
///
/// \param a a tile of integers or bool.
/// \param b a tile of the same type.
template <BitElement E, int... D>
[[cutile::op("andi")]] Tile<E, D...> andi(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>([](E x, E y) { return E(x & y); }, a, b);
}

/// `result[i] = a[i] | b[i]`.
///
/// \param a a tile of integers or bool.
/// \param b a tile of the same type.
template <BitElement E, int... D>
[[cutile::op("ori")]] Tile<E, D...> ori(const Tile<E, D...> &a,
                                        const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>([](E x, E y) { return E(x | y); }, a, b);
}

/// `result[i] = a[i] ^ b[i]`.
///
/// \param a a tile of integers or bool.
/// \param b a tile of the same type.
template <BitElement E, int... D>
[[cutile::op("xori")]] Tile<E, D...> xori(const Tile<E, D...> &a,
                                          const Tile<E, D...> &b) {
  return reference::map<Tile<E, D...>>([](E x, E y) { return E(x ^ y); }, a, b);
}

/// `result[i]` is `x[i]` with every bit flipped; the other truth for bool.
/// The dialect has no such operation: it is xori with all ones.
template <BitElement E, int... D> auto noti(const Tile<E, D...> &x) {
  return xori(x, full<E, D...>(static_cast<E>(-1)));
}

/// `result[i] = x[i] * 2^amounts[i]`, modulo 2^bits; 0 where the amount, read
/// as unsigned, is the width or more.
///
/// \param x a tile of integers.
/// \param amounts a tile of the same type.
/// \param mode what is promised about overflow.
template <IntegerElement E, int... D, Overflow M = Overflow::Wrap>
[[cutile::op("shli")]] Tile<E, D...> shli(const Tile<E, D...> &x,
                                          const Tile<E, D...> &amounts,
                                          [[maybe_unused]] Mode<M> mode = {}) {
  return reference::map<Tile<E, D...>>(reference::shiftLeft<M, E>, x, amounts);
}

/// `result[i] = floor(x[i] / 2^amounts[i])`; where the amount, read as
/// unsigned, is the width or more: 0, or -1 for negative x[i].
///
/// \param x a tile of integers.
/// \param amounts a tile of the same type.
template <IntegerElement E, int... D>
[[cutile::op("shri")]] Tile<E, D...> shri(const Tile<E, D...> &x,
                                          const Tile<E, D...> &amounts) {
  return reference::map<Tile<E, D...>>(reference::shiftRight<E>, x, amounts);
}

} // namespace cutile
