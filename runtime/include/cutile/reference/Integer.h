// Integer arithmetic, two's complement.
#pragma once

#include "cutile/Modes.h"
#include "cutile/reference/Execution.h"

#include <string>
#include <type_traits>

namespace cutile::reference {

__extension__ using WideUnsigned = unsigned __int128;
template <typename E> using SignedOf = std::make_signed_t<E>;
template <typename E> using UnsignedOf = std::make_unsigned_t<E>;

[[noreturn]] inline void brokenPromise(const char *op, const std::string &text,
                                       const char *element, bool isSigned) {
  fail(ferro::Code::InvalidArgument, op,
       text + " overflows " + element + " as a" +
           (isSigned ? " signed" : "n unsigned") +
           " integer, which the program promised not to happen");
}

/// Throws if a result overflows in a way that \p mode rules out.
template <Overflow mode, typename E>
void keepPromise(const char *op, const char *symbol, E a, E b,
                 bool signedOverflow, bool unsignedOverflow) {
  constexpr bool noSigned =
      mode != Overflow::Wrap && mode != Overflow::NoUnsignedWrap;
  constexpr bool noUnsigned =
      mode != Overflow::Wrap && mode != Overflow::NoSignedWrap;
  bool isSigned = noSigned && signedOverflow;
  if (isSigned || (noUnsigned && unsignedOverflow))
    brokenPromise(op,
                  std::to_string(a) + " " + symbol + " " + std::to_string(b),
                  ElementTraits<E>::name, isSigned);
}

/// The low bits of what \p operation, one of __builtin_*_overflow, computes.
template <Overflow mode, typename E, typename F>
E wrap(const char *op, const char *symbol, E a, E b, F operation) {
  SignedOf<E> asSigned;
  UnsignedOf<E> asUnsigned;
  bool signedOverflow = operation(SignedOf<E>(a), SignedOf<E>(b), &asSigned);
  bool unsignedOverflow =
      operation(UnsignedOf<E>(a), UnsignedOf<E>(b), &asUnsigned);
  keepPromise<mode>(op, symbol, a, b, signedOverflow, unsignedOverflow);
  return E(asUnsigned);
}

template <Overflow mode, typename E> E addInt(E a, E b) {
  return wrap<mode>("addi", "+", a, b, [](auto x, auto y, auto *result) {
    return __builtin_add_overflow(x, y, result);
  });
}
template <Overflow mode, typename E> E subInt(E a, E b) {
  return wrap<mode>("subi", "-", a, b, [](auto x, auto y, auto *result) {
    return __builtin_sub_overflow(x, y, result);
  });
}
template <Overflow mode, typename E> E mulInt(E a, E b) {
  return wrap<mode>("muli", "*", a, b, [](auto x, auto y, auto *result) {
    return __builtin_mul_overflow(x, y, result);
  });
}

template <Overflow mode, typename E> E negInt(E x) {
  if (mode == Overflow::NoSignedWrap && x == std::numeric_limits<E>::min())
    brokenPromise("negi", "-(" + std::to_string(x) + ")",
                  ElementTraits<E>::name, true);
  return static_cast<E>(UnsignedOf<E>{0} - UnsignedOf<E>(x));
}

template <typename E> constexpr bool overflowsQuotient(E a, E b) {
  return std::is_signed_v<E> && a == std::numeric_limits<E>::min() &&
         b == E(-1);
}

template <IntegerRounding mode, typename E> E divInt(E a, E b) {
  if (b == 0)
    return 0;
  if (overflowsQuotient(a, b))
    return a;
  bool exact = a % b == 0, negative = (a < 0) != (b < 0);
  int step = exact                                        ? 0
             : mode == IntegerRounding::Floor && negative ? -1
             : mode == IntegerRounding::Ceil && !negative ? 1
                                                          : 0;
  return E(a / b + step);
}
template <typename E> E remInt(E a, E b) {
  if (b == 0)
    return a;
  return overflowsQuotient(a, b) ? E(0) : E(a % b);
}

/// The high half of the product of two patterns read as unsigned.
template <typename E> E mulHigh(E a, E b) {
  using U = UnsignedOf<E>;
  auto product = static_cast<WideUnsigned>(U(a)) * U(b);
  return E(U(product >> (8 * sizeof(E))));
}

template <typename E> bool isBeyondWidth(E amount) {
  return UnsignedOf<E>(amount) >= 8 * sizeof(E);
}
template <typename E> E shiftRight(E x, E amount) {
  if (isBeyondWidth(amount))
    return x < 0 ? E(-1) : E(0);
  return E(x >> amount);
}
template <Overflow mode, typename E> E shiftLeft(E x, E amount) {
  E result = isBeyondWidth(amount) ? E(0) : E(UnsignedOf<E>(x) << amount);
  using S = SignedOf<E>;
  using U = UnsignedOf<E>;
  keepPromise<mode>("shli", "<<", x, amount,
                    shiftRight(S(result), S(amount)) != S(x),
                    shiftRight(U(result), U(amount)) != U(x));
  return result;
}

} // namespace cutile::reference
