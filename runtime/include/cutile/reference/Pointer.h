// Pointers and index tiles in the reference.
#pragma once

#include "cutile/reference/Memory.h"

namespace cutile {
struct Everywhere;
} // namespace cutile

namespace cutile::reference {

/// \p pointers with element i moved by \p offset(i) elements. Computed on
/// integers: masked pointers may leave their memory.
template <typename T, typename F> T moved(const T &pointers, F &&offset) {
  using P = typename T::pointer_type;
  Storage<P, T::size> others;
  for (int i = 0; i < T::size; ++i)
    others.data()[i] = reinterpret_cast<P>(
        reinterpret_cast<std::uintptr_t>(pointers.storage()[i]) +
        static_cast<std::uintptr_t>(offset(i)) *
            sizeof(typename T::element_type));
  return {std::move(others), pointers.bounds()};
}

/// The tile whose element i is element \p from(i) of \p pointers.
template <typename R, typename T, typename F>
R pick(const T &pointers, F &&from) {
  Storage<typename R::pointer_type, R::size> others;
  for (int i = 0; i < R::size; ++i)
    others.data()[i] = pointers.storage()[from(i)];
  return {std::move(others), pointers.bounds()};
}

/// Which element of a tile of shape From stands at \p flat after broadcasting
/// to shape To.
template <typename From, typename To> int broadcastPlace(int flat) {
  Index<To::rank> place = placeOf<To>(flat);
  int from = 0;
  for (int axis = 0; axis < From::rank; ++axis) {
    std::int64_t index = place[To::rank - From::rank + axis];
    from = from * From::extent(axis) +
           static_cast<int>(From::extent(axis) == 1 ? 0 : index);
  }
  return from;
}

inline bool holds(const Everywhere &, int) { return true; }
template <int... D> bool holds(const Tile<bool, D...> &mask, int i) {
  return mask.storage()[i];
}

/// \throws Error InvalidArgument for a null or misaligned pointer,
///         IndexOutOfBounds unless [address, address + bytes) lies in bounds.
FERRO_API void checkPointer(const char *access, const void *pointer, int bytes,
                            int alignment, const Bounds &bounds, int element);

/// Pointer \p i of a tile, to be followed.
template <typename T>
auto checkedAt(const char *access, const T &pointers, int i) {
  using E = typename T::element_type;
  auto pointer = pointers.storage()[i];
  checkPointer(access, pointer, sizeof(E), alignof(E), pointers.bounds(), i);
  return pointer;
}

/// The numbers of index tiles for element \p flat of a result of shape S.
template <typename S, typename... I>
Index<sizeof...(I)> indexAt(int flat, const I &...index) {
  auto at = [&]<typename X>(const X &x) -> std::int64_t {
    if constexpr (TileType<X>)
      return static_cast<std::int64_t>(
          x.storage()[broadcastPlace<TileShapeOf<X>, S>(flat)]);
    else
      return static_cast<std::int64_t>(x);
  };
  return {at(index)...};
}

/// The element of \p view at \p index.
/// \throws Error IndexOutOfBounds.
template <typename V, std::size_t rank>
auto *checkedAt(const char *access, const V &view,
                const std::array<std::int64_t, rank> &index) {
  const auto &region = view.region();
  for (std::size_t axis = 0; axis < rank; ++axis)
    checkIndex(access, region.name, static_cast<int>(axis), index[axis],
               region.valid[axis], "elements");
  return region.find(index);
}

/// Where a tile's elements lie if \p index says the elements of one axis.
template <int axis, typename V, typename T>
auto gatherAlong(const char *access, const V &view, const T &index,
                 Coord<V::rank> start) {
  for (int i = 0; i < T::size; ++i)
    checkIndex(access, view.region().name, axis,
               static_cast<std::int64_t>(index.storage()[i]),
               view.region().valid[axis], "elements");
  return [&index, start](Index<V::rank> place) {
    for (int i = 0; i < V::rank; ++i)
      if (i == axis)
        place[i] = static_cast<std::int64_t>(index.storage()[place[i]]);
      else if (__builtin_add_overflow(place[i], start[i], &place[i]))
        place[i] = -1;
    return place;
  };
}

} // namespace cutile::reference
