// Functions of your own: on tiles of any shape, on numbers, and as parameters
// of a kernel.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// A function on tiles: `auto` takes every shape and element type.
auto silu(const auto &x) { return x / (1 + exp(-x)); }

/// A number's function with branches: map() applies it to each element.
inline f32 clipped(f32 x) { return x < -1 ? -1 : x > 1 ? 1 : x; }

/// A trivially copyable class is a parameter, with its values.
struct Affine {
  f32 scale = 1, shift = 0;
  auto operator()(const auto &x) const { return scale * x + shift; }
};

/// y = f(clipped(x)) for whatever `f` the launch is given.
template <int N, typename F>
[[cutile::entry]] void applied(TensorView<f32, N> &y,
                               const TensorView<f32, dyn> &x, F f) {
  y.store(f(map(clipped, load_tile_like(x, y))));
}

/// y = silu(x), with the other sign where the index is odd.
template <int N>
[[cutile::entry]] void alternating(TensorView<f32, N> &y,
                                   const TensorView<f32, dyn> &x) {
  auto sign = [](f32 value, i32 i) { return i % 2 ? -value : value; };
  y.store(map(sign, silu(load_tile_like(x, y)), iota<i32, N>()));
}

/// Any number of inputs, any shape.
template <typename... T> auto total(const T &...tiles) { return (tiles + ...); }
} // namespace kernels

int main() {
  using namespace kernels;
  auto x = ferro::tensor<float>({-2, -0.5, 0, 0.5, 2});
  auto y = ferro::zeros<float>({5});
  cutile::launch<applied<4, Affine>>(y.partition({4}), x, Affine{10, 1}).sync();
  std::cout << y << '\n';
  cutile::launch<alternating<4>>(y.partition({4}), x).sync();
  std::cout << y << '\n';
  print("{}", total(iota<i32, 4>(), ones<f32, 2, 1>(), 0.5f));
}
