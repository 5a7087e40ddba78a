// How an access to memory is made: tags that stand before the indices,
// `p.load(pad::nan, latency<4>, m, k)`.
#pragma once

#include "cutile/Coord.h"
#include "cutile/Modes.h"

namespace cutile {

/// Everything that the tags of an access can say.
struct Access {
  Padding padding = Padding::Zero;
  MemoryOrder order = MemoryOrder::Weak;
  Scope scope = Scope::Device;
  Tma tma = Tma::Allow;
  int latency = 0;
  bool isChecked = true;
  friend constexpr bool operator==(Access, Access) = default;
};

namespace detail {

template <Padding P> constexpr Access tagged(Access access, Mode<P>) {
  access.padding = P;
  return access;
}
template <MemoryOrder O> constexpr Access tagged(Access access, Mode<O>) {
  access.order = O;
  return access;
}
template <Scope S> constexpr Access tagged(Access access, Mode<S>) {
  access.scope = S;
  return access;
}
template <Tma T> constexpr Access tagged(Access access, Mode<T>) {
  access.tma = T;
  return access;
}
template <int N> constexpr Access tagged(Access access, Latency<N>) {
  access.latency = N;
  return access;
}
constexpr Access tagged(Access access, Unchecked) {
  access.isChecked = false;
  return access;
}

} // namespace detail

namespace detail {
// A list and no requires-expression: every access asks.
template <typename T> struct IsAccessTag {
  static constexpr bool value = false;
};
template <Padding P> struct IsAccessTag<Mode<P>> {
  static constexpr bool value = true;
};
template <MemoryOrder O> struct IsAccessTag<Mode<O>> {
  static constexpr bool value = true;
};
template <Scope S> struct IsAccessTag<Mode<S>> {
  static constexpr bool value = true;
};
template <Tma T> struct IsAccessTag<Mode<T>> {
  static constexpr bool value = true;
};
template <int N> struct IsAccessTag<Latency<N>> {
  static constexpr bool value = true;
};
template <> struct IsAccessTag<Unchecked> {
  static constexpr bool value = true;
};
} // namespace detail

/// A padding, an order, a scope, `latency<N>`, a tma mode, or `unchecked`.
template <typename T>
concept AccessTag = detail::IsAccessTag<std::remove_cvref_t<T>>::value;

namespace detail {

template <typename T> constexpr Access taggedBy(Access access) {
  if constexpr (AccessTag<T>)
    return tagged(access, T{});
  else
    return access;
}
template <Access start, typename... Args> constexpr Access accessOf() {
  Access access = start;
  ((access = taggedBy<Args>(access)), ...);
  return access;
}

/// The Mode of what \p tags say, beginning with \p start.
template <Access start, typename... Args>
using AccessMode = Mode<accessOf<start, Args...>()>;

// The arguments after the tags, as a coordinate.
template <int rank> constexpr Coord<rank> placeOf(const Coord<rank> &place) {
  return place;
}
template <int rank, IndexLike... I>
  requires(sizeof...(I) == rank)
constexpr Coord<rank> placeOf(const I &...index) {
  return coord(index...);
}
template <int rank, AccessTag T, typename... Rest>
constexpr Coord<rank> placeOf(T, const Rest &...rest) {
  return placeOf<rank>(rest...);
}

} // namespace detail

/// Tags followed by one index for each of \p rank axes, or by a coordinate.
template <int rank, typename... Args>
concept AccessArguments =
    requires(const Args &...args) { detail::placeOf<rank>(args...); };

/// A padding that elements of type E can have: NaN, infinities and the
/// negative zero are for arithmetic floats.
template <typename E, Padding P>
concept PaddingFor =
    FloatElement<E> || P == Padding::None || P == Padding::Zero;

/// Tags as the one argument of a primitive: `with(memory::acquire,
/// latency<4>)`.
template <AccessTag... Tags>
constexpr detail::AccessMode<Access{}, Tags...> with(Tags...) {
  return {};
}

} // namespace cutile
