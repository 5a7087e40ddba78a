// Views of memory in the reference: every access is checked, and told to the
// execution.
#pragma once

#include "cutile/Access.h"
#include "cutile/Tile.h"
#include "cutile/reference/Execution.h"

#include <array>
#include <cstring>
#include <limits>

namespace cutile::reference {

template <int rank> using Index = std::array<std::int64_t, rank>;

/// Elements of a tensor, reached by index. An exclusive view is a window of
/// its tensor that the edge may cut: `valid` elements of `extents` exist.
template <typename E, int rank> struct Region {
  E *first = nullptr; // at index 0 of every axis
  Index<rank> extents{}, valid{};
  Index<rank> strides{}; // in elements
  // The tensor of which this is a window.
  E *tensorFirst = nullptr;
  Index<rank> tensorExtents{};
  const char *name = "the view";
  bool isWritable = true;

  /// The element at \p index; null where there is none.
  E *find(const Index<rank> &index) const {
    std::int64_t offset = 0;
    for (int axis = 0; axis < rank; ++axis) {
      if (index[axis] < 0 || index[axis] >= valid[axis])
        return nullptr;
      offset += index[axis] * strides[axis];
    }
    return first + offset;
  }
  /// All of the tensor.
  Region tensor() const {
    Region whole = *this;
    whole.first = tensorFirst;
    whole.extents = whole.valid = tensorExtents;
    return whole;
  }
};

/// What a load gives where there is no element. Padding::None promises
/// nothing; the reference gives a pattern of ones, a NaN in floats.
template <typename E, Padding P> E paddingValue() {
  if constexpr (P == Padding::Zero) {
    return E{};
  } else if constexpr (P == Padding::None) {
    if constexpr (std::same_as<E, bool>) {
      return true;
    } else {
      E value;
      std::memset(static_cast<void *>(&value), 0xff, sizeof value);
      return value;
    }
  } else if constexpr (P == Padding::NegativeZero) {
    return static_cast<E>(-0.0f);
  } else if constexpr (P == Padding::Nan) {
    return static_cast<E>(std::numeric_limits<float>::quiet_NaN());
  } else {
    float infinity = std::numeric_limits<float>::infinity();
    return static_cast<E>(P == Padding::Inf ? infinity : -infinity);
  }
}

template <typename E> E read(const E *element, MemoryOrder order) {
  touch(element, sizeof(E), Touch::Read, order);
  return *element;
}
template <typename E> void write(E *element, E value, MemoryOrder order) {
  touch(element, sizeof(E), Touch::Write, order);
  *element = value;
}

/// The place of element \p flat of a row-major tile of shape S.
template <typename S> Index<S::rank> placeOf(int flat) {
  Index<S::rank> place{};
  for (int axis = S::rank - 1; axis >= 0; --axis) {
    place[axis] = flat % S::extent(axis);
    flat /= S::extent(axis);
  }
  return place;
}

/// The tile of the elements of \p region at \p indexOf(place).
template <typename T, Access A, typename E, int rank, typename F>
T load(const Region<E, rank> &region, F &&indexOf) {
  using Element = typename T::element_type;
  return generate<T>([&](int i) -> Element {
    E *element = region.find(indexOf(placeOf<typename T::shape_type>(i)));
    return element ? read(element, A.order)
                   : paddingValue<Element, A.padding>();
  });
}

/// Writes \p tile to the elements of \p region at \p indexOf(place), where
/// there are any.
template <Access A, typename T, typename E, int rank, typename F>
void store(const Region<E, rank> &region, const T &tile, F &&indexOf) {
  if (!region.isWritable)
    fail(ferro::Code::InvalidArgument, std::string("store to ") + region.name,
         "the view is of constant elements");
  for (int i = 0; i < T::size; ++i)
    if (E *element = region.find(indexOf(placeOf<typename T::shape_type>(i))))
      write(element, tile.storage()[i], A.order);
}

/// \throws Error IndexOutOfBounds unless 0 <= index < count.
inline void checkIndex(const char *access, const char *name, int axis,
                       std::int64_t index, std::int64_t count,
                       const std::string &space) {
  if (index < 0 || index >= count)
    fail(ferro::Code::IndexOutOfBounds, std::string(access) + " " + name,
         "index " + std::to_string(index) + " on axis " + std::to_string(axis) +
             " is outside of " + std::to_string(count) + " " + space);
}

} // namespace cutile::reference
