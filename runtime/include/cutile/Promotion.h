// What operands of different types and shapes are computed in.
//
// 1. Shapes broadcast as in NumPy: aligned at the last axis, extents of 1
//    stretch, missing axes are 1.
// 2. Two tiles, or two numbers, meet in the type of C++'s usual arithmetic
//    conversions, but without integer promotion: i16 and i16 in i16. f16 and
//    bf16 do not meet.
// 3. A number with a tile becomes an element of the tile; it may not narrow,
//    except from an integer to a float. A literal adopts the tile's type.
// 4. Comparisons follow rule 2 always; a signed integer that would become
//    unsigned is refused.
// Source: CUDA Tile C++ 13.4, "General Principles".
#pragma once

#include "cutile/Convert.h"
#include "cutile/Coord.h"
#include "cutile/Message.h"
#include "cutile/Shapes.h"
#include "cutile/Tile.h"

namespace cutile::detail {

/// The element type of a C++ number: itself, or the integer of its width.
template <typename T> struct NumberTraits {
  using element = T;
};
template <> struct NumberTraits<char> {
  using element = std::conditional_t<(static_cast<char>(-1) < 0), i8, u8>;
};
// i64 is one of long and long long; these lines serve the other.
using OtherInt64 =
    std::conditional_t<std::is_same_v<i64, long>, long long, long>;
using OtherUInt64 = std::conditional_t<std::is_same_v<u64, unsigned long>,
                                       unsigned long long, unsigned long>;
template <>
struct NumberTraits<
    std::conditional_t<sizeof(OtherInt64) == 8, OtherInt64, void>> {
  using element = i64;
};
template <>
struct NumberTraits<
    std::conditional_t<sizeof(OtherUInt64) == 8, OtherUInt64, const void>> {
  using element = u64;
};
// Places and counts of tiles are numbers as well.
template <> struct NumberTraits<TileIndex> {
  using element = i64;
};
template <> struct NumberTraits<TileCount> {
  using element = i64;
};

template <typename T>
concept Number =
    ElementType<typename NumberTraits<std::remove_cvref_t<T>>::element>;
template <typename T>
concept Operand = TileType<T> || Number<T>;

template <typename T> struct OperandOf {
  using element = typename NumberTraits<T>::element;
  using shape = TileShape<>;
};
template <typename E, int... D> struct OperandOf<Tile<E, D...>> {
  using element = E;
  using shape = TileShape<D...>;
};
template <Operand X>
using ElementOf = typename OperandOf<std::remove_cvref_t<X>>::element;
template <Operand X>
using ShapeOf = typename OperandOf<std::remove_cvref_t<X>>::shape;

template <typename E>
concept TruthElement = std::same_as<E, bool>;
template <typename E> constexpr int widthOf = ElementTraits<E>::bits;

/// Whether the usual arithmetic conversions of an A and a B end in A.
template <typename A, typename B> constexpr bool wins() {
  if constexpr (std::is_same_v<A, B>)
    return true;
  else if constexpr (!ValueElement<A> || !ValueElement<B>)
    return false;
  else if constexpr (FloatElement<A> != FloatElement<B>)
    return FloatElement<A>;
  else if constexpr (widthOf<A> != widthOf<B>)
    return widthOf<A> > widthOf<B>;
  else
    return UnsignedElement<A>;
}
template <typename A, typename B>
concept ElementsMeet = wins<A, B>() || wins<B, A>();
/// Rule 2; A where they do not meet, so that only one error is reported.
template <typename A, typename B>
using Common = std::conditional_t<wins<A, B>() || !wins<B, A>(), A, B>;

/// Rule 3: whether every value of From is one of To, up to rounding of integers
/// to floats.
template <typename From, typename To>
concept WithoutNarrowing =
    std::same_as<From, To> || (BitElement<From> && FloatElement<To>) ||
    (std::same_as<From, bool> && IntegerElement<To>) ||
    (IntegerElement<From> && IntegerElement<To> &&
     widthOf<From> + (UnsignedElement<From> && SignedElement<To>) <=
         widthOf<To> &&
     (UnsignedElement<From> || SignedElement<To>)) ||
    (FloatElement<From> && FloatElement<To> && widthOf<From> < widthOf<To>);
/// Rule 4.
template <typename A, typename B>
concept ElementsCompare =
    ElementsMeet<A, B> &&
    !(SignedElement<A> && UnsignedElement<Common<A, B>>) &&
    !(SignedElement<B> && UnsignedElement<Common<A, B>>);

// What is said when operands do not fit.

template <typename A, typename B> struct NoCommonType {
  static constexpr Message text() {
    return Message() << ElementTraits<A>::name << " and "
                     << ElementTraits<B>::name
                     << " have no common type; convert<E>(x) one of them";
  }
};
template <typename A, typename B> struct SignsDiffer {
  static constexpr Message text() {
    return Message() << ElementTraits<A>::name << " does not compare with "
                     << ElementTraits<B>::name
                     << ", which would make it unsigned; convert<E>(x) one of "
                        "them";
  }
};
template <typename Number, typename E> struct NumberNarrows {
  static constexpr Message text() {
    return Message() << "a number of type " << ElementTraits<Number>::name
                     << " is not always an element of a tile of "
                     << ElementTraits<E>::name << "; convert<"
                     << ElementTraits<E>::name << ">(x) rounds or cuts it";
  }
};
template <typename A, typename B> struct ShapesDiffer {
  static constexpr Message text() {
    constexpr int axis = Broadcast<A, B>::conflict();
    return Message() << "shapes " << A{} << " and " << B{}
                     << " do not broadcast: on axis " << axis
                     << " they have the extents "
                     << Broadcast<A, B>::template aligned<A>(axis) << " and "
                     << Broadcast<A, B>::template aligned<B>(axis)
                     << ", and neither is 1";
  }
};

template <typename A, typename B> constexpr void requireBroadcast() {
  CUTILE_REQUIRE((BroadcastCompatible<A, B>), ShapesDiffer<A, B>)
}

/// Whether a literal in X's place would be accepted where X is not: X may
/// narrow to an element of the tile Y, and is a number of Y's kind.
template <typename X, typename Y>
concept LiteralOnly =
    Number<X> && TileType<Y> && ArithmeticElement<ElementOf<Y>> &&
    !WithoutNarrowing<ElementOf<X>, ElementOf<Y>> &&
    (FloatElement<ElementOf<Y>> || BitElement<ElementOf<X>>);
/// The same for comparisons.
template <typename X, typename Y>
concept ComparedLiteralOnly =
    Number<X> && TileType<Y> && BitElement<ElementOf<X>> &&
    IntegerElement<ElementOf<Y>> &&
    !ElementsCompare<ElementOf<X>, ElementOf<Y>>;

/// A tile beside which an operator lets a literal adopt its type. A number in a
/// tile without axes is otherwise one of C++'s own operands.
template <typename T>
concept AdoptingTile =
    TileType<T> && ArithmeticElement<ElementTypeOf<T>> &&
    (TileShapeOf<T>::rank > 0 || std::same_as<ElementTypeOf<T>, f16> ||
     std::same_as<ElementTypeOf<T>, bf16>);

// Two tiles, the usual case, are asked nothing else.
template <typename A, typename B>
concept Operands =
    (TileType<A> && TileType<B>) ||
    (Operand<A> && Operand<B> && !LiteralOnly<A, B> && !LiteralOnly<B, A>);
template <typename A, typename B>
concept Infix = (TileType<A> && TileType<B>) ||
                ((TileType<A> || TileType<B>) && Operand<A> && Operand<B> &&
                 !LiteralOnly<A, B> && !LiteralOnly<B, A>);
template <typename A, typename B>
concept Compared = (TileType<A> && TileType<B>) ||
                   ((TileType<A> || TileType<B>) && Operand<A> && Operand<B> &&
                    !ComparedLiteralOnly<A, B> && !ComparedLiteralOnly<B, A>);

// What operations take.
#define CUTILE_TAKES(Id, Concept, rule)                                        \
  struct Id {                                                                  \
    template <typename E> static constexpr bool accepts = Concept<E>;          \
    static constexpr const char *text = rule;                                  \
  };
CUTILE_TAKES(Numbers, ArithmeticElement, "takes integers and floats")
CUTILE_TAKES(Integers, IntegerElement, "takes integers")
CUTILE_TAKES(Floats, FloatElement, "takes floats")
CUTILE_TAKES(Bits, BitElement, "takes integers and bool")
CUTILE_TAKES(Truths, TruthElement, "takes bool (compare with 0 first)")
CUTILE_TAKES(Values, ValueElement, "takes integers, floats and bool")
#undef CUTILE_TAKES

template <Name name, typename Taken, typename E> struct WrongElement {
  static constexpr Message text() {
    return Message() << name.characters << " " << Taken::text << ", not "
                     << ElementTraits<E>::name;
  }
};
/// Whether an operation is for elements of type E; an error if not.
template <Name name, typename Taken, typename E> constexpr bool takes() {
  CUTILE_REQUIRE((Taken::template accepts<E>), WrongElement<name, Taken, E>)
  return Taken::template accepts<E>;
}

/// The element type of an operation on A and B: rules 2 and 3.
template <typename A, typename B> constexpr auto operationElement() {
  using X = ElementOf<A>;
  using Y = ElementOf<B>;
  if constexpr (TileType<A> == TileType<B>) {
    CUTILE_REQUIRE((ElementsMeet<X, Y>), NoCommonType<X, Y>)
    return std::type_identity<Common<X, Y>>{};
  } else if constexpr (TileType<A>) {
    CUTILE_REQUIRE((WithoutNarrowing<Y, X>), NumberNarrows<Y, X>)
    return std::type_identity<X>{};
  } else {
    CUTILE_REQUIRE((WithoutNarrowing<X, Y>), NumberNarrows<X, Y>)
    return std::type_identity<Y>{};
  }
}
/// The element type of a comparison of A and B: rule 4.
template <typename A, typename B> constexpr auto comparedElement() {
  using X = ElementOf<A>;
  using Y = ElementOf<B>;
  CUTILE_REQUIRE((ElementsMeet<X, Y>), NoCommonType<X, Y>)
  CUTILE_REQUIRE((!ElementsMeet<X, Y> || ElementsCompare<X, Y>),
                 SignsDiffer<X, Y>)
  return std::type_identity<Common<X, Y>>{};
}
template <typename A, typename B>
using OperationElement = typename decltype(operationElement<A, B>())::type;
template <typename A, typename B>
using ComparedElement = typename decltype(comparedElement<A, B>())::type;

/// The shape of an operation on operands, rule 1.
template <typename A, typename B> constexpr auto operationShape() {
  requireBroadcast<ShapeOf<A>, ShapeOf<B>>();
  return BroadcastShape<ShapeOf<A>, ShapeOf<B>>{};
}
template <typename A, typename B>
using OperationShape = decltype(operationShape<A, B>());

/// The shape of any number of operands.
template <typename S, typename...> struct ShapeOfAll {
  using type = S;
};
template <typename S, typename X, typename... Xs>
struct ShapeOfAll<S, X, Xs...>
    : ShapeOfAll<OperationShape<TileOf<bool, S>, X>, Xs...> {};
template <typename... X>
using OperationShapeOf = typename ShapeOfAll<TileShape<>, X...>::type;

/// The tile type in which A and B are computed. Of equal ones, which are most,
/// nothing is asked.
template <typename A, typename B> struct OperationTileOf {
  using type = TileOf<OperationElement<A, B>, OperationShape<A, B>>;
};
template <typename E, int... D>
struct OperationTileOf<Tile<E, D...>, Tile<E, D...>> {
  using type = Tile<E, D...>;
};
template <typename A, typename B>
using OperationTile = typename OperationTileOf<A, B>::type;
template <typename A, typename B> struct ComparedTileOf {
  using type = TileOf<ComparedElement<A, B>, OperationShape<A, B>>;
};
template <typename E, int... D>
struct ComparedTileOf<Tile<E, D...>, Tile<E, D...>> {
  using type = Tile<E, D...>;
};
template <typename A, typename B>
using ComparedTile = typename ComparedTileOf<A, B>::type;

template <typename E, int... D> auto asTile(const Tile<E, D...> &x) {
  return x;
}
template <Number N> auto asTile(N x) {
  using E = typename NumberTraits<N>::element;
  return Tile<E>(static_cast<E>(x));
}

template <typename T> T refused(); // an error was reported; never called

/// \p x converted and stretched to the tile type T.
template <typename T, Operand X> T fit(const X &x) {
  using E = typename T::element_type;
  if constexpr (std::is_same_v<X, T>)
    return x;
  else if constexpr (!BroadcastableTo<ShapeOf<X>, typename T::shape_type>)
    return refused<T>();
  else if constexpr (!std::is_same_v<ElementOf<X>, E>)
    return fit<T>(convert<E>(asTile(x)));
  else if constexpr (!std::is_same_v<ShapeOf<X>, typename T::shape_type>)
    return broadcast_to(asTile(x), T::shape());
  else
    return asTile(x);
}

/// A tile, or the number in it where all operands are numbers.
template <Operand... X, typename E, int... D>
auto resultOf(const Tile<E, D...> &x) {
  if constexpr ((TileType<X> || ...))
    return x;
  else
    return static_cast<E>(x);
}

} // namespace cutile::detail
