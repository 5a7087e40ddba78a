// Methods with a length of their own get an overload for each rank.
// RUN: %every-way %s %t
#include <cutile/cutile.h>

#include <cstdio>
#include <memory>

using namespace cutile;

template <ElementType E, int... D> struct Lattice {
  E scale;

  // Default arguments, qualifiers, other attributes, overloads.
  // [E08]
  template <int... S>
  [[nodiscard, cutile::variadic_impl_fn(M = 3)]] E cells(TileShape<S...>, E more = 1) const & {
    return scale * (S * ... * 1) + more + E(sizeof...(D));
  }
  template <int... S> [[cutile::variadic_impl_fn(M = 3)]] E cells(TileShape<S...>, const char *) const { return -1; }

  // Moved from.
  template <int... S> [[cutile::variadic_op(N = 2)]] std::unique_ptr<int> take(std::unique_ptr<int> x, TileShape<S...> = {}) && {
    scale = 0;
    return x;
  }
  // Defined outside, static.
  template <int... S, typename T> [[cutile::variadic_op(N = 2)]] static constexpr int count(T number, TileShape<S...>);
  // Calls itself, and what is declared behind it.
  template <int First, int... S> [[cutile::variadic_op(N = 2)]] auto reduced(TileShape<First, S...>) const {
    if constexpr (sizeof...(S) == 0)
      return last(First);
    else
      return reduced(TileShape<S...>());
  }
  int last(int x) const { return int(scale) * x; }
};

template <ElementType E, int... D>
template <int... S, typename T>
constexpr int Lattice<E, D...>::count(T number, TileShape<S...>) {
  return int(number) * sizeof...(S);
}

struct Plain {
  template <int... S> [[cutile::variadic_op(N = 2)]] int rank(TileShape<S...>) { return ++calls * 10 + sizeof...(S); }
  int calls = 0;
};

int main() {
  Lattice<f32, 2> lattice{3};
  std::printf("%g %g\n", lattice.cells(TileShape<2, 4>()), lattice.cells(TileShape<>(), 5)); // CHECK: 26 9
  std::printf("%g\n", lattice.cells(TileShape<2>(), "other"));                            // CHECK-NEXT: -1
  std::printf("%d\n", *Lattice<f32>{2}.take(std::make_unique<int>(8), TileShape<2>()));   // CHECK-NEXT: 8
  static_assert(Lattice<f32>::count(2.5, TileShape<1, 1>()) == 4);
  std::printf("%d\n", lattice.reduced(TileShape<2, 4, 8>())); // CHECK-NEXT: 24
  Plain plain;
  std::printf("%d\n", plain.rank(TileShape<2>()) + plain.rank(TileShape<2, 2>())); // CHECK-NEXT: 33
}
