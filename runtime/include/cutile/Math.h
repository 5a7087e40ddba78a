// Functions of one and two float tiles, element by element.
#pragma once

#include "cutile/Modes.h"
#include "cutile/Tile.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Math.h"
#endif

namespace cutile {

// The reference computes in f64 with the functions of <cmath> and rounds once:
// f16, bf16 and f32 results are within 0.501 ulp, f64 results within the
// bounds of the C library (glibc: 4 ulp). Special operands are those of C,
// annex F. Compiled code states its own bounds, against this.

// Rounding to an integer: exact, and an infinity or NaN stays what it is.

/// `result[i]` is the least integer that is at least `x[i]`; -0 in (-1, 0).
template <FloatElement E, int... D>
[[cutile::op("ceil")]] Tile<E, D...> ceil(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::ceil(y); }, e);
      },
      x);
}

/// `result[i]` is the greatest integer that is at most `x[i]`.
template <FloatElement E, int... D>
[[cutile::op("floor")]] Tile<E, D...> floor(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::floor(y); }, e);
      },
      x);
}

/// `result[i]` is `x[i]` without its fraction, with the sign of `x[i]`.
template <FloatElement E, int... D>
[[cutile::op("trunc")]] Tile<E, D...> trunc(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::trunc(y); }, e);
      },
      x);
}

/// `result[i]` is the nearest integer, ties away from zero.
template <FloatElement E, int... D>
[[cutile::op("round")]] Tile<E, D...> round(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::round(y); }, e);
      },
      x);
}

/// `result[i]` is the nearest integer, ties to even.
template <FloatElement E, int... D>
[[cutile::op("rint")]] Tile<E, D...> rint(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble(
            [](f64 y) { return reference::nearestInteger(y); }, e);
      },
      x);
}

// Trigonometry, in radians; NaN for infinities.

/// `result[i] = sin(x[i])`.
template <FloatElement E, int... D>
[[cutile::op("sin")]] Tile<E, D...> sin(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::sin(y); }, e);
      },
      x);
}

/// `result[i] = cos(x[i])`.
template <FloatElement E, int... D>
[[cutile::op("cos")]] Tile<E, D...> cos(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::cos(y); }, e);
      },
      x);
}

/// `result[i] = tan(x[i])`.
template <FloatElement E, int... D>
[[cutile::op("tan")]] Tile<E, D...> tan(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::tan(y); }, e);
      },
      x);
}

/// `result[i] = asin(x[i])`, in [-pi/2, pi/2]; NaN beyond [-1, 1].
template <FloatElement E, int... D>
[[cutile::op("asin")]] Tile<E, D...> asin(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::asin(y); }, e);
      },
      x);
}

/// `result[i] = acos(x[i])`, in [0, pi]; NaN beyond [-1, 1].
template <FloatElement E, int... D>
[[cutile::op("acos")]] Tile<E, D...> acos(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::acos(y); }, e);
      },
      x);
}

/// `result[i] = atan(x[i])`, in [-pi/2, pi/2], infinities included.
template <FloatElement E, int... D>
[[cutile::op("atan")]] Tile<E, D...> atan(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::atan(y); }, e);
      },
      x);
}

/// The angle of the point (x[i], y[i]) in (-pi, pi], the sign of y[i] telling
/// -0 from +0: `atan2(-0, -1) = -pi`.
template <FloatElement E, int... D>
[[cutile::op("atan2")]] Tile<E, D...> atan2(const Tile<E, D...> &y,
                                            const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E a, E b) {
        return reference::inDouble(
            [](f64 c, f64 d) { return std::atan2(c, d); }, a, b);
      },
      y, x);
}

// Hyperbolic functions.

/// `result[i] = sinh(x[i])`.
template <FloatElement E, int... D>
[[cutile::op("sinh")]] Tile<E, D...> sinh(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::sinh(y); }, e);
      },
      x);
}

/// `result[i] = cosh(x[i])`.
template <FloatElement E, int... D>
[[cutile::op("cosh")]] Tile<E, D...> cosh(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::cosh(y); }, e);
      },
      x);
}

/// `result[i] = tanh(x[i])`.
///
/// \param x a tile of floats.
/// \param mode full, or for f32 approximate: an absolute error of 2^-10, which
///        the reference does not have.
template <FloatElement E, int... D, Rounding R = Rounding::Full>
  requires FunctionRounding<E, R>
