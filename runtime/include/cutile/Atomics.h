// Atomic operations on memory that blocks share.
//
// Where no order and scope are given, they are acq_rel and the device: what one
// block did before its atomic is seen by who sees the atomic's value.
#pragma once

#include "cutile/Float.h"
#include "cutile/Integer.h"
#include "cutile/Partition.h"
#include "cutile/Pointer.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Atomics.h"
#endif

namespace cutile {

namespace atomic {
inline constexpr Mode<AtomicMode::Add> add{};
inline constexpr Mode<AtomicMode::And> bit_and{};
inline constexpr Mode<AtomicMode::Or> bit_or{};
inline constexpr Mode<AtomicMode::Xor> bit_xor{};
inline constexpr Mode<AtomicMode::Min> min{};
inline constexpr Mode<AtomicMode::Max> max{};
inline constexpr Mode<AtomicMode::Exchange> exchange{};
} // namespace atomic

namespace detail {
template <typename E>
inline constexpr bool isWord =
    ValueElement<E> &&
    (ElementTraits<E>::bits == 32 || ElementTraits<E>::bits == 64);
} // namespace detail

/// Elements for which \p mode exists: integers of 32 and 64 bits for all; the
/// floats for add; f32 and f64 for exchange.
template <typename E, AtomicMode mode>
concept AtomicFor =
    (IntegerElement<E> && detail::isWord<E>) ||
    (FloatElement<E> && mode == AtomicMode::Add) ||
    (FloatElement<E> && mode == AtomicMode::Exchange && detail::isWord<E>);

namespace detail {
inline constexpr Access relaxedAccess = {.order = MemoryOrder::Relaxed};
/// Atomics on views are relaxed, within a block or the device.
constexpr bool isForViews(Access access) {
  return access.order == MemoryOrder::Relaxed && access.scope != Scope::System;
}
} // namespace detail

/// The access of an atomic without tags.
inline constexpr Access atomicAccess = {.order = MemoryOrder::AcqRel};

/// For each element where \p mask holds, ascending but in no promised order:
/// the old value of what the pointer points to is returned, and `mode(old,
/// value)` takes its place at once. Integers wrap; floats are rounded to
/// nearest even. Elsewhere the result is zero.
///
/// \param pointers of elements that are not constant.
/// \param values the operands.
/// \param mode what is done.
/// \param mask everywhere, or a tile of truth values.
/// \param access order (not weak) and scope.
/// \param token what the operation waits for.
template <AtomicMode mode_, ElementType E, int... D,
          MaskOf<D...> M = Everywhere, Access A = atomicAccess>
  requires(AtomicFor<E, mode_> && AtomicOrder<A.order>)
[[cutile::op("atomic_rmw_tko")]] Tokened<Tile<E, D...>> atomic_rmw_tko(
    const PointerTile<E *, D...> &pointers, const Tile<E, D...> &values,
    [[maybe_unused]] Mode<mode_> mode, [[maybe_unused]] const M &mask = {},
    [[maybe_unused]] Mode<A> access = {}, [[maybe_unused]] Token token = {}) {
  return {reference::generate<Tile<E, D...>>([&](int i) -> E {
            if (!reference::holds(mask, i))
              return E{};
            return reference::modify<mode_>(
                reference::checkedAt("atomic", pointers, i),
                values.storage()[i], A.order);
          }),
          token};
}

/// For each element where \p mask holds: if what the pointer points to has the
/// bits of \p expected, \p desired takes its place. The old value is returned;
/// elsewhere zero.
///
/// \param pointers of elements of 32 or 64 bits.
/// \param expected compared bit by bit: +0 and -0 differ, equal NaNs do not.
/// \param desired the new values.
/// \param mask everywhere, or a tile of truth values.
/// \param access order (not weak) and scope.
/// \param token what the operation waits for.
template <ElementType E, int... D, MaskOf<D...> M = Everywhere,
          Access A = atomicAccess>
  requires(detail::isWord<E> && AtomicOrder<A.order>)
[[cutile::op("atomic_cas_tko")]] Tokened<Tile<E, D...>> atomic_cas_tko(
    const PointerTile<E *, D...> &pointers, const Tile<E, D...> &expected,
    const Tile<E, D...> &desired, [[maybe_unused]] const M &mask = {},
    [[maybe_unused]] Mode<A> access = {}, [[maybe_unused]] Token token = {}) {
  return {reference::generate<Tile<E, D...>>([&](int i) -> E {
            if (!reference::holds(mask, i))
              return E{};
            return reference::exchangeIf(
                reference::checkedAt("atomic", pointers, i),
                expected.storage()[i], desired.storage()[i], A.order);
          }),
          token};
}

/// Combines each element of \p tile with what \p partition has at \p index,
/// atomically; nothing beyond the edge of the tensor.
///
/// \param partition whose tiles blocks may share, for such accesses only.
/// \param tile the operands.
/// \param index of the tile.
/// \param mode anything but an exchange: nothing is returned.
/// \param access relaxed, and a scope of a block or the device.
/// \param token what the operation waits for.
template <AtomicMode mode_, ElementType E, typename X, typename TileS,
          Access A = detail::relaxedAccess>
  requires(AtomicFor<E, mode_> && mode_ != AtomicMode::Exchange &&
           detail::isForViews(A))
[[cutile::op("atomic_red_view_tko")]] Token atomic_red_view_tko(
    PartitionMut<E, X, TileS> &partition, const TileOf<E, TileS> &tile,
    Coord<TileS::rank> index, [[maybe_unused]] Mode<mode_> mode,
    [[maybe_unused]] Mode<A> access = {}, [[maybe_unused]] Token token = {}) {
  auto at = reference::tileAt("atomic on", partition, index);
  for (int i = 0; i < TileOf<E, TileS>::size; ++i)
    if (E *element = partition.region().find(at(reference::placeOf<TileS>(i))))
      reference::modify<mode_>(element, tile.storage()[i], A.order);
  return token;
}

namespace detail {

// The mask among the arguments that follow the operands.
template <typename... Rest> constexpr Everywhere maskOf(const Rest &...) {
  return {};
}
template <int... D, typename... Rest>
const Tile<bool, D...> &maskOf(const Tile<bool, D...> &mask, const Rest &...) {
  return mask;
}

/// `[mask,] tags...`, as atomics take after their operands.
template <typename T, int... D>
concept AtomicArgument = AccessTag<T> || MaskOf<T, D...>;

template <AtomicMode mode, typename E, int... D, typename... Rest>
Tile<E, D...> atomicFetch(const PointerTile<E *, D...> &pointers,
                          const Tile<E, D...> &values, const Rest &...rest) {
  return atomic_rmw_tko(pointers, values, Mode<mode>{}, maskOf(rest...),
                        AccessMode<atomicAccess, Rest...>{})
      .value;
}

} // namespace detail

// `atomic_fetch_add(pointers, values, [mask,] [order,] [scope])`: the old
// values.
#define CUTILE_ATOMIC(name, mode)                                              \
  template <ElementType E, int... D, detail::AtomicArgument<D...>... Rest>     \
    requires AtomicFor<E, AtomicMode::mode>                                    \
  Tile<E, D...> name(const PointerTile<E *, D...> &pointers,                   \
                     const Tile<E, D...> &values, const Rest &...rest) {       \
    return detail::atomicFetch<AtomicMode::mode>(pointers, values, rest...);   \
  }
CUTILE_ATOMIC(atomic_fetch_add, Add)
CUTILE_ATOMIC(atomic_fetch_and, And)
CUTILE_ATOMIC(atomic_fetch_or, Or)
CUTILE_ATOMIC(atomic_fetch_xor, Xor)
CUTILE_ATOMIC(atomic_fetch_min, Min)
CUTILE_ATOMIC(atomic_fetch_max, Max)
CUTILE_ATOMIC(atomic_exchange, Exchange)
#undef CUTILE_ATOMIC

/// `atomic_fetch_sub(pointers, values, [mask,] [order,] [scope])`: the old
/// values. Adds what is negated: integers wrap, floats only change the sign.
template <ElementType E, int... D, detail::AtomicArgument<D...>... Rest>
  requires AtomicFor<E, AtomicMode::Add>
Tile<E, D...> atomic_fetch_sub(const PointerTile<E *, D...> &pointers,
                               const Tile<E, D...> &values,
                               const Rest &...rest) {
  if constexpr (FloatElement<E>)
    return atomic_fetch_add(pointers, negf(values), rest...);
  else
    return atomic_fetch_add(pointers, negi(values), rest...);
}

/// `atomic_compare_exchange(pointers, expected, desired, [mask,] [order,]
/// [scope])`: the old values.
template <ElementType E, int... D, detail::AtomicArgument<D...>... Rest>
  requires detail::isWord<E>
Tile<E, D...> atomic_compare_exchange(const PointerTile<E *, D...> &pointers,
                                      const Tile<E, D...> &expected,
                                      const Tile<E, D...> &desired,
                                      const Rest &...rest) {
  return atomic_cas_tko(pointers, expected, desired, detail::maskOf(rest...),
                        detail::AccessMode<atomicAccess, Rest...>{})
      .value;
}

/// Loads and stores that may meet others of other blocks.
template <ElementPointer P, int... D, AccessTag... Tags>
Tile<PointeeOf<P>, D...> atomic_load(const PointerTile<P, D...> &pointers,
                                     Tags...) {
  return load_ptr_tko(pointers, everywhere, {},
                      detail::AccessMode<Access{.order = MemoryOrder::Acquire},
                                         Tags...>{})
      .value;
}
template <typename E, int... D, AccessTag... Tags>
void atomic_store(const PointerTile<E *, D...> &pointers,
                  const Tile<E, D...> &values, Tags...) {
  store_ptr_tko(
      pointers, values, everywhere,
      detail::AccessMode<Access{.order = MemoryOrder::Release}, Tags...>{});
}

// `atomic_add(partition, tile, [scope,] i...)`, and so on for the others.
#define CUTILE_ATOMIC(name, mode)                                              \
  template <ElementType E, typename X, typename TileS, typename... Args>       \
    requires(AtomicFor<E, AtomicMode::mode> &&                                 \
             AccessArguments<TileS::rank, Args...> &&                          \
             detail::isForViews(                                               \
                 detail::accessOf<detail::relaxedAccess, Args...>()))          \
  void name(PartitionMut<E, X, TileS> &partition,                              \
            const TileOf<E, TileS> &tile, const Args &...args) {               \
    atomic_red_view_tko(partition, tile,                                       \
                        detail::placeOf<TileS::rank>(args...),                 \
                        Mode<AtomicMode::mode>{},                              \
                        detail::AccessMode<detail::relaxedAccess, Args...>{}); \
  }
CUTILE_ATOMIC(atomic_add, Add)
CUTILE_ATOMIC(atomic_and, And)
CUTILE_ATOMIC(atomic_or, Or)
CUTILE_ATOMIC(atomic_xor, Xor)
CUTILE_ATOMIC(atomic_min, Min)
CUTILE_ATOMIC(atomic_max, Max)
#undef CUTILE_ATOMIC

} // namespace cutile
