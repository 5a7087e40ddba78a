// A small stand-in for the language: what the plugin's tests need of it.
#pragma once

namespace cutile {

inline constexpr int dyn = -1;
using f32 = float;
struct f16 {
  unsigned short bits;
};

template <typename E, int... D> struct Tile {
  Tile() = delete;
  Tile(E value) : value(value) {}
  E value;
};
template <typename E, int... D> [[cutile::op("zeros")]] Tile<E, D...> zeros() { return Tile<E, D...>(E()); }

template <typename E, int... D> struct TensorView {
  [[cutile::op("load")]] Tile<E> load(int) const { return Tile<E>(E()); }
  [[cutile::op("store")]] void store(Tile<E>, int) {}
};
template <typename E, int... D> struct MappedPartition {};
template <typename E> struct Global {
  E value;
};

[[cutile::op("load_unchecked"), cutile::unsafe]] inline int load_unchecked(const int *p) { return *p; }

namespace detail {
struct ModuleRange {
  ModuleRange(const char *const *begin, const char *const *end) : begin(begin), end(end) {}
  const char *const *begin;
  const char *const *end;
};
} // namespace detail
} // namespace cutile