[[cutile::op("tanh")]] Tile<E, D...> tanh(const Tile<E, D...> &x,
                                          [[maybe_unused]] Mode<R> mode = {}) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::tanh(y); }, e);
      },
      x);
}

// Exponentials and logarithms; a logarithm is -inf at zeros, NaN below.

/// `result[i] = e^x[i]`.
///
/// \param x a tile of floats.
/// \param mode full, or for f32 approximate: `exp2(x * log2(e))` in f32, with
/// an
///        error that grows with |x|, which the reference does not have.
template <FloatElement E, int... D, Rounding R = Rounding::Full>
  requires FunctionRounding<E, R>
[[cutile::op("exp")]] Tile<E, D...> exp(const Tile<E, D...> &x,
                                        [[maybe_unused]] Mode<R> mode = {}) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::exp(y); }, e);
      },
      x);
}

/// `result[i] = 2^x[i]`.
///
/// \param x a tile of floats.
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, Subnormals S = Subnormals::Preserve>
  requires SubnormalMode<E, S>
[[cutile::op("exp2")]] Tile<E, D...>
exp2(const Tile<E, D...> &x, [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble<S>([](f64 y) { return std::exp2(y); }, e);
      },
      x);
}

/// `result[i] = e^x[i] - 1`, without cancellation near zero.
template <FloatElement E, int... D>
[[cutile::op("expm1")]] Tile<E, D...> expm1(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::expm1(y); }, e);
      },
      x);
}

/// `result[i]` is the natural logarithm of `x[i]`.
template <FloatElement E, int... D>
[[cutile::op("log")]] Tile<E, D...> log(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::log(y); }, e);
      },
      x);
}

/// `result[i]` is the logarithm of `x[i]` to base 2.
template <FloatElement E, int... D>
[[cutile::op("log2")]] Tile<E, D...> log2(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::log2(y); }, e);
      },
      x);
}

/// `result[i]` is the logarithm of `x[i]` to base 10.
template <FloatElement E, int... D>
[[cutile::op("log10")]] Tile<E, D...> log10(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::log10(y); }, e);
      },
      x);
}

/// `result[i] = log(1 + x[i])`, without cancellation near zero.
template <FloatElement E, int... D>
[[cutile::op("log1p")]] Tile<E, D...> log1p(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::log1p(y); }, e);
      },
      x);
}

// Powers and others.

/// `result[i] = x[i]^exponent[i]`; NaN for negative x and an exponent that is
/// no integer; `pow(x, 0) = pow(1, y) = 1`, for NaN too.
template <FloatElement E, int... D>
[[cutile::op("pow")]] Tile<E, D...> pow(const Tile<E, D...> &x,
                                        const Tile<E, D...> &exponent) {
  return reference::map<Tile<E, D...>>(
      [](E a, E b) {
        return reference::inDouble([](f64 c, f64 d) { return std::pow(c, d); },
                                   a, b);
      },
      x, exponent);
}

/// `result[i] = 1 / sqrt(x[i])`; an infinity of their sign at zeros, NaN below.
///
/// \param x a tile of floats.
/// \param subnormals ftz is for f32.
template <FloatElement E, int... D, Subnormals S = Subnormals::Preserve>
  requires SubnormalMode<E, S>
[[cutile::op("rsqrt")]] Tile<E, D...>
rsqrt(const Tile<E, D...> &x, [[maybe_unused]] Mode<S> subnormals = {}) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble<S>([](f64 y) { return 1 / std::sqrt(y); },
                                      e);
      },
      x);
}

/// `result[i]` is the real cube root of `x[i]`, with its sign.
template <FloatElement E, int... D>
[[cutile::op("cbrt")]] Tile<E, D...> cbrt(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::cbrt(y); }, e);
      },
      x);
}

/// `result[i] = erf(x[i])`, the error function.
template <FloatElement E, int... D>
[[cutile::op("erf")]] Tile<E, D...> erf(const Tile<E, D...> &x) {
  return reference::map<Tile<E, D...>>(
      [](E e) {
        return reference::inDouble([](f64 y) { return std::erf(y); }, e);
      },
      x);
}

} // namespace cutile
