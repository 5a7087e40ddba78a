// Float arithmetic exactly as the formats define it, whatever rounding mode
// the machine is in.
#pragma once

#include "cutile/reference/Exact.h"

#include <cmath>

namespace cutile::reference {

/// Where the nearest result of one operation on E is computed by the machine.
/// Rounding an f32 sum, product, quotient or root of f16 or bf16 once more does
/// no harm: f32 has more than 2p + 1 bits. Source: Figueroa, "When is double
/// rounding innocuous?", SIGNUM Newsletter 30(3), 1995.
template <FloatElement E>
using Machine = std::conditional_t<std::same_as<E, f64>, f64, f32>;

template <FloatElement E> constexpr u64 signBit() {
  return u64{1} << (ElementTraits<E>::bits - 1);
}

/// A subnormal number as the zero of its sign.
template <Subnormals S, FloatElement E> E flushed(E x) {
  if constexpr (S == Subnormals::Flush)
    return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(E{0}, x) : x;
  else
    return x;
}

/// The machine's result if R is the nearest (or leaves the choice), else the
/// exact one, rounded.
template <Rounding R, Subnormals S, FloatElement E, typename Nearest,
          typename Exact, typename... Xs>
E evaluate(Nearest nearest, Exact exact, E x, Xs... others) {
  auto once = [&](auto... operands) {
    if constexpr (detail::isDirected(R))
      return rounded<E>(exact(numberOf(operands)..., R), R);
    else
      return E(nearest(Machine<E>(operands)...));
  };
  return flushed<S>(once(flushed<S>(x), flushed<S>(others)...));
}

template <typename E, Rounding R, Subnormals S> E add(E a, E b) {
  return evaluate<R, S>([](auto x, auto y) { return x + y; }, sum, a, b);
}
template <typename E, Rounding R, Subnormals S> E sub(E a, E b) {
  return evaluate<R, S>([](auto x, auto y) { return x - y; }, difference, a, b);
}
template <typename E, Rounding R, Subnormals S> E mul(E a, E b) {
  return evaluate<R, S>([](auto x, auto y) { return x * y; }, product, a, b);
}
template <typename E, Rounding R, Subnormals S> E div(E a, E b) {
  return evaluate<R, S>([](auto x, auto y) { return x / y; }, quotient, a, b);
}
template <typename E, Rounding R, Subnormals S> E sqrt(E x) {
  return evaluate<R, S>([](auto y) { return std::sqrt(y); }, squareRoot, x);
}
template <typename E, Rounding R, Subnormals S> E fma(E a, E b, E c) {
  // The sum of f16, of 80 bits and more, fits no machine type.
  if constexpr (sizeof(E) == 2)
    return rounded<E>(productSum(numberOf(a), numberOf(b), numberOf(c), R), R);
  else
    return evaluate<R, S>(
        [](auto x, auto y, auto z) { return std::fma(x, y, z); }, productSum, a,
        b, c);
}

/// The remainder of a truncated quotient; it is always representable.
template <FloatElement E> E rem(E a, E b) {
  return E(std::fmod(Machine<E>(a), Machine<E>(b)));
}

template <FloatElement E> E neg(E x) {
  return fromPattern<E>(patternOf(x) ^ signBit<E>());
}
template <FloatElement E> E abs(E x) {
  return fromPattern<E>(patternOf(x) & ~signBit<E>());
}
template <FloatElement E> E copysign(E x, E sign) {
  return fromPattern<E>((patternOf(x) & ~signBit<E>()) |
                        (patternOf(sign) & signBit<E>()));
}

template <FloatElement E> bool isNan(E x) { return std::isnan(Machine<E>(x)); }
template <FloatElement E> bool isInf(E x) { return std::isinf(Machine<E>(x)); }
template <FloatElement E> bool isFinite(E x) {
  return std::isfinite(Machine<E>(x));
}

/// The operand that is larger (or, if \p smaller, the other way round); -0 is
/// below +0.
template <typename E, NanMode N, Subnormals S, bool smaller>
E extremum(E a, E b) {
  a = flushed<S>(a), b = flushed<S>(b);
  if (isNan(a))
    return N == NanMode::Suppress ? b : a;
  if (isNan(b))
    return N == NanMode::Suppress ? a : b;
  Machine<E> x = a, y = b;
  bool aBelow = x < y || (x == y && std::signbit(x));
  return aBelow == smaller ? a : b;
}
template <typename E, NanMode N, Subnormals S> E max(E a, E b) {
  return extremum<E, N, S, false>(a, b);
}
template <typename E, NanMode N, Subnormals S> E min(E a, E b) {
  return extremum<E, N, S, true>(a, b);
}

} // namespace cutile::reference
