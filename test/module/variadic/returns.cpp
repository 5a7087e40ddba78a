// The four return cases of a rank-generic op.
// RUN: %every-way %s %t
#include <cutile/cutile.h>

#include <cstdio>

using namespace cutile;

namespace app {

/// The tile with its first elements, row-major, again and again.
template <typename To, typename From> To refilled(const From &x) {
  return reference::generate<To>([&](int i) { return x.storage()[i % From::size]; });
}

// Same shape, with a mode that stays a template parameter.
// [S21] [E11] [E17]
template <FloatElement E, int... D, Rounding R = Rounding::NearestEven>
[[cutile::variadic_op(N = 6)]] Tile<E, D...> plus(const Tile<E, D...> &a, const Tile<E, D...> &b,
                                                  Mode<R> mode = {}) {
  return addf(a, b, mode);
}

// Bound: the shape of the result is in the arguments.
// [S22] [E18] [E23]
template <ElementType E, int... D, int... S>
[[cutile::variadic_op(N = 6, M = 6)]] Tile<E, S...> reshaped(const Tile<E, D...> &x, TileShape<S...>) {
  return refilled<Tile<E, S...>>(x);
}

// The shaped argument need not come first.
// [E21]
template <ElementType E, int... D>
[[cutile::variadic_op(N = 6)]] Tile<E, D...> filled(E value, TileShape<D...>) {
  return reference::generate<Tile<E, D...>>([&](int) { return value; });
}

// Free: only the caller knows the shape.
// [S23] [E19]
template <int... R, ElementType E, int... D>
[[cutile::variadic_op(N = 3, M = 3)]] Tile<E, R...> rearranged(const Tile<E, D...> &x) {
  return refilled<Tile<E, R...>>(x);
}

// Free in its element type.
template <ElementType To, ElementType E, int... D>
[[cutile::variadic_op(N = 6)]] Tile<To, D...> as(Tile<E, D...> x) {
  return reference::generate<Tile<To, D...>>([&](int i) { return To(x.storage()[i]); });
}

// No result.
// [E20]
template <ElementType E, int... D>
[[cutile::variadic_op(N = 6)]] void print(const char *name, const Tile<E, D...> &x) {
  std::printf("%s rank %d:", name, Tile<E, D...>::rank);
  for (int i = 0; i < x.size; ++i)
    std::printf(" %g", double(x.storage()[i]));
  std::printf("\n");
}

// Computed from the argument's type.
template <ElementType E, int... D> [[cutile::variadic_op(N = 6)]] auto first(const Tile<E, D...> &x) {
  return x.storage()[0];
}

// Nothing to choose an overload by: stays a pack.
template <ElementType E, int... D> [[cutile::variadic_op(N = 6)]] Tile<E, D...> sevens() {
  return filled(E(7), TileShape<D...>());
}

} // namespace app

int main() {
  using namespace app;
  Tile<f32, 2, 4> x = reference::generate<Tile<f32, 2, 4>>([](int i) { return float(i + 1); });
  print("plus", plus(x, x)); // CHECK: plus rank 2: 2 4 6 8 10 12 14 16
  print("mode", plus(Tile<f32>(3), Tile<f32>(4), rounding::nearest_even)); // CHECK-NEXT: mode rank 0: 7
  print("reshaped", reshaped(x, TileShape<2, 2, 2>())); // CHECK-NEXT: reshaped rank 3: 1 2 3 4 5 6 7 8
  print("reshaped", reshaped(x, TileShape<>()));        // CHECK-NEXT: reshaped rank 0: 1
  print("filled", filled(1.5f, TileShape<4>()));        // CHECK-NEXT: filled rank 1: 1.5 1.5 1.5 1.5
  print("explicit", rearranged<4, 2>(x)); // CHECK-NEXT: explicit rank 2: 1 2 3 4 5 6 7 8
  print("as", as<i32>(x));                // CHECK-NEXT: as rank 2: 1 2 3 4 5 6 7 8
  Tile<f32> scalar = rearranged(x); // rank 0: nothing to say
  print("scalar", scalar);          // CHECK-NEXT: scalar rank 0: 1
  std::printf("first %g\n", first(x)); // CHECK-NEXT: first 1
  print("sevens", sevens<f32, 2>());   // CHECK-NEXT: sevens rank 1: 7 7
  print("highest", filled(2.f, TileShape<1, 1, 1, 1, 1, 1>())); // CHECK-NEXT: highest rank 6: 2
}
