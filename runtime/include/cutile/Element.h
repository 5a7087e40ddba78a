// Element types: what a tile holds.
#pragma once

#include "cutile/Std.h"
#include "ferro/Attributes.h"
#include "ferro/Half.h"

namespace cutile {

using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using ferro::bf16;
using ferro::f16;
using f32 = float;
using f64 = double;

// Storage types: a pattern of bits with a meaning, converted by convert<E> and
// multiplied by mma; nothing else computes with them. The unused high bits of
// the 4-bit types are zero.
//
// Conversions to the 8-bit and 4-bit floats saturate, as cvt.satfinite of PTX:
// infinity and what is beyond the largest finite value become that value with
// their sign. A NaN becomes the positive pattern of all ones: a NaN, and the
// value 6 in f4e2m1, which has none.

/// A float whose significand keeps 10 bits after the point; the low 13 bits of
/// the pattern are zero.
struct tf32 {
  u32 bits = 0;
  friend constexpr bool operator==(tf32, tf32) = default;
};
/// 1 sign, 4 exponent (bias 7), 3 significand bits; no infinities, one NaN
/// pattern for each sign, largest value 448. Source: OCP OFP8, E4M3.
struct f8e4m3 {
  u8 bits = 0;
  friend constexpr bool operator==(f8e4m3, f8e4m3) = default;
};
/// 1 sign, 5 exponent (bias 15), 2 significand bits; infinities and NaN as in
/// IEEE formats, largest finite value 57344. Source: OCP OFP8, E5M2.
struct f8e5m2 {
  u8 bits = 0;
  friend constexpr bool operator==(f8e5m2, f8e5m2) = default;
};
/// A power of two, 2^(bits - 127); 255 is NaN; no zero, no sign: a number
/// converts as its magnitude does, and zero to 2^-127.
/// Source: OCP Microscaling Formats, E8M0.
struct f8e8m0 {
  u8 bits = 0;
  friend constexpr bool operator==(f8e8m0, f8e8m0) = default;
};
/// 1 sign, 2 exponent (bias 1), 1 significand bit: 0, 0.5, 1, 1.5, 2, 3, 4, 6
/// and their negatives. Source: OCP Microscaling Formats, E2M1.
struct f4e2m1 {
  u8 bits = 0;
  friend constexpr bool operator==(f4e2m1, f4e2m1) = default;
};
/// A signed integer of 4 bits, two's complement: -8 to 7.
struct i4 {
  u8 bits = 0;
  friend constexpr bool operator==(i4, i4) = default;
};

/// Two values of f4e2m1 in a byte, the first in the low bits.
struct f4e2m1x2 {
  u8 bits = 0;
  friend constexpr bool operator==(f4e2m1x2, f4e2m1x2) = default;
};

enum class ElementKind : u8 {
  Bool,
  Signed,
  Unsigned,
  Float,
  StorageFloat,
  StorageInteger,
  Packed
};

/// One value for each row of Elements.def.
enum class ElementId : u8 {
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits) Id,
#include "cutile/Elements.def"
};

/// What the table says about a C++ type; undefined for others.
template <typename E> struct ElementTraits {
  static constexpr bool isElement = false;
};
#define CUTILE_ELEMENT(Id, spelling, CppType, kindName, width)                 \
  template <> struct ElementTraits<CppType> {                                  \
    static constexpr bool isElement = true;                                    \
    static constexpr ElementId id = ElementId::Id;                             \
    static constexpr const char *name = spelling;                              \
    static constexpr ElementKind kind = ElementKind::kindName;                 \
    static constexpr int bits = width;                                         \
    /* no bit set: 0, but 2^-127 in f8e8m0 */                                  \
    static constexpr CppType zero{};                                           \
  };
#include "cutile/Elements.def"

/// A type that tiles may hold: a row of Elements.def.
template <typename E>
concept ElementType = ElementTraits<E>::isElement;

namespace detail {
template <typename E, ElementKind... kinds>
constexpr bool isOfKind = ((ElementTraits<E>::kind == kinds) || ...);
} // namespace detail

/// f16, bf16, f32, f64.
template <typename E>
concept FloatElement =
    ElementType<E> && detail::isOfKind<E, ElementKind::Float>;
/// i8 to i64 and u8 to u64; not bool.
template <typename E>
concept IntegerElement =
    ElementType<E> &&
    detail::isOfKind<E, ElementKind::Signed, ElementKind::Unsigned>;
template <typename E>
concept SignedElement =
    ElementType<E> && detail::isOfKind<E, ElementKind::Signed>;
template <typename E>
concept UnsignedElement =
    ElementType<E> && detail::isOfKind<E, ElementKind::Unsigned>;
/// Integers and bool: what bitwise operations take.
template <typename E>
concept BitElement = IntegerElement<E> || std::same_as<E, bool>;
/// What + - * take: integers and floats.
template <typename E>
concept ArithmeticElement = IntegerElement<E> || FloatElement<E>;
/// What comparisons and select-free arithmetic may see: arithmetic or bool.
template <typename E>
concept ValueElement = ArithmeticElement<E> || std::same_as<E, bool>;
/// tf32, the 8-bit and 4-bit floats, i4, packed values.
template <typename E>
concept StorageElement =
    ElementType<E> &&
    detail::isOfKind<E, ElementKind::StorageFloat, ElementKind::StorageInteger,
                     ElementKind::Packed>;
/// Floats, those of storage too: what ftof converts.
template <typename E>
concept FloatFormat =
    ElementType<E> &&
    detail::isOfKind<E, ElementKind::Float, ElementKind::StorageFloat>;
/// i4 and the integers: what ftoi gives.
template <typename E>
concept IntegerFormat =
    IntegerElement<E> ||
    (ElementType<E> && detail::isOfKind<E, ElementKind::StorageInteger>);
/// What pack gives: i8, u8, f4e2m1x2.
template <typename E>
concept ByteElement =
    std::same_as<E, i8> || std::same_as<E, u8> || std::same_as<E, f4e2m1x2>;

} // namespace cutile
