// What the overloads of [[cutile::variadic_op]] and of its siblings are made
// of. The plugin and ferro-rewrite write these names; programs need none.
#pragma once

#include "cutile/Std.h"

namespace cutile {

/// A name as a template argument.
template <std::size_t size> struct OpName {
  char text[size];
  consteval OpName(const char (&name)[size]) {
    for (std::size_t i = 0; i != size; ++i)
      text[i] = name[i];
  }
};

/// A shape pack as a type.
template <auto... extents> struct Extents {
  static constexpr int rank = sizeof...(extents);
};

/// The op or struct `name` exists for ranks 0 to `max`; the rank of `S` is one
/// of them.
template <OpName name, int max, typename S>
concept TakesRanksUpTo = S::rank <= max;

/// Chooses the overload: one rank for each length of the op's packs.
template <int... ranks> struct Rank {};

/// The result of an op while its caller has not said what type it has:
///
///     Tile<f32, 8, 4> y = permuted(x);
///
/// It is a temporary that refers to the arguments and can only be converted.
template <typename F> class [[nodiscard]] Ascribed {
public:
  explicit Ascribed(F f) : call(std::move(f)) {}
  Ascribed(const Ascribed &) = delete;

  template <typename T>
    requires std::is_invocable_r_v<T, F &, std::type_identity<T>>
  operator T() && {
    return call(std::type_identity<T>());
  }

private:
  F call;
};

/// An op with all of its arguments but the one on the left of `|`:
///
///     x | scaled(2.f)
///
/// It is a temporary that refers to the arguments.
template <typename F> class [[nodiscard]] Piped {
public:
  explicit Piped(F f) : call(std::move(f)) {}
  Piped(const Piped &) = delete;

  template <typename X>
    requires std::is_invocable_v<F &, X>
  friend decltype(auto) operator|(X &&x, Piped &&op) {
    return op.call(static_cast<X &&>(x));
  }

private:
  F call;
};

} // namespace cutile
