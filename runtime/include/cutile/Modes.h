// The modes of operations: tags that are passed as arguments and known at
// compile time.
#pragma once

#include "cutile/Element.h"
#include "cutile/Std.h"

namespace cutile {

/// A compile-time choice as an argument: `add(a, b, rounding::toward_zero)`.
template <auto V> struct Mode {
  static constexpr auto value = V;
};

/// How a float result that is not representable is rounded. Approximate and
/// Full are f32 only and may differ from the exact result by a few ulp.
enum class Rounding : u8 {
  NearestEven,
  TowardPositive,
  TowardNegative,
  TowardZero,
  Approximate,
  Full
};
namespace rounding {
inline constexpr Mode<Rounding::NearestEven> nearest_even{};
inline constexpr Mode<Rounding::TowardPositive> toward_positive{};
inline constexpr Mode<Rounding::TowardNegative> toward_negative{};
inline constexpr Mode<Rounding::TowardZero> toward_zero{};
inline constexpr Mode<Rounding::Approximate> approximate{};
inline constexpr Mode<Rounding::Full> full{};
} // namespace rounding

/// What happens to subnormal operands and results; Flush is f32 only.
enum class Subnormals : u8 { Preserve, Flush };
inline constexpr Mode<Subnormals::Preserve> preserve_subnormals{};
/// Subnormal operands and results become zeros of their sign.
inline constexpr Mode<Subnormals::Flush> ftz{};

/// What min and max make of a NaN operand: the other operand, or NaN.
enum class NanMode : u8 { Suppress, Propagate };
inline constexpr Mode<NanMode::Suppress> suppress_nan{};
inline constexpr Mode<NanMode::Propagate> propagate_nan{};

/// What the program promises about integer overflow. Results wrap in any case;
/// a broken promise is reported by the reference as Error InvalidArgument.
enum class Overflow : u8 { Wrap, NoSignedWrap, NoUnsignedWrap, NoWrap };
namespace overflow {
inline constexpr Mode<Overflow::Wrap> wrap{};
inline constexpr Mode<Overflow::NoSignedWrap> nsw{};
inline constexpr Mode<Overflow::NoUnsignedWrap> nuw{};
inline constexpr Mode<Overflow::NoWrap> nw{};
} // namespace overflow

/// Which way an integer quotient is rounded.
enum class IntegerRounding : u8 { TowardZero, Floor, Ceil };
namespace quotient {
inline constexpr Mode<IntegerRounding::TowardZero> toward_zero{};
inline constexpr Mode<IntegerRounding::Floor> floor{};
inline constexpr Mode<IntegerRounding::Ceil> ceil{};
} // namespace quotient

enum class Predicate : u8 { Eq, Ne, Lt, Le, Gt, Ge };
namespace predicate {
inline constexpr Mode<Predicate::Eq> eq{};
inline constexpr Mode<Predicate::Ne> ne{};
inline constexpr Mode<Predicate::Lt> lt{};
inline constexpr Mode<Predicate::Le> le{};
inline constexpr Mode<Predicate::Gt> gt{};
inline constexpr Mode<Predicate::Ge> ge{};
} // namespace predicate

/// What a float comparison with a NaN operand gives: false, or true.
enum class NanOrdering : u8 { Ordered, Unordered };
inline constexpr Mode<NanOrdering::Ordered> ordered{};
inline constexpr Mode<NanOrdering::Unordered> unordered{};

/// What a load gives where there is no element.
enum class Padding : u8 { None, Zero, NegativeZero, Nan, Inf, NegativeInf };
namespace pad {
inline constexpr Mode<Padding::None> none{};
inline constexpr Mode<Padding::Zero> zero{};
inline constexpr Mode<Padding::NegativeZero> negative_zero{};
inline constexpr Mode<Padding::Nan> nan{};
inline constexpr Mode<Padding::Inf> inf{};
inline constexpr Mode<Padding::NegativeInf> negative_inf{};
} // namespace pad

/// How a memory access is ordered with others. Weak accesses may not race.
enum class MemoryOrder : u8 { Weak, Relaxed, Acquire, Release, AcqRel };
namespace memory {
inline constexpr Mode<MemoryOrder::Weak> weak{};
inline constexpr Mode<MemoryOrder::Relaxed> relaxed{};
inline constexpr Mode<MemoryOrder::Acquire> acquire{};
inline constexpr Mode<MemoryOrder::Release> release{};
inline constexpr Mode<MemoryOrder::AcqRel> acq_rel{};
} // namespace memory

/// Who sees an atomic access in order.
enum class Scope : u8 { Block, Device, System };
namespace scope {
inline constexpr Mode<Scope::Block> block{};
inline constexpr Mode<Scope::Device> device{};
inline constexpr Mode<Scope::System> system{};
} // namespace scope

/// What an atomic makes of the old value and the operand.
enum class AtomicMode : u8 { Add, And, Or, Xor, Min, Max, Exchange };

enum class Direction : u8 { Forward, Reverse };
namespace direction {
inline constexpr Mode<Direction::Forward> forward{};
inline constexpr Mode<Direction::Reverse> reverse{};
} // namespace direction

/// Whether the hardware's tensor copy engine may carry an access.
enum class Tma : u8 { Allow, Forbid };
namespace tma {
inline constexpr Mode<Tma::Allow> allow{};
inline constexpr Mode<Tma::Forbid> forbid{};
} // namespace tma

/// About how many loop iterations ahead a load may be started; 1 to 10.
template <int N>
  requires(N >= 1 && N <= 10)
struct Latency {
  static constexpr int value = N;
};
template <int N> inline constexpr Latency<N> latency{};

/// Says at the call that bounds are not checked.
struct Unchecked {};
inline constexpr Unchecked unchecked{};

// What an operation on floats may be told (FEATURES D175).
namespace detail {

constexpr bool isDirected(Rounding mode) {
  return mode == Rounding::TowardPositive || mode == Rounding::TowardNegative ||
         mode == Rounding::TowardZero;
}
constexpr bool isIeee(Rounding mode) {
  return mode == Rounding::NearestEven || isDirected(mode);
}

} // namespace detail

/// addf, subf, mulf, fma: every IEEE rounding for every float.
template <typename E, Rounding mode>
concept IeeeRounding = FloatElement<E> && detail::isIeee(mode);
/// divf, sqrt: besides, approximate and (divf) full for f32.
template <typename E, Rounding mode>
concept DivisionRounding =
    FloatElement<E> && (detail::isIeee(mode) || std::same_as<E, f32>);
template <typename E, Rounding mode>
concept RootRounding = DivisionRounding<E, mode> && mode != Rounding::Full;
/// exp, tanh: full, which is for every float, or approximate for f32.
template <typename E, Rounding mode>
concept FunctionRounding =
    FloatElement<E> &&
    (mode == Rounding::Full ||
     (mode == Rounding::Approximate && std::same_as<E, f32>));
/// ftof, itof to E: every IEEE rounding; to f8e8m0, whose scales are rounded up
/// or down on purpose, toward_positive and toward_zero.
template <typename E, Rounding mode>
concept ConversionRounding =
    FloatFormat<E> && detail::isIeee(mode) &&
    (!std::same_as<E, f8e8m0> || mode == Rounding::TowardPositive ||
     mode == Rounding::TowardZero);
/// What conversions to E take unless told otherwise.
template <typename E>
inline constexpr Rounding defaultRounding =
    std::same_as<E, f8e8m0> ? Rounding::TowardPositive : Rounding::NearestEven;
/// ftoi: the integer part, nothing else.
template <Rounding mode>
concept IntegerPartRounding = mode == Rounding::TowardZero;
/// Flushing subnormals exists for f32 only.
template <typename E, Subnormals mode>
concept SubnormalMode = mode == Subnormals::Preserve || std::same_as<E, f32>;

template <MemoryOrder order>
concept LoadOrder =
    order == MemoryOrder::Weak || order == MemoryOrder::Relaxed ||
    order == MemoryOrder::Acquire;
template <MemoryOrder order>
concept StoreOrder =
    order == MemoryOrder::Weak || order == MemoryOrder::Relaxed ||
    order == MemoryOrder::Release;
template <MemoryOrder order>
concept AtomicOrder = order != MemoryOrder::Weak;

} // namespace cutile
