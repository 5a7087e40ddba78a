// Conversions between element types: the dialect's operations, and convert<E>,
// which chooses among them.
#pragma once

#include "cutile/Compare.h"
#include "cutile/Modes.h"
#include "cutile/Shapes.h"
#include "cutile/Tile.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Convert.h"
#endif

namespace cutile {

namespace detail {
template <typename E> constexpr int bitsOf = ElementTraits<E>::bits;
/// Up to where every integer is a value of E.
template <FloatElement E>
constexpr std::int64_t exactIntegers =
    std::int64_t{1} << (std::same_as<E, f64>   ? 53
                        : std::same_as<E, f32> ? 24
                        : std::same_as<E, f16> ? 11
                                               : 8);

/// The shape of a tile when its last extent becomes another.
template <int last, typename Done, int... D> struct WithLast;
template <int last, int... Done, int Only>
struct WithLast<last, TileShape<Done...>, Only> {
  using type = TileShape<Done..., last>;
};
template <int last, int... Done, int First, int... D>
  requires(sizeof...(D) > 0)
struct WithLast<last, TileShape<Done...>, First, D...>
    : WithLast<last, TileShape<Done..., First>, D...> {};
template <int... D>
constexpr int lastOf = TileShape<D...>::extent(int{sizeof...(D)} - 1);
/// A tile of E with as many bytes on its last axis as D... has with elements of
/// \p bits bits.
template <typename E, int bits, int... D>
using Repacked = TileOf<E, typename WithLast<lastOf<D...> * bits / bitsOf<E>,
                                             TileShape<>, D...>::type>;
/// pack: elements that are no bytes and fill whole bytes, and FP4 for its type.
template <typename Bytes, typename E, int... D>
concept PackableInto = ByteElement<Bytes> && bitsOf<E> > 1 && bitsOf<E> != 8 &&
                       (!std::same_as<Bytes, f4e2m1x2> ||
                        std::same_as<E, f4e2m1>) &&
                       sizeof...(D) > 0 && lastOf<D...> *bitsOf<E> % 8 == 0;
/// unpack: the bytes fill whole elements.
template <typename E, typename Bytes, int... D>
concept UnpackableFrom = ByteElement<Bytes> && bitsOf<E> > 1 &&
                         bitsOf<E> != 8 &&
                         (!std::same_as<Bytes, f4e2m1x2> ||
                          std::same_as<E, f4e2m1>) &&
                         sizeof...(D) > 0 && lastOf<D...> * 8 % bitsOf<E> == 0;
} // namespace detail

/// `result[i] = round(x[i])` in another float format.
///
/// Overflow: f16, bf16, tf32, f32 and f64 as IEEE 754 rounds it; 8-bit and
/// 4-bit formats saturate (Element.h). A NaN keeps its sign and upper payload
/// bits in the former.
///
/// \param x a tile of floats of any format.
/// \param mode an IEEE rounding; toward_positive (the default) or toward_zero
///        to f8e8m0.
template <FloatFormat To, FloatFormat From, int... D,
          Rounding R = defaultRounding<To>>
  requires(!std::same_as<To, From>) && ConversionRounding<To, R>
[[cutile::op("ftof")]] Tile<To, D...> ftof(const Tile<From, D...> &x,
                                           [[maybe_unused]] Mode<R> mode = {}) {
  return reference::map<Tile<To, D...>>(reference::floatToFloat<To, R, From>,
                                        x);
}

/// `result[i]` is `x[i]` without its fraction.
///
/// What is beyond the range of To, infinities included, becomes its end, and
/// NaN becomes 0: the same on every device, where C++ and Tile IR leave it
/// open.
///
/// \param x a tile of floats of any format.
/// \param mode toward_zero, as the dialect has it; `ftoi<i32>(rint(x))` and the
///        like round otherwise.
template <IntegerFormat To, FloatFormat From, int... D,
          Rounding R = Rounding::TowardZero>
  requires IntegerPartRounding<R>
[[cutile::op("ftoi")]] Tile<To, D...> ftoi(const Tile<From, D...> &x,
                                           [[maybe_unused]] Mode<R> mode = {}) {
  return reference::map<Tile<To, D...>>(reference::floatToInteger<To, From>, x);
}

/// `result[i] = round(x[i])` as a float of any format, rounded once; overflow
/// as in ftof.
///
/// \param x a tile of integers of any format, or bool: 0 and 1.
/// \param mode as in ftof.
template <FloatFormat To, typename From, int... D,
          Rounding R = defaultRounding<To>>
  requires(IntegerFormat<From> || std::same_as<From, bool>) &&
          ConversionRounding<To, R>
[[cutile::op("itof")]] Tile<To, D...> itof(const Tile<From, D...> &x,
                                           [[maybe_unused]] Mode<R> mode = {}) {
  return reference::map<Tile<To, D...>>(reference::integerToFloat<To, R, From>,
                                        x);
}

/// `result[i] = x[i]` in a wider integer; a negative value wraps in an unsigned
/// one.
///
/// \param x a tile of integers of any format, or bool: 0 and 1.
template <IntegerFormat To, typename From, int... D>
  requires(IntegerFormat<From> || std::same_as<From, bool>) &&
          (detail::bitsOf<From> < detail::bitsOf<To>)
[[cutile::op("exti")]] Tile<To, D...> exti(const Tile<From, D...> &x) {
  return reference::map<Tile<To, D...>>(reference::extended<To, From>, x);
}

/// `result[i]` is the low bits of `x[i]`.
///
/// \param x a tile of integers.
/// \param mode what the program promises: that the bits, sign-extended (nsw),
///        zero-extended (nuw) or either way (nw), give `x[i]` back.
/// \throws Error InvalidArgument (the reference only) if the promise is broken.
template <IntegerFormat To, IntegerElement From, int... D,
          Overflow O = Overflow::Wrap>
  requires(detail::bitsOf<To> < detail::bitsOf<From>)
[[cutile::op("trunci")]] Tile<To, D...>
trunci(const Tile<From, D...> &x, [[maybe_unused]] Mode<O> mode = {}) {
  return reference::map<Tile<To, D...>>(reference::truncated<To, O, From>, x);
}

/// `result[i]` has the bits of `x[i]`.
template <ElementType To, ElementType From, int... D>
  requires(detail::bitsOf<To> == detail::bitsOf<From>)
[[cutile::op("bitcast")]] Tile<To, D...> bitcast(const Tile<From, D...> &x) {
  return reference::map<Tile<To, D...>>(reference::bitCast<To, From>, x);
}

/// The bytes of the elements along the last axis, low bits first: two elements
/// of 4 bits share a byte, the first in its low half.
///
/// \param x [..., N] elements of b bits, not 8 (bitcast does that); `N * b` is
/// a
///        multiple of 8.
/// \returns [..., N * b / 8].
template <ByteElement To = u8, ElementType From, int... D>
  requires detail::PackableInto<To, From, D...>
[[cutile::op("pack")]] detail::Repacked<To, detail::bitsOf<From>, D...>
pack(const Tile<From, D...> &x) {
  return reference::generate<detail::Repacked<To, detail::bitsOf<From>, D...>>(
      [&](int i) {
        return reference::packed<
            To, reference::Storage<From, Tile<From, D...>::size>, From>(
            x.storage(), i);
      });
}

/// The elements whose bytes along the last axis these are: the inverse of pack.
///
/// \param bytes [..., N]; `N * 8` is a multiple of the bits b of To.
/// \returns [..., N * 8 / b].
template <ElementType To, ByteElement From, int... D>
  requires detail::UnpackableFrom<To, From, D...>
[[cutile::op("unpack")]] detail::Repacked<To, 8, D...>
unpack(const Tile<From, D...> &bytes) {
  return reference::generate<detail::Repacked<To, 8, D...>>(
      [&](int i) { return reference::unpacked<To>(bytes.storage(), i); });
}

/// Element types whose values convert<E> carries over: all but packed ones.
template <typename E>
concept ConvertibleElement =
    FloatFormat<E> || IntegerFormat<E> || std::same_as<E, bool>;
/// To bool from what can be compared with zero.
template <typename From, typename To>
concept ConvertibleTo = ConvertibleElement<From> && ConvertibleElement<To> &&
                        (!std::same_as<To, bool> || ValueElement<From>);

namespace detail {
template <typename To, typename From, auto mode>
constexpr bool isConversionMode() {
  using M = decltype(mode);
  if constexpr (std::same_as<M, Rounding> && FloatFormat<To>)
    return ConversionRounding<To, mode>;
  else if constexpr (std::same_as<M, Rounding>)
    return FloatFormat<From> && IntegerPartRounding<mode>;
  else
    return std::same_as<M, Overflow> && IntegerFormat<To> &&
           IntegerElement<From> && bitsOf<To> < bitsOf<From>;
}
} // namespace detail

/// convert: at most one mode, which the conversion has a use for.
template <typename To, typename From, auto... modes>
concept ConversionModes = sizeof...(modes) <= 1 &&
                          (detail::isConversionMode<To, From, modes>() && ...);

/// `result[i]` is the value of `x[i]` as a To, for any two element types but
/// packed ones.
///
/// To floats it is rounded once (ftof, itof). From float to integer it loses
/// its fraction and saturates, with 0 for NaN (ftoi). Between integers it wraps
/// (exti, trunci). To bool it is whether the value differs from zero, as NaN
/// does.
///
/// \param x a tile.
/// \param modes a rounding for ftof, itof or ftoi, an overflow for trunci.
template <ElementType To, ConvertibleTo<To> From, int... D, auto... M>
  requires ConversionModes<To, From, M...>
Tile<To, D...> convert(const Tile<From, D...> &x,
                       [[maybe_unused]] Mode<M>... modes) {
  if constexpr (std::same_as<To, From>)
    return x;
  else if constexpr (std::same_as<To, bool>)
    return ne_tile(x, zeros<From, D...>());
  else if constexpr (FloatFormat<To> && FloatFormat<From>)
    return ftof<To>(x, modes...);
  else if constexpr (FloatFormat<To>)
    return itof<To>(x, modes...);
  else if constexpr (FloatFormat<From>)
    return ftoi<To>(x, modes...);
  else if constexpr (detail::bitsOf<From> < detail::bitsOf<To>)
    return exti<To>(x, modes...);
  else if constexpr (detail::bitsOf<From> > detail::bitsOf<To>)
    return trunci<To>(x, modes...);
  else
    return bitcast<To>(x, modes...);
}

/// The value of a number as a To; see convert of a tile.
template <ElementType To, ConvertibleTo<To> From, auto... M>
  requires ConversionModes<To, From, M...>
To convert(From x, Mode<M>... modes) {
  return convert<To>(Tile<From>(x), modes...);
}

/// 0, 1, 2, ... in row-major order as floats, in a tile of any rank.
template <FloatElement E, int... D>
  requires(TileShape<D...>::size <= detail::exactIntegers<E>)
auto iota() {
  return itof<E>(iota<i32, D...>());
}

/// The elements with the same bits, of a type of equal width.
template <ElementType To, ElementType From, int... D>
  requires(detail::bitsOf<To> == detail::bitsOf<From>)
Tile<To, D...> bit_cast(const Tile<From, D...> &x) {
  return bitcast<To>(x);
}

/// The number with the same bits, of a type of equal width.
template <ElementType To, ElementType From>
  requires(detail::bitsOf<To> == detail::bitsOf<From>)
To bit_cast(From x) {
  return bitcast<To>(Tile<From>(x));
}

} // namespace cutile
