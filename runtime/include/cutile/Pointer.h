// Tiles of pointers: gather and scatter, by address and by index.
#pragma once

#include "cutile/View.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Pointer.h"
#endif

namespace cutile {

/// E * or const E *, where tiles hold E.
template <typename P>
concept ElementPointer =
    std::is_pointer_v<P> &&
    ElementType<std::remove_const_t<std::remove_pointer_t<P>>>;

/// What a pointer of type P points to, without const.
template <ElementPointer P>
using PointeeOf = std::remove_const_t<std::remove_pointer_t<P>>;

/// A tile of pointers of type P. `p + tile` makes one of a pointer and a tile
/// of integers; gather and scatter go through it.
///
/// The shapes are as those of Tile. Nobody knows how far the memory behind a
/// pointer reaches, except the reference, where it is a tensor's.
template <ElementPointer P, int... D> class PointerTile {
public:
  using pointer_type = P;
  using element_type = PointeeOf<P>;
  using shape_type = TileShape<D...>;
  static constexpr int rank = sizeof...(D);
  static constexpr int size = static_cast<int>(detail::productOf<D...>());

  static constexpr shape_type shape() { return {}; }

  /// This tile with axes of extent 1 stretched, and axes of 1 put before.
  template <int... R> PointerTile<P, R...> broadcast() const {
    return broadcast_ptr(*this, TileShape<R...>{});
  }
  /// The same pointers, row-major, in another shape.
  template <int... R> PointerTile<P, R...> reshape() const {
    return reshape_ptr(*this, TileShape<R...>{});
  }

#ifndef __FERRO_JIT__
  // The reference's pointers; kernels do not compile with these.
  PointerTile(reference::Storage<P, size> held, reference::Bounds bounds)
      : pointers(std::move(held)), reach(bounds) {}
  const reference::Storage<P, size> &storage() const { return pointers; }
  /// The memory that all of the pointers may reach.
  reference::Bounds bounds() const { return reach; }

private:
  reference::Storage<P, size> pointers;
  reference::Bounds reach;
#endif
};

/// As the mask of an access: everywhere.
struct Everywhere {};
inline constexpr Everywhere everywhere{};

namespace detail {
template <typename M, int... D>
inline constexpr bool isMask =
    std::same_as<M, Everywhere> || std::same_as<M, Tile<bool, D...>>;
} // namespace detail

/// Where an access of shape D... happens: `everywhere`, or a tile of truth
/// values of that shape.
template <typename M, int... D>
concept MaskOf = detail::isMask<M, D...>;

// --- pointers

/// One pointer as a tile without axes.
template <ElementPointer P>
[[cutile::op("pointer_to_tile")]] PointerTile<P> pointer_to_tile(P pointer) {
  return {reference::Storage<P, 1>(pointer), reference::boundsOf(pointer)};
}

/// The pointer of a tile without axes.
template <ElementPointer P>
[[cutile::op("tile_to_pointer")]] P
tile_to_pointer(const PointerTile<P> &pointer) {
  return pointer.storage()[0];
}

/// Each pointer moved by \p offset elements.
template <ElementPointer P, int... D, IntegerElement I>
[[cutile::op("addptr")]] PointerTile<P, D...>
addptr(const PointerTile<P, D...> &pointers, I offset) {
  return reference::moved(pointers, [&](int) { return offset; });
}

/// Each pointer moved by its number of elements.
template <ElementPointer P, int... D, IntegerElement I>
[[cutile::op("addptr_tile")]] PointerTile<P, D...>
addptr_tile(const PointerTile<P, D...> &pointers,
            const Tile<I, D...> &offsets) {
  return reference::moved(pointers,
                          [&](int i) { return offsets.storage()[i]; });
}

/// The pointers with axes of extent 1 stretched to \p shape.
template <ElementPointer P, int... D, int... R>
  requires BroadcastableTo<TileShape<D...>, TileShape<R...>>
[[cutile::op("broadcast_ptr")]] PointerTile<P, R...>
broadcast_ptr(const PointerTile<P, D...> &pointers,
              [[maybe_unused]] TileShape<R...> shape) {
  return reference::pick<PointerTile<P, R...>>(
      pointers, reference::broadcastPlace<TileShape<D...>, TileShape<R...>>);
}

/// The same pointers, row-major, in another shape.
template <ElementPointer P, int... D, int... R>
  requires(TileShape<D...>::size == TileShape<R...>::size)
[[cutile::op("reshape_ptr")]] PointerTile<P, R...>
reshape_ptr(const PointerTile<P, D...> &pointers,
            [[maybe_unused]] TileShape<R...> shape) {
  return reference::pick<PointerTile<P, R...>>(pointers,
                                               [](int i) { return i; });
}

/// The addresses as pointers. Nobody knows what memory they reach.
template <ElementPointer P, int... D>
[[cutile::op("int_to_ptr")]] PointerTile<P, D...>
int_to_ptr(const Tile<i64, D...> &addresses) {
  reference::Storage<P, PointerTile<P, D...>::size> pointers;
  for (int i = 0; i < PointerTile<P, D...>::size; ++i)
    pointers.data()[i] = reinterpret_cast<P>(
        static_cast<std::uintptr_t>(addresses.storage()[i]));
  return {std::move(pointers), {}};
}

/// The pointers' addresses.
template <ElementPointer P, int... D>
[[cutile::op("ptr_to_int")]] Tile<i64, D...>
ptr_to_int(const PointerTile<P, D...> &pointers) {
  return reference::generate<Tile<i64, D...>>([&](int i) {
    return static_cast<i64>(
        reinterpret_cast<std::uintptr_t>(pointers.storage()[i]));
  });
}

/// The same addresses as pointers of type Q.
template <ElementPointer Q, ElementPointer P, int... D>
[[cutile::op("ptr_to_ptr")]] PointerTile<Q, D...>
ptr_to_ptr(const PointerTile<P, D...> &pointers) {
  reference::Storage<Q, PointerTile<P, D...>::size> others;
  for (int i = 0; i < PointerTile<P, D...>::size; ++i)
    others.data()[i] = reinterpret_cast<Q>(
        reinterpret_cast<std::uintptr_t>(pointers.storage()[i]));
  return {std::move(others), pointers.bounds()};
}

template <ElementPointer P, int... D, IntegerElement I>
PointerTile<P, D...> operator+(const PointerTile<P, D...> &pointers, I offset) {
  return addptr(pointers, offset);
}
/// Pointers and offsets broadcast with each other.
template <ElementPointer P, int... D, IntegerElement I, int... F>
  requires(sizeof...(F) > 0 &&
           BroadcastableTo<TileShape<D...>, TileShape<F...>>)
PointerTile<P, F...> operator+(const PointerTile<P, D...> &pointers,
                               const Tile<I, F...> &offsets) {
  if constexpr (std::same_as<TileShape<D...>, TileShape<F...>>)
    return addptr_tile(pointers, offsets);
  else
    return addptr_tile(broadcast_ptr(pointers, TileShape<F...>{}), offsets);
}
template <ElementPointer P, IntegerElement I, int... F>
  requires(sizeof...(F) > 0)
PointerTile<P, F...> operator+(P pointer, const Tile<I, F...> &offsets) {
  return pointer_to_tile(pointer) + offsets;
}

// --- access by address

/// The elements behind \p pointers where \p mask holds; elsewhere \p padding.
///
/// \param pointers may reach nowhere where the mask does not hold.
/// \param mask everywhere, or a tile of truth values.
/// \param padding an element.
/// \param access order, scope, latency; a weak access has no scope.
/// \param token what the load waits for.
template <ElementPointer P, int... D, MaskOf<D...> M = Everywhere,
          Access A = Access{}>
  requires LoadOrder<A.order>
[[cutile::op("load_ptr_tko")]] Tokened<Tile<PointeeOf<P>, D...>>
    load_ptr_tko(const PointerTile<P, D...> &pointers,
                 [[maybe_unused]] const M &mask = {}, PointeeOf<P> padding = {},
                 [[maybe_unused]] Mode<A> access = {},
                 [[maybe_unused]] Token token = {}) {
  return {
      reference::generate<Tile<PointeeOf<P>, D...>>([&](int i) -> PointeeOf<P> {
        if (!reference::holds(mask, i))
          return padding;
        return reference::read(reference::checkedAt("gather", pointers, i),
                               A.order);
      }),
      token};
}

/// Stores \p values behind \p pointers where \p mask holds, ascending.
///
/// \param pointers of elements that are not constant; may reach nowhere where
///        the mask does not hold. Two that are equal are a race of the block
///        with itself: which value stays is not said.
/// \param values the elements.
/// \param mask everywhere, or a tile of truth values.
/// \param access order, scope, latency; a weak access has no scope.
/// \param token what the store waits for.
template <typename E, int... D, MaskOf<D...> M = Everywhere,
          Access A = Access{}>
  requires(ElementType<E> && StoreOrder<A.order>)
[[cutile::op("store_ptr_tko")]] Token store_ptr_tko(
    const PointerTile<E *, D...> &pointers, const Tile<E, D...> &values,
    [[maybe_unused]] const M &mask = {}, [[maybe_unused]] Mode<A> access = {},
    [[maybe_unused]] Token token = {}) {
  for (int i = 0; i < PointerTile<E *, D...>::size; ++i)
    if (reference::holds(mask, i))
      reference::write(reference::checkedAt("scatter", pointers, i),
                       values.storage()[i], A.order);
  return token;
}

/// `gather(pointers)`, `gather(pointers, mask)`, `gather(pointers, mask, pad)`.
template <ElementPointer P, int... D, MaskOf<D...> M = Everywhere>
Tile<PointeeOf<P>, D...> gather(const PointerTile<P, D...> &pointers,
                                const M &mask = {}, PointeeOf<P> padding = {}) {
  return load_ptr_tko(pointers, mask, padding).value;
}
/// `scatter(pointers, values)`, `scatter(pointers, values, mask)`.
template <typename E, int... D, MaskOf<D...> M = Everywhere>
void scatter(const PointerTile<E *, D...> &pointers,
             const Tile<E, D...> &values, const M &mask = {}) {
  store_ptr_tko(pointers, values, mask);
}

// --- access by index

namespace detail {
// The shape to which index tiles and numbers broadcast.
template <typename... S> struct BroadcastAll {
  using type = TileShape<>;
};
template <typename S> struct BroadcastAll<S> {
  using type = S;
};
template <typename A, typename B, typename... Rest>
  requires BroadcastCompatible<A, B>
struct BroadcastAll<A, B, Rest...>
    : BroadcastAll<BroadcastShape<A, B>, Rest...> {};
} // namespace detail

/// Integer tiles or integers, one for each axis of a view.
template <typename... I>
concept IndexTiles = ((TileLike<I> && IntegerElement<ElementTypeOf<I>>) && ...);

/// The shape to which index tiles broadcast.
template <typename... I>
using GatherShape = typename detail::BroadcastAll<TileShapeOf<I>...>::type;

/// The elements of \p view at index tiles: element i of the result is at
/// (index_0[i], index_1[i], ...). Unless unchecked every index is checked.
///
/// \param view what is read.
/// \param access order, scope, latency, unchecked.
/// \param index an integer tile or integer for each axis; they broadcast.
/// \throws Error IndexOutOfBounds.
template <Access A, ElementType E, int... D, typename... I>
  requires(IndexTiles<I...> && sizeof...(I) == sizeof...(D) &&
           LoadOrder<A.order>)
[[cutile::op("gather_view_tko")]] Tokened<TileOf<E, GatherShape<I...>>>
gather_view_tko(const TensorView<E, D...> &view,
                [[maybe_unused]] Mode<A> access, const I &...index) {
  using T = TileOf<E, GatherShape<I...>>;
  return {reference::generate<T>([&](int i) {
            return reference::read(
                reference::checkedAt(
                    "gather of", view,
                    reference::indexAt<typename T::shape_type>(i, index...)),
                A.order);
          }),
          {}};
}

/// Stores \p values to \p view at index tiles, ascending, as gather_view_tko
/// reads.
///
/// \param view an exclusive view.
/// \param values the elements; the shape to which the index tiles broadcast.
/// \param access order, scope, latency, unchecked.
/// \param index an integer tile or integer for each axis; they broadcast. Of
///        equal indices it is not said which value stays.
/// \throws Error IndexOutOfBounds.
template <Access A, ElementType E, int... D, typename... I>
  requires(IndexTiles<I...> && sizeof...(I) == sizeof...(D) &&
           StoreOrder<A.order>)
[[cutile::op("scatter_view_tko")]] Token
scatter_view_tko(TensorView<E, D...> &view,
                 const TileOf<E, GatherShape<I...>> &values,
                 [[maybe_unused]] Mode<A> access, const I &...index) {
  using S = GatherShape<I...>;
  for (int i = 0; i < S::size; ++i)
    reference::write(reference::checkedAt("scatter to", view,
                                          reference::indexAt<S>(i, index...)),
                     values.storage()[i], A.order);
  return {};
}

/// `gather(view, rows, columns)`: as NumPy's `view[rows, columns]`.
template <ElementType E, int... D, typename... I>
  requires(IndexTiles<I...> && sizeof...(I) == sizeof...(D) && sizeof...(D) > 0)
TileOf<E, GatherShape<I...>> gather(const TensorView<E, D...> &view,
                                    const I &...index) {
  return gather_view_tko(view, with(), index...).value;
}
/// `scatter(view, values, rows, columns)`.
template <ElementType E, int... D, typename... I>
  requires(IndexTiles<I...> && sizeof...(I) == sizeof...(D) && sizeof...(D) > 0)
void scatter(TensorView<E, D...> &view,
             const TileOf<E, GatherShape<I...>> &values, const I &...index) {
  scatter_view_tko(view, values, with(), index...);
}

/// A tile of shape B whose axis \p along has the elements at \p index, and
/// whose other axes are the elements from \p start on; beyond the view's edges
/// zero.
///
/// \param view what is read.
/// \param shape the shape of the tile.
/// \param along the axis.
/// \param index which elements of the axis, each checked unless unchecked.
/// \param start element offsets; that of the axis itself is not used.
/// \param access padding, order, scope, latency, tma, unchecked.
/// \param token what the load waits for.
/// \throws Error IndexOutOfBounds.
template <int axis, ElementType E, int... D, int... B, IntegerElement I, int N,
          Access A = Access{}>
  requires(axis >= 0 && axis < sizeof...(D) && sizeof...(B) == sizeof...(D) &&
           TileShape<B...>::extent(axis) == N && PaddingFor<E, A.padding> &&
           LoadOrder<A.order>)
[[cutile::op("load_gather_tko")]] Tokened<Tile<E, B...>> load_gather_tko(
    const TensorView<E, D...> &view, [[maybe_unused]] TileShape<B...> shape,
    [[maybe_unused]] Axes<axis> along, const Tile<I, N> &index,
    Coord<sizeof...(D)> start, [[maybe_unused]] Mode<A> access = {},
    [[maybe_unused]] Token token = {}) {
  return {reference::load<Tile<E, B...>, A>(
              view.region(),
              reference::gatherAlong<axis>("gather of", view, index, start)),
          token};
}

/// Stores \p tile as load_gather_tko reads; nothing beyond the view's edges.
template <int axis, ElementType E, int... D, int... B, IntegerElement I, int N,
          Access A = Access{}>
  requires(axis >= 0 && axis < sizeof...(D) && sizeof...(B) == sizeof...(D) &&
           TileShape<B...>::extent(axis) == N && StoreOrder<A.order>)
[[cutile::op("store_gather_tko")]] Token
    store_gather_tko(TensorView<E, D...> &view, const Tile<E, B...> &tile,
                     [[maybe_unused]] Axes<axis> along, const Tile<I, N> &index,
                     Coord<sizeof...(D)> start,
                     [[maybe_unused]] Mode<A> access = {},
                     [[maybe_unused]] Token token = {}) {
  reference::store<A>(
      view.region(), tile,
      reference::gatherAlong<axis>("scatter to", view, index, start));
  return token;
}

} // namespace cutile
