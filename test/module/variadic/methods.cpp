// method = "name" makes an op a member of the class in its file, and a pipe for
// tiles and other classes.
// RUN: %rewritten-ways %s %t
#include <cutile/cutile.h>

#include <cstdio>

using namespace cutile;

namespace app {

template <ElementType E, int... D>
  requires(sizeof...(D) <= 3)
class Window {
public:
  explicit Window(E first) : values{first} {}
  std::array<E, (D * ... * 1)> values;

private:
  int secret = 0;
};

// [E12]
template <ElementType E, int... D>
[[cutile::variadic_op(N = 3, method = "scaled")]] Window<E, D...> scale(const Window<E, D...> &window, E factor) {
  Window<E, D...> result = window;
  for (E &value : result.values)
    value *= factor;
  return result;
}

// Two overloads, one method, by the name of the op itself.
template <ElementType E, int... D>
[[cutile::variadic_op(N = 3, method = "add")]] Window<E, D...> &add(Window<E, D...> &window, const Window<E, D...> &other) {
  for (size_t i = 0; i < other.values.size(); ++i)
    window.values[i] += other.values[i];
  return window;
}
template <ElementType E, int... D>
[[cutile::variadic_op(N = 3, method = "add")]] Window<E, D...> &add(Window<E, D...> &window, E number) {
  for (E &value : window.values)
    value += number;
  return window;
}

// The object is the first argument with a shape.
// [E21]
template <ElementType E, int... D>
[[cutile::variadic_op(N = 3, method = "fill")]] int filled(E value, Window<E, D...> &window, int count) {
  for (int i = 0; i < count; ++i)
    window.values[i] = value;
  return count;
}

template <ElementType E, int... D>
[[cutile::variadic_op(N = 6, method = "plus")]] Tile<E, D...> sum(const Tile<E, D...> &a, const Tile<E, D...> &b) {
  return addf(a, b);
}
template <int... R, ElementType E, int... D>
[[cutile::variadic_op(N = 2, M = 2, method = "as_shape")]] Tile<E, R...> reshaped(const Tile<E, D...> &x) {
  return reference::generate<Tile<E, R...>>([&](int i) { return x.storage()[i % x.size]; });
}

} // namespace app

int main() {
  app::Window<float, 2, 2> window(3);
  std::printf("%g\n", window.scaled(2.f).values[0] + scale(window, 10.f).values[0]); // CHECK: 36
  std::printf("%g\n", window.add(window).add(4.f).values[0]);                        // CHECK-NEXT: 10
  int count = window.fill(7.f, 4);
  std::printf("%d %g\n", count, window.values[3]); // CHECK-NEXT: 4 7
  app::Window<int> small(5);
  std::printf("%d\n", small.scaled(3).values[0]); // CHECK-NEXT: 15

  using app::plus, app::as_shape;
  Tile<f32, 2, 4> x = reference::generate<Tile<f32, 2, 4>>([](int i) { return float(i); });
  std::printf("%g\n", (x | plus(x) | plus(x)).storage()[7]); // CHECK-NEXT: 21
  Tile<f32, 8> flat = x | as_shape();
  std::printf("%g\n", flat.storage()[7]); // CHECK-NEXT: 7
}
