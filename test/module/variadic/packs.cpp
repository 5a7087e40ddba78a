// Whatever a signature does with its packs becomes a list of the right length.
// RUN: %every-way %s %t
#include <cutile/cutile.h>

#include <cstdio>
#include <optional>
#include <tuple>

using namespace cutile;

template <auto V> using Constant = std::integral_constant<decltype(V), V>;
template <int... D> constexpr std::array<int, sizeof...(D)> extentsOf = {D...};

// All pairs of two lengths.
// [E04]
template <int... D, int... S> [[cutile::variadic_op(N = 2, M = 3)]] int pair(TileShape<D...>, TileShape<S...>) {
  return 10 * sizeof...(D) + sizeof...(S);
}

// One length, because the packs are expanded together,
// [E05]
template <int... A, int... B>
[[cutile::variadic_op(N = 4)]] int dot(TileShape<A...>, TileShape<B...>, TileShape<(A * B)...> product) {
  return (A * ... * 1) - (B * ... * 1) + product.rank;
}
// or because a requires-clause says so.
template <int... A, int... B>
  requires(sizeof...(A) == sizeof...(B) && sizeof...(A) > 0)
[[cutile::variadic_op(N = 4)]] int sum(TileShape<A...>, TileShape<B...>) {
  return (A + ... + 0) + (B + ... + 0);
}

// Lengths may be given by the names of packs.
// [E06]
template <int... D, int... S> [[cutile::variadic_op(S = 1, D = 2)]] int named(TileShape<D...>, TileShape<S...>) {
  return 10 * sizeof...(D) + sizeof...(S);
}

// Arrays, tuples and options of tiles, an index array, and the number itself.
// [E24] [E27] [E30]
template <ElementType E, int... D>
[[cutile::variadic_op(N = 3)]] int nested(const std::tuple<Tile<E, D...>, int> &pair,
                                          std::optional<std::array<Tile<E, (D * 2)...>, 2>> some,
                                          std::array<int, sizeof...(D)> index, Constant<sizeof...(D)> rank = {}) {
  return std::get<1>(pair) + (some ? int((*some)[1].size) : 0) + int(index.size()) + 100 * rank.value;
}

// Folds: left, right, with a first value, over no elements; literal shapes.
// [E26] [E29]
template <int... D>
  requires(... && (D > 0)) && ((D < 64) || ... || (sizeof...(D) == 0))
[[cutile::variadic_op(N = 3)]] int folds(TileShape<D...>, Constant<(100 - ... - D)> left, Constant<(D - ... - 1)> right,
                                         TileShape<4, 2> = {}) {
  return left.value * 1000 + right.value + int(extentsOf<D...>.size());
}

// A parameter for each element, with and without a name; other packs stay.
template <typename... Bases, int... I>
[[cutile::variadic_op(N = 3)]] int digits(std::tuple<Bases...> bases, Constant<I>...) {
  int value = 0;
  ((value = value * std::get<0>(bases) + I), ...);
  return value + int(sizeof...(Bases));
}
template <int... I> [[cutile::variadic_op(N = 3)]] int total(const Constant<I> &...number) {
  return (number.value + ... + 0);
}

// A receiver that is changed; an argument that is moved.
// [S24] [E22] [E25]
template <typename E, int... D> struct Box {
  std::array<E, (D * ... * 1)> values;
};
template <typename E, int... D>
[[cutile::variadic_op(N = 3)]] Box<E, D...> &accumulate(Box<E, D...> &into, Box<E, D...> &&from /* , D... */) {
  for (size_t i = 0; i < into.values.size(); ++i)
    into.values[i] += std::move(from.values[i]);
  return into;
}

// Overloads, and a body that calls its own op with another rank.
// [S20]
template <typename E, int... D> [[cutile::variadic_op(N = 3)]] int depth(const Box<E, D...> &, int from) {
  if constexpr (sizeof...(D) == 0)
    return from;
  else
    return depth(Box<E>(), from + sizeof...(D));
}
template <typename E, int... D> [[cutile::variadic_op(N = 3)]] int depth(const Box<E, D...> &box) {
  return depth(box, 1000);
}

// Declared first, with its default arguments; defined later.
// [E33]
template <typename E = float, int... D> [[cutile::variadic_op(N = 3)]] int later(TileShape<D...>, int more = 5);
int before() { return later(TileShape<4>()); }
template <typename E, int... D> int later(TileShape<D...>, int more) { return int(sizeof(E)) * 100 + sizeof...(D) + more; }

// [E32]
template <ElementType E, int... D> using Twin = std::tuple<Tile<E, D...>, Tile<E, D...>>;
template <ElementType E, int... D> [[cutile::variadic_op(N = 3)]] constexpr int twins(const Twin<E, D...> &) noexcept(sizeof...(D) > 1) {
  return sizeof...(D);
}

int main() {
  std::printf("%d %d %d\n", pair(TileShape<>(), TileShape<1, 2, 4>()), pair(TileShape<1, 2>(), TileShape<>()),
              pair(TileShape<2>(), TileShape<2>())); // CHECK: 3 20 11
  std::printf("%d %d\n", dot(TileShape<2, 4>(), TileShape<4, 1>(), TileShape<8, 4>()),
              dot(TileShape<>(), TileShape<>(), TileShape<>())); // CHECK-NEXT: 6 0
  std::printf("%d %d\n", sum(TileShape<2, 4>(), TileShape<4, 1>()), named(TileShape<2, 2>(), TileShape<2>()));
  // CHECK-NEXT: 11 21
  Tile<f32, 2, 4> tile = reference::generate<Tile<f32, 2, 4>>([](int i) { return float(i); });
  std::printf("%d %d\n", nested(std::tuple(tile, 1), {}, {7, 8}), nested(std::tuple(Tile<f32>(1), 2), {}, {}));
  // CHECK-NEXT: 203 2
  std::printf("%d %d\n", folds(TileShape<8, 4>(), Constant<88>(), Constant<8 - (4 - 1)>()),
              folds(TileShape<>(), Constant<100>(), Constant<1>())); // CHECK-NEXT: 88007 100001
  std::printf("%d %d\n", digits(std::tuple(10, 1), Constant<1>(), Constant<2>(), Constant<3>()),
              total(Constant<4>(), Constant<5>()) + total()); // CHECK-NEXT: 125 9
  Box<int, 2, 2> box{{1, 2, 3, 4}};
  std::printf("%d\n", accumulate(box, Box<int, 2, 2>{{10, 20, 30, 40}}).values[3] + box.values[0]); // CHECK-NEXT: 55
  std::printf("%d %d\n", depth(box, 1), depth(Box<int, 2>())); // CHECK-NEXT: 3 1001
  std::printf("%d %d %d\n", before(), later<double>(TileShape<2, 2>(), 1), later(TileShape<>())); // CHECK-NEXT: 406 803 405
  static_assert(noexcept(twins(std::tuple(tile, tile))) && !noexcept(twins(std::tuple(Tile<f32>(1), Tile<f32>(1)))));
  std::printf("%d\n", twins(std::tuple(tile, tile))); // CHECK-NEXT: 2
}
