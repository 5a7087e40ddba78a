// Functions made of those of MathFormulas.h, in f64. Of an f32 they are
// computed in f64 and rounded once; what f64 itself keeps is stated in Math.h.
#pragma once

#include "compiler/cpu/MathFormulas.h"

namespace ferro::cpu::formulas {

inline constexpr double pi = 0x1.921fb54442d18p1;
inline constexpr double halfPi = 0x1.921fb54442d18p0;
/// What pi / 2 is more than halfPi.
inline constexpr double halfPiRest = 0x1.1a62633145c07p-54;

/// 2^x = 2^n e^((x - n) log 2).
template <typename F> F exp2Derived(F x) {
  F bounded = clampKeepingNan(x, -1100, 1100);
  auto [shifted, n] = roundShifted<Binary64>(bounded, 1.0, 2 * Binary64::bias);
  F fraction = bounded - n;
  return scale<Binary64>(exp64(fraction * 0x1.62e42fefa39efp-1),
                         shifted.bits());
}

/// Source: Kahan: (e^x - 1) x / log(e^x), whose errors cancel.
template <typename F> F expm1Derived(F x) {
  F u = exp64(x);
  F result = (u - 1.0) * x / log64(u);
  result = select(u == 1.0, x, result);
  result = select(x > 700.0, u, result);
  return select(x < -40.0, x.like(-1), result);
}

/// Source: Kahan: log(u) (x / (u - 1)) of u = 1 + x.
template <typename F> F log1pDerived(F x) {
  F u = x + 1.0;
  F result = log64(u) * (x / (u - 1.0));
  result = select(u == 1.0, x, result);
  return select(abs(x) == infinity, log64(x), result);
}

template <typename F> F log2Derived(F x) {
  return log64(x) * 0x1.71547652b82fep0;
}
template <typename F> F log10Derived(F x) {
  return log64(x) * 0x1.bcb7b1526e50ep-2;
}

template <typename F> F rsqrtDerived(F x) { return 1.0 / sqrt(x); }

/// (t + t / (t + 1)) / 2 of t = e^|x| - 1; from 22 on e^|x| / 2, in two
/// factors.
template <typename F> F sinhDerived(F x) {
  F magnitude = abs(x);
  F t = expm1Derived(magnitude);
  F small = (t + t / (t + 1.0)) * 0.5;
  F root = exp64(magnitude * 0.5);
  return copysign(select(magnitude > 22.0, root * 0.5 * root, small), x);
}
template <typename F> F coshDerived(F x) {
  F magnitude = abs(x);
  F e = exp64(magnitude);
  F root = exp64(magnitude * 0.5);
  return select(magnitude > 22.0, root * 0.5 * root, (e + 1.0 / e) * 0.5);
}

template <typename F> F tanDerived(F x) { return sin64(x) / cos64(x); }

/// The arc tangent of x >= 0 by its series, where |z| <= tan(pi / 8).
template <typename F> F atanPositive(F x) {
  auto isLarge = x > 0x1.3504f333f9de6p1;   // tan(3 pi / 8)
  auto isMiddle = x > 0x1.a827999fcef32p-2; // tan(pi / 8)
  F middle = (x - 1.0) / (x + 1.0);
  F z = select(isLarge, -1.0 / x, select(isMiddle, middle, x));
  F base = select(isLarge, x.like(halfPi),
                  select(isMiddle, x.like(halfPi / 2), x.like(0)));
  F rest = select(isLarge, x.like(halfPiRest),
                  select(isMiddle, x.like(halfPiRest / 2), x.like(0)));
  F square = z * z;
  F sum = x.like(1.0 / 45);
  for (int odd = 43; odd >= 3; odd -= 2)
    sum = fma(-sum, square, x.like(1.0 / odd));
  // z - z^3 (1/3 - z^2 / 5 + ...)
  return base + (z - (z * square * sum - rest));
}
template <typename F> F atanDerived(F x) {
  return copysign(atanPositive(abs(x)), x);
}

template <typename F> F asinDerived(F x) {
  F magnitude = abs(x);
  F tangent = magnitude / sqrt((1.0 - magnitude) * (magnitude + 1.0));
  return copysign(atanPositive(tangent), x);
}
template <typename F> F acosDerived(F x) {
  return atanPositive(sqrt((1.0 - x) / (x + 1.0))) * 2.0;
}

/// Special values as IEEE 754's.
template <typename F> F atan2Derived(F y, F x) {
  F a = abs(y), b = abs(x);
  F quotient = a / b;
  quotient = select(a == b, x.like(1), quotient); // also of infinities
  quotient = select((a == 0.0) & (b == 0.0), x.like(0), quotient);
  F angle = atanPositive(quotient);
  F one = x.like(1);
  auto isNegative = copysign(one, x) < 0.0;
  angle = select(isNegative, pi - (angle - 2 * halfPiRest), angle);
  angle = copysign(angle, y);
  angle = select(x == x, angle, x);
  return select(y == y, angle, y);
}

/// A step of Newton's method from e^(log|x| / 3).
template <typename F> F cbrtDerived(F x) {
  auto isTiny = abs(x) < 0x1p-900; // whose powers would be subnormal
  F magnitude = select(isTiny, abs(x) * 0x1p300, abs(x));
  F root = exp64(log64(magnitude) * (1.0 / 3));
  F square = root * root;
  root = root - fma(root, square, -magnitude) / (square * 3.0);
  root = select(magnitude == 0.0, magnitude, root);
  root = select(magnitude == infinity, magnitude, root);
  root = select(isTiny, root * 0x1p-100, root);
  return copysign(select(x == x, root, x), x);
}

} // namespace ferro::cpu::formulas
