// Matrix multiply-accumulate.
#pragma once

#include "cutile/Convert.h"
#include "cutile/Message.h"
#include "cutile/Reduce.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Mma.h"
#endif

namespace cutile {

// Shapes: (M, K) times (K, N) plus (M, N), or a batch of them, with one more
// axis of equal extent in front.

/// Which floats are multiplied and added up in which:
/// f16 in f16 or f32; bf16, tf32, f32 in f32; f64 in f64; f8 in f16 or f32.
template <typename A, typename C>
concept FloatProduct =
    (std::same_as<A, f16> && (std::same_as<C, f16> || std::same_as<C, f32>)) ||
    ((std::same_as<A, bf16> || std::same_as<A, tf32> || std::same_as<A, f32>) &&
     std::same_as<C, f32>) ||
    (std::same_as<A, f64> && std::same_as<C, f64>) ||
    ((std::same_as<A, f8e4m3> || std::same_as<A, f8e5m2>) &&
     (std::same_as<C, f16> || std::same_as<C, f32>));
/// Integers of 8 bits, signed or not.
template <typename E>
concept ByteInteger = std::same_as<E, i8> || std::same_as<E, u8>;
/// Which values and scales go together: f8 and f4 with powers of two, f4 with
/// f8e4m3 as well.
template <typename A, typename S>
concept ScaledProduct = ((std::same_as<A, f8e4m3> || std::same_as<A, f8e5m2> ||
                          std::same_as<A, f4e2m1>) &&
                         std::same_as<S, f8e8m0>) ||
                        (std::same_as<A, f4e2m1> && std::same_as<S, f8e4m3>);

namespace detail {
/// Axis \p axis of the two of a matrix, or -1.
template <typename S, int axis> constexpr int matrixExtent() {
  return S::rank < 2 ? -1 : S::extent(S::rank - 2 + axis);
}
template <typename A, typename B, typename C>
concept MatrixShapes = (A::rank == 2 || A::rank == 3) && B::rank == A::rank &&
                       C::rank == A::rank &&
                       (A::rank == 2 || (A::extent(0) == B::extent(0) &&
                                         A::extent(0) == C::extent(0))) &&
                       matrixExtent<A, 1>() == matrixExtent<B, 0>() &&
                       matrixExtent<A, 0>() == matrixExtent<C, 0>() &&
                       matrixExtent<B, 1>() == matrixExtent<C, 1>();
/// K of the values is a multiple of that of their scales.
template <typename X, typename S, int k>
concept ScaleShape = X::rank == S::rank && [] {
  for (int axis = 0; axis < X::rank; ++axis)
    if (axis == X::rank - 2 + k ? X::extent(axis) % S::extent(axis) != 0
                                : X::extent(axis) != S::extent(axis))
      return false;
  return true;
}();
} // namespace detail

/// `result = a b + acc`. The reference adds exact products in f64, in the order
/// of k, and rounds once; compiled code adds in C, in any order.
///
/// \param a a tile of (M, K) or (batch, M, K).
/// \param b a tile of (K, N) or (batch, K, N).
/// \param acc a tile of (M, N) or (batch, M, N).
template <ElementType E, FloatElement C, int... A, int... B, int... D>
  requires FloatProduct<E, C> &&
           detail::MatrixShapes<TileShape<A...>, TileShape<B...>,
                                TileShape<D...>>
[[cutile::op("mmaf")]] Tile<C, D...>
mmaf(const Tile<E, A...> &a, const Tile<E, B...> &b, const Tile<C, D...> &acc) {
  return reference::multiply<f64>(a, b, acc);
}

/// `result = a b + acc`, modulo 2^32; each operand is signed or unsigned as its
/// type is.
///
/// \param a a tile of (M, K) or (batch, M, K).
/// \param b a tile of (K, N) or (batch, K, N).
/// \param acc a tile of (M, N) or (batch, M, N).
template <ByteInteger E, ByteInteger F, int... A, int... B, int... D>
  requires detail::MatrixShapes<TileShape<A...>, TileShape<B...>,
                                TileShape<D...>>
[[cutile::op("mmai")]] Tile<i32, D...> mmai(const Tile<E, A...> &a,
                                            const Tile<F, B...> &b,
                                            const Tile<i32, D...> &acc) {
  return reference::multiply<i64>(a, b, acc);
}

/// `result[m, n] = acc[m, n] + sum over k of a[m, k] sa[m, k / block] b[k, n]
/// sb[k / block, n]`, where block is K over the extent of the scales. The
/// reference computes as mmaf does.
///
/// \param a a tile of (M, K) or (batch, M, K).
/// \param b a tile of (K, N) or (batch, K, N).
/// \param acc a tile of (M, N) or (batch, M, N).
/// \param scaleA a tile of (M, K / block) or a batch of them.
/// \param scaleB a tile of (K / block, N) or a batch of them.
template <ElementType E, ElementType F, ElementType S, int... A, int... B,
          int... D, int... SA, int... SB>
  requires ScaledProduct<E, S> && ScaledProduct<F, S> &&
           detail::MatrixShapes<TileShape<A...>, TileShape<B...>,
                                TileShape<D...>> &&
           detail::ScaleShape<TileShape<A...>, TileShape<SA...>, 1> &&
           detail::ScaleShape<TileShape<B...>, TileShape<SB...>, 0>
[[cutile::op("mmaf_scaled")]] Tile<f32, D...>
mmaf_scaled(const Tile<E, A...> &a, const Tile<F, B...> &b,
            const Tile<f32, D...> &acc, const Tile<S, SA...> &scaleA,
            const Tile<S, SB...> &scaleB) {
  return reference::multiply<f64>(reference::scaled<1>(a, scaleA),
                                  reference::scaled<0>(b, scaleB), acc);
}

namespace detail {
template <typename A, typename B, typename C> struct NoProduct {
  static constexpr Message text() {
    return Message() << "mma of " << ElementTraits<A>::name << " and "
                     << ElementTraits<B>::name << " in "
                     << ElementTraits<C>::name
                     << " does not exist; there are f16 in f16 or f32, bf16, "
                        "tf32 and f32 in f32, f64 in f64, f8 in f16 or f32, i8 "
                        "and u8 in i32";
  }
};
template <typename A, typename B, typename C> struct NoMatrices {
  static constexpr Message text() {
    return Message() << "mma of " << A{} << " and " << B{} << " in " << C{}
                     << "; it takes [M, K], [K, N] and [M, N], or batches "
                        "[B, M, K], [B, K, N] and [B, M, N]";
  }
};
template <typename A, typename B, typename C>
concept Product = (std::same_as<A, B> && FloatProduct<A, C>) ||
                  (ByteInteger<A> && ByteInteger<B> && std::same_as<C, i32>);

/// The shape of a product, where it exists.
template <typename A, typename B> struct ProductShape {
  static constexpr int rank = A::rank;
  static constexpr int extent(int axis) {
    return axis == rank - 1 && B::rank == rank ? B::extent(axis)
                                               : A::extent(axis);
  }
};
/// Sums of products in the type of sums: f32, f64 or i32.
template <typename E>
using ProductElement =
    std::conditional_t<ByteInteger<E>, i32,
                       std::conditional_t<std::same_as<E, f64>, f64, f32>>;
} // namespace detail

/// `a b + acc` of matrices or batches of them: mmaf or mmai by the types.
template <ElementType E, ElementType F, ElementType C, int... A, int... B,
          int... D>
Tile<C, D...> mma(const Tile<E, A...> &a, const Tile<F, B...> &b,
                  const Tile<C, D...> &acc) {
  CUTILE_REQUIRE((detail::Product<E, F, C>), detail::NoProduct<E, F, C>);
  constexpr bool fit =
      detail::MatrixShapes<TileShape<A...>, TileShape<B...>, TileShape<D...>>;
  CUTILE_REQUIRE(
      fit,
      detail::NoMatrices<TileShape<A...>, TileShape<B...>, TileShape<D...>>);
  if constexpr (!detail::Product<E, F, C> || !fit)
    return detail::refused<Tile<C, D...>>();
  else if constexpr (ByteInteger<E>)
    return mmai(a, b, acc);
  else
    return mmaf(a, b, acc);
}

/// `a b`, in f32, f64 for f64 and i32 for integers.
template <ElementType E, ElementType F, int... A, int... B>
auto matmul(const Tile<E, A...> &a, const Tile<F, B...> &b) {
  using S = detail::Materialized<
      detail::ProductShape<TileShape<A...>, TileShape<B...>>>;
  using C = detail::ProductElement<E>;
  return mma(a, b, broadcast_to(static_cast<C>(0), S{}));
}

/// mmaf_scaled under the name that goes with mma.
template <TileType A, TileType B, TileType SA, TileType SB, int... D>
auto mma_scaled(const A &a, const B &b, const Tile<f32, D...> &acc,
                const SA &scaleA, const SB &scaleB) {
  return mmaf_scaled(a, b, acc, scaleA, scaleB);
}

} // namespace cutile
