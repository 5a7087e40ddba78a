// The caller ascribes the result of an op with a free return, on its left.
// RUN: %rewritten-ways %s %t
#include <cutile/cutile.h>

#include <cstdio>
#include <memory>
#include <tuple>

using namespace cutile;

template <typename To, typename From> To refilled(const From &x) {
  return reference::generate<To>([&](int i) { return x.storage()[i % From::size]; });
}

// [S23] [E19] [E24]
template <int... R, ElementType E, int... D>
[[cutile::variadic_op(N = 3, M = 3)]] Tile<E, R...> permuted(const Tile<E, D...> &x, std::array<int, sizeof...(D)> axes) {
  std::printf("rank %d to %d, first axis %d\n", int(sizeof...(D)), int(sizeof...(R)), axes.empty() ? -1 : axes[0]);
  return refilled<Tile<E, R...>>(x);
}

template <ElementType To, ElementType E, int... D>
[[cutile::variadic_op(N = 6)]] Tile<To, D...> as(const Tile<E, D...> &x) {
  return reference::generate<Tile<To, D...>>([&](int i) { return To(x.storage()[i]); });
}

// What is passed by value is moved into the proxy; the result is nested.
template <int... R, ElementType E, int... D>
[[cutile::variadic_op(N = 2, M = 2)]] std::tuple<Tile<E, R...>, int> counted(const Tile<E, D...> &x,
                                                                             std::unique_ptr<int> count) {
  return {refilled<Tile<E, R...>>(x), *count};
}

struct Scaler {
  float factor;
  template <int... R, int... D>
  [[cutile::variadic_op(N = 2, M = 2)]] Tile<f32, R...> scaled(const Tile<f32, D...> &x) const {
    return reference::generate<Tile<f32, R...>>([&](int i) { return x.storage()[i] * factor; });
  }
};

void take(Tile<f32, 8> x) { std::printf("take %g\n", x.storage()[7]); }
Tile<f32, 4, 2> give(Tile<f32, 2, 4> x) { return permuted(x, {1, 0}); }

int main() {
  Tile<f32, 2, 4> x = reference::generate<Tile<f32, 2, 4>>([](int i) { return float(i + 1); });
  Tile<f32, 4, 2> y = permuted(x, {1, 0}); // CHECK: rank 2 to 2, first axis 1
  Tile<f32> z = permuted(x, {0, 1});       // CHECK-NEXT: rank 2 to 0, first axis 0
  take(permuted(x, {1, 0}));               // CHECK-NEXT: rank 2 to 1, first axis 1
                                           // CHECK-NEXT: take 8
  give(x);                                 // CHECK-NEXT: rank 2 to 2, first axis 1
  Tile<f32, 2> w(permuted(z, {}));         // CHECK-NEXT: rank 0 to 1, first axis -1
  y = permuted<4, 2>(x, {1, 0});           // CHECK-NEXT: rank 2 to 2, first axis 1

  Tile<i32, 2, 4> integers = as(x);
  Tile<f32, 2, 4> same = as<f32>(x);
  std::printf("%d %g\n", integers.storage()[7], same.storage()[7] + w.storage()[0]); // CHECK-NEXT: 8 9
  std::tuple<Tile<f32, 4>, int> pair = counted(x, std::make_unique<int>(5));
  std::printf("%g %d\n", std::get<0>(pair).storage()[3], std::get<1>(pair)); // CHECK-NEXT: 4 5
  Tile<f32, 8> tripled = Scaler{3}.scaled(x);
  std::printf("%g\n", tripled.storage()[7]); // CHECK-NEXT: 24

  // Neither a number nor another element type is a result.
  static_assert(!std::is_convertible_v<decltype(permuted(x, {0, 1})), Tile<i32, 8>>);
  static_assert(!std::is_convertible_v<decltype(permuted(x, {0, 1})), int>);
  static_assert(!std::is_convertible_v<decltype(permuted(x, {0, 1})), Tile<f32, 2, 2, 2, 1>>);
}
