// The numbers over which the formulas of Ops.def are evaluated.
//
// A formula is C++ in a generic number type. Number<T> makes it a value: that
// is the specification of an element-wise op. A code generator evaluates the
// same text with a type of its own that offers the same operators and
// functions.
#pragma once

#include "ferro/DType.h"
#include "ferro/Error.h"

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace ferro::exec {

template <typename T> struct ComputeOf {
  using type = T;
};
template <> struct ComputeOf<f16> {
  using type = float;
};
template <> struct ComputeOf<bf16> {
  using type = float;
};
/// The type in which elements of type T are computed: float for the halves,
/// else T itself.
template <typename T> using Compute = typename ComputeOf<T>::type;

template <typename T>
concept Arithmetic = std::is_arithmetic_v<T>;

/// An element in its compute type. Integers wrap around; literals on either
/// side take the number's type.
template <typename T> struct Number {
  T value{};

  Number() = default;
  template <Arithmetic U>
  constexpr Number(U literal) : value(static_cast<T>(literal)) {}
  constexpr operator bool() const
    requires std::same_as<T, bool>
  {
    return value;
  }

  friend Number operator-(Number a) {
    if constexpr (std::integral<T>)
      return wrap(0 - bits(a));
    else
      return -a.value;
  }
  friend Number operator+(Number a, Number b) {
    if constexpr (std::integral<T>)
      return wrap(bits(a) + bits(b));
    else
      return a.value + b.value;
  }
  friend Number operator-(Number a, Number b) {
    if constexpr (std::integral<T>)
      return wrap(bits(a) - bits(b));
    else
      return a.value - b.value;
  }
  friend Number operator*(Number a, Number b) {
    if constexpr (std::integral<T>)
      return wrap(bits(a) * bits(b));
    else
      return a.value * b.value;
  }
  /// Integers truncate toward zero; the lowest one divided by -1 wraps.
  /// \throws Error DivisionByZero for integers.
  friend Number operator/(Number a, Number b) {
    if constexpr (std::integral<T>) {
      if (b.value == 0)
        throw Error(Code::DivisionByZero, "div",
                    "found " + std::to_string(a.value) +
                        " / 0; the divisor of an integer must not be 0");
      if (std::signed_integral<T> && b.value == static_cast<T>(-1))
        return -a;
    }
    return static_cast<T>(a.value / b.value);
  }

  friend bool operator==(Number a, Number b) { return a.value == b.value; }
  friend bool operator!=(Number a, Number b) { return a.value != b.value; }
  friend bool operator<(Number a, Number b) { return a.value < b.value; }
  friend bool operator<=(Number a, Number b) { return a.value <= b.value; }
  friend bool operator>(Number a, Number b) { return a.value > b.value; }
  friend bool operator>=(Number a, Number b) { return a.value >= b.value; }

  friend Number select(bool condition, Number a, Number b) {
    return condition ? a : b;
  }
  /// NaN if either is NaN.
  friend Number min(Number a, Number b) {
    return a.value < b.value || a.value != a.value ? a : b;
  }
  /// NaN if either is NaN.
  friend Number max(Number a, Number b) {
    return a.value > b.value || a.value != a.value ? a : b;
  }
  friend Number abs(Number a) {
    if constexpr (std::floating_point<T>)
      return std::abs(a.value);
    else
      return a.value < T(0) ? -a : a;
  }
  friend Number floor(Number a) {
    if constexpr (std::floating_point<T>)
      return std::floor(a.value);
    else
      return a;
  }
  friend Number ceil(Number a) {
    if constexpr (std::floating_point<T>)
      return std::ceil(a.value);
    else
      return a;
  }
  friend Number sqrt(Number a) { return std::sqrt(a.value); }
  friend Number exp(Number a) { return std::exp(a.value); }
  friend Number log(Number a) { return std::log(a.value); }
  friend Number sin(Number a) { return std::sin(a.value); }
  friend Number cos(Number a) { return std::cos(a.value); }
  friend Number tanh(Number a) { return std::tanh(a.value); }
  friend Number erf(Number a) { return std::erf(a.value); }
  friend Number pow(Number a, Number b) { return std::pow(a.value, b.value); }

private:
  // Unsigned 64-bit arithmetic is exact modulo every width below.
  static std::uint64_t bits(Number a) {
    return static_cast<std::uint64_t>(a.value);
  }
  static Number wrap(std::uint64_t bits) { return static_cast<T>(bits); }
};

/// A double as the float whose lowest bit says whether anything was cut off, so
/// that a second rounding to a half gives the nearest half of the double.
inline float roundToOdd(double value) {
  auto rounded = static_cast<float>(value);
  if (!std::isfinite(rounded) || static_cast<double>(rounded) == value ||
      (std::bit_cast<std::uint32_t>(rounded) & 1))
    return rounded;
  bool above = static_cast<double>(rounded) > value;
  return std::nextafter(rounded, above
                                     ? -std::numeric_limits<float>::infinity()
                                     : std::numeric_limits<float>::infinity());
}

/// An element in another type: the op `cast`. Floats round to nearest even;
/// into integers they truncate toward zero, saturate, and NaN becomes 0;
/// integers wrap; into bool everything but zero is true.
template <typename To, typename From> To convert(From from) {
  if constexpr (std::same_as<To, From>) {
    return from;
  } else if constexpr (std::same_as<From, f16> || std::same_as<From, bf16>) {
    return convert<To>(static_cast<float>(from));
  } else if constexpr (std::same_as<To, bool>) {
    return from != From(0);
  } else if constexpr (std::same_as<To, f16> || std::same_as<To, bf16>) {
    if constexpr (std::same_as<From, float>)
      return To(from);
    else
      return To(roundToOdd(static_cast<double>(from)));
  } else if constexpr (std::floating_point<From> && std::integral<To>) {
    // 2^digits is exact in every float; the largest integer may not be.
    From limit = std::ldexp(From(1), std::numeric_limits<To>::digits);
    if (from != from)
      return 0;
    if (from >= limit)
      return std::numeric_limits<To>::max();
    if (from <= (std::unsigned_integral<To> ? From(0) : -limit))
      return std::numeric_limits<To>::min();
    return static_cast<To>(from);
  } else {
    return static_cast<To>(from);
  }
}

} // namespace ferro::exec
