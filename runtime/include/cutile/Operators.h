// What programs write: operators and functions on tiles and numbers of mixed
// types and shapes. Each converts and stretches its operands as Promotion.h
// says and is then an operation of the dialect, whose contract it keeps.
// Functions of numbers alone give a number.
#pragma once

#include "cutile/Compare.h"
#include "cutile/Float.h"
#include "cutile/Integer.h"
#include "cutile/Literal.h"
#include "cutile/Math.h"
#include "cutile/Promotion.h"

namespace cutile {

// Operations on tiles of one type.
namespace detail::same {

#define CUTILE_BY_KIND(name, onFloats, onIntegers)                             \
  template <typename T, typename... M>                                         \
  auto name(const T &a, const T &b, M... modes) {                              \
    if constexpr (FloatElement<ElementTypeOf<T>>)                              \
      return onFloats(a, b, modes...);                                         \
    else                                                                       \
      return onIntegers(a, b, modes...);                                       \
  }
CUTILE_BY_KIND(add, addf, addi)
CUTILE_BY_KIND(sub, subf, subi)
CUTILE_BY_KIND(mul, mulf, muli)
CUTILE_BY_KIND(div, divf, divi)
CUTILE_BY_KIND(remainder, remf, remi)
CUTILE_BY_KIND(max, maxf, maxi)
CUTILE_BY_KIND(min, minf, mini)
#undef CUTILE_BY_KIND

#define CUTILE_AS(name, ...)                                                   \
  template <typename T, typename... M>                                         \
  auto name(const T &a, const T &b, M... modes) {                              \
    return __VA_ARGS__;                                                        \
  }
CUTILE_AS(bit_and, andi(a, b, modes...))
CUTILE_AS(bit_or, ori(a, b, modes...))
CUTILE_AS(bit_xor, xori(a, b, modes...))
CUTILE_AS(shift_left, shli(a, b, modes...))
CUTILE_AS(shift_right, shri(a, b, modes...))
CUTILE_AS(logical_and, andi(a, b, modes...))
CUTILE_AS(logical_or, ori(a, b, modes...))
CUTILE_AS(floor_div, divi(a, b, quotient::floor, modes...))
CUTILE_AS(ceil_div, divi(a, b, quotient::ceil, modes...))
CUTILE_AS(pow, cutile::pow(a, b, modes...))
CUTILE_AS(atan2, cutile::atan2(a, b, modes...))
CUTILE_AS(copysign, cutile::copysign(a, b, modes...))
#undef CUTILE_AS

/// mulhii reads a negative number as 2^bits more than it is.
template <IntegerElement E, int... D>
auto mul_hi(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  auto high = mulhii(a, b);
  if constexpr (UnsignedElement<E>) {
    return high;
  } else {
    auto sign = full<E, D...>(widthOf<E> - 1);
    return subi(subi(high, andi(shri(a, sign), b)), andi(shri(b, sign), a));
  }
}

} // namespace detail::same

// Functions of two operands; the modes are those of the dialect's operation. A
// literal beside a tile adopts its type.
#define CUTILE_BINARY(name, Taken)                                             \
  template <typename A, typename B, typename... M>                             \
    requires detail::Operands<A, B>                                            \
  auto name(const A &a, const B &b, M... modes) {                              \
    using T = detail::OperationTile<A, B>;                                     \
    if constexpr (detail::takes<#name, detail::Taken, ElementTypeOf<T>>())     \
      return detail::resultOf<A, B>(                                           \
          detail::same::name(detail::fit<T>(a), detail::fit<T>(b), modes...)); \
    else                                                                       \
      return detail::refused<T>();                                             \
  }                                                                            \
  template <ArithmeticElement E, int... D, typename... M>                      \
  auto name(const Tile<E, D...> &a, std::type_identity_t<Literal<E>> b,        \
            M... modes) {                                                      \
    return name(a, Tile<E>(b), modes...);                                      \
  }                                                                            \
  template <ArithmeticElement E, int... D, typename... M>                      \
  auto name(std::type_identity_t<Literal<E>> a, const Tile<E, D...> &b,        \
            M... modes) {                                                      \
    return name(Tile<E>(a), b, modes...);                                      \
  }
CUTILE_BINARY(add, Numbers)
CUTILE_BINARY(sub, Numbers)
CUTILE_BINARY(mul, Numbers)
CUTILE_BINARY(div, Numbers)
CUTILE_BINARY(remainder, Numbers)
CUTILE_BINARY(max, Numbers)
CUTILE_BINARY(min, Numbers)
CUTILE_BINARY(mul_hi, Integers)
CUTILE_BINARY(floor_div, Integers)
CUTILE_BINARY(ceil_div, Integers)
CUTILE_BINARY(bit_and, Bits)
CUTILE_BINARY(bit_or, Bits)
CUTILE_BINARY(bit_xor, Bits)
CUTILE_BINARY(shift_left, Integers)
CUTILE_BINARY(shift_right, Integers)
CUTILE_BINARY(logical_and, Truths)
CUTILE_BINARY(logical_or, Truths)
CUTILE_BINARY(pow, Floats)
CUTILE_BINARY(atan2, Floats)
CUTILE_BINARY(copysign, Floats)
#undef CUTILE_BINARY

// Operators. `x += y` is there where `x + y` has the type of x.
#define CUTILE_INFIX(symbol, name)                                             \
  template <typename A, typename B>                                            \
    requires detail::Infix<A, B>                                               \
  auto operator symbol(const A &a, const B &b) {                               \
    return name(a, b);                                                         \
  }                                                                            \
  template <ArithmeticElement E, int... D>                                     \
    requires detail::AdoptingTile<Tile<E, D...>>                               \
  auto operator symbol(const Tile<E, D...> &a,                                 \
                       std::type_identity_t<Literal<E>> b) {                   \
    return name(a, b);                                                         \
  }                                                                            \
  template <ArithmeticElement E, int... D>                                     \
    requires detail::AdoptingTile<Tile<E, D...>>                               \
  auto operator symbol(std::type_identity_t<Literal<E>> a,                     \
                       const Tile<E, D...> &b) {                               \
    return name(a, b);                                                         \
  }
#define CUTILE_ASSIGNING(symbol, assigning, name)                              \
  CUTILE_INFIX(symbol, name)                                                   \
  template <TileType A, typename B>                                            \
    requires detail::Infix<A, B>                                               \
  A &operator assigning(A &a, const B &b) {                                    \
    return a = name(a, b);                                                     \
  }                                                                            \
  template <ArithmeticElement E, int... D>                                     \
    requires detail::AdoptingTile<Tile<E, D...>>                               \
  Tile<E, D...> &operator assigning(Tile<E, D...> &a,                          \
                                    std::type_identity_t<Literal<E>> b) {      \
    return a = name(a, b);                                                     \
  }
CUTILE_ASSIGNING(+, +=, add)
CUTILE_ASSIGNING(-, -=, sub)
CUTILE_ASSIGNING(*, *=, mul)
CUTILE_ASSIGNING(/, /=, div)
CUTILE_ASSIGNING(%, %=, remainder)
CUTILE_ASSIGNING(&, &=, bit_and)
CUTILE_ASSIGNING(|, |=, bit_or)
CUTILE_ASSIGNING(^, ^=, bit_xor)
CUTILE_ASSIGNING(<<, <<=, shift_left)
CUTILE_ASSIGNING(>>, >>=, shift_right)
CUTILE_INFIX(&&, logical_and)
CUTILE_INFIX(||, logical_or)
#undef CUTILE_ASSIGNING
#undef CUTILE_INFIX

#define CUTILE_COMPARISON(symbol, name)                                        \
  template <typename A, typename B>                                            \
    requires detail::Compared<A, B>                                            \
  auto operator symbol(const A &a, const B &b) {                               \
    using T = detail::ComparedTile<A, B>;                                      \
    if constexpr (detail::takes<#symbol, detail::Values, ElementTypeOf<T>>())  \
      return name(detail::fit<T>(a), detail::fit<T>(b));                       \
    else                                                                       \
      return detail::refused<TileOf<bool, TileShapeOf<T>>>();                  \
  }                                                                            \
  template <IntegerElement E, int... D>                                        \
    requires detail::AdoptingTile<Tile<E, D...>>                               \
  auto operator symbol(const Tile<E, D...> &a,                                 \
                       std::type_identity_t<Literal<E>> b) {                   \
    return a symbol Tile<E>(b);                                                \
  }                                                                            \
  template <IntegerElement E, int... D>                                        \
    requires detail::AdoptingTile<Tile<E, D...>>                               \
  auto operator symbol(std::type_identity_t<Literal<E>> a,                     \
                       const Tile<E, D...> &b) {                               \
    return Tile<E>(a) symbol b;                                                \
  }
CUTILE_COMPARISON(==, eq_tile)
CUTILE_COMPARISON(!=, ne_tile)
CUTILE_COMPARISON(<, lt_tile)
CUTILE_COMPARISON(<=, le_tile)
CUTILE_COMPARISON(>, gt_tile)
CUTILE_COMPARISON(>=, ge_tile)
#undef CUTILE_COMPARISON

/// `-x`; integers wrap.
template <ArithmeticElement E, int... D>
auto operator-(const Tile<E, D...> &x) {
  if constexpr (FloatElement<E>)
    return negf(x);
  else
    return negi(x);
}
/// Every bit flipped.
template <BitElement E, int... D> auto operator~(const Tile<E, D...> &x) {
  return noti(x);
}
/// The other truth.
template <int... D> auto operator!(const Tile<bool, D...> &x) {
  return noti(x);
}

/// `|x|`; the least signed integer stays itself, unsigned integers all do.
template <ArithmeticElement E, int... D> auto abs(const Tile<E, D...> &x) {
  if constexpr (FloatElement<E>)
    return absf(x);
  else if constexpr (SignedElement<E>)
    return absi(x);
  else
    return x;
}

// Functions of one float, for numbers.
#define CUTILE_UNARY(name)                                                     \
  template <FloatElement E, typename... M> auto name(E x, M... modes) {        \
    return detail::resultOf<E>(name(Tile<E>(x), modes...));                    \
  }
CUTILE_UNARY(abs)
CUTILE_UNARY(acos)
CUTILE_UNARY(asin)
CUTILE_UNARY(atan)
CUTILE_UNARY(cbrt)
CUTILE_UNARY(ceil)
CUTILE_UNARY(cos)
CUTILE_UNARY(cosh)
CUTILE_UNARY(erf)
CUTILE_UNARY(exp)
CUTILE_UNARY(exp2)
CUTILE_UNARY(expm1)
CUTILE_UNARY(floor)
CUTILE_UNARY(isfinite)
CUTILE_UNARY(isinf)
CUTILE_UNARY(isnan)
CUTILE_UNARY(log)
CUTILE_UNARY(log10)
CUTILE_UNARY(log1p)
CUTILE_UNARY(log2)
CUTILE_UNARY(rint)
CUTILE_UNARY(round)
CUTILE_UNARY(rsqrt)
CUTILE_UNARY(sin)
CUTILE_UNARY(sinh)
CUTILE_UNARY(sqrt)
CUTILE_UNARY(tan)
CUTILE_UNARY(tanh)
CUTILE_UNARY(trunc)
#undef CUTILE_UNARY

namespace detail {
/// Three tiles of one type of floats, which the operation takes as they are.
template <typename A, typename B, typename C>
concept EqualFloats = TileType<A> && std::is_same_v<A, B> &&
                      std::is_same_v<B, C> && FloatElement<ElementTypeOf<A>>;
} // namespace detail

/// `a * b + c`, rounded once.
template <typename A, typename B, typename C, typename... M>
  requires detail::Operands<A, B> && detail::Operands<A, C> &&
           detail::Operands<B, C> && (!detail::EqualFloats<A, B, C>)
auto fma(const A &a, const B &b, const C &c, M... modes) {
  using AB = detail::OperationTile<A, B>;
  // Of numbers alone the type is that of numbers, not of a tile.
  using T = std::conditional_t<TileType<A> || TileType<B>,
                               detail::OperationTile<AB, C>,
                               detail::OperationTile<ElementTypeOf<AB>, C>>;
  if constexpr (detail::takes<"fma", detail::Floats, ElementTypeOf<T>>())
    return detail::resultOf<A, B, C>(cutile::fma(
        detail::fit<T>(a), detail::fit<T>(b), detail::fit<T>(c), modes...));
  else
    return detail::refused<T>();
}

/// `condition ? a : b`, element by element; numbers become tiles.
template <typename C, typename A, typename B>
  requires detail::Operands<A, B> && detail::Operand<C>
auto select(const C &condition, const A &a, const B &b) {
  using Value = detail::OperationTile<A, B>;
  using T = TileOf<ElementTypeOf<Value>, detail::OperationShape<C, Value>>;
  if constexpr (detail::takes<"select", detail::Truths, detail::ElementOf<C>>())
    return select(detail::fit<TileOf<bool, TileShapeOf<T>>>(condition),
                  detail::fit<T>(a), detail::fit<T>(b));
  else
    return detail::refused<T>();
}
template <typename C, ArithmeticElement E, int... D>
auto select(const C &condition, const Tile<E, D...> &a,
            std::type_identity_t<Literal<E>> b) {
  return select(condition, a, Tile<E>(b));
}
template <typename C, ArithmeticElement E, int... D>
auto select(const C &condition, std::type_identity_t<Literal<E>> a,
            const Tile<E, D...> &b) {
  return select(condition, Tile<E>(a), b);
}
/// NumPy's name of select.
template <typename C, typename A, typename B>
  requires detail::Operands<A, B>
auto where(const C &condition, const A &a, const B &b) {
  return select(condition, a, b);
}
template <typename C, ArithmeticElement E, int... D>
auto where(const C &condition, const Tile<E, D...> &a,
           std::type_identity_t<Literal<E>> b) {
  return select(condition, a, Tile<E>(b));
}
template <typename C, ArithmeticElement E, int... D>
auto where(const C &condition, std::type_identity_t<Literal<E>> a,
           const Tile<E, D...> &b) {
  return select(condition, Tile<E>(a), b);
}

/// `min(max(x, low), high)`: NaN becomes low.
template <typename X, typename L, typename H>
  requires detail::Operands<X, L> && detail::Operands<X, H>
auto clamp(const X &x, const L &low, const H &high) {
  return min(max(x, low), high);
}
template <ArithmeticElement E, int... D>
auto clamp(const Tile<E, D...> &x, std::type_identity_t<Literal<E>> low,
           std::type_identity_t<Literal<E>> high) {
  return min(max(x, low), high);
}

namespace detail {
/// What f makes of elements.
template <typename F, typename... E>
using MappedElement = std::remove_cvref_t<decltype(std::declval<const F &>()(
    std::declval<const E &>()...))>;
} // namespace detail

/// `result[i] = f(x[i]...)`: a function of numbers, applied to each element.
///
/// \param f takes one number for each tile and gives a number; it has no side
///        effects.
/// \param x tiles of one shape.
template <typename F, int... D, ElementType... E>
  requires(sizeof...(E) > 0)
[[cutile::op("map")]] Tile<detail::MappedElement<F, E...>, D...>
map(const F &f, const Tile<E, D...> &...x) {
  return reference::map<Tile<detail::MappedElement<F, E...>, D...>>(f, x...);
}
/// The same on tiles and numbers that broadcast.
template <typename F, detail::Operand... X>
  requires(TileType<X> || ...)
auto map(const F &f, const X &...x) {
  using Shape = detail::OperationShapeOf<X...>;
  return map(f, detail::fit<TileOf<detail::ElementOf<X>, Shape>>(x)...);
}

/// A function of numbers as a function of tiles: `lift(f)(x, y)`.
template <typename F> auto lift(F f) {
  return [f](const auto &...x) { return map(f, x...); };
}

} // namespace cutile
