// What a launch costs over a call of the function: 19 arguments, 8 elements.
#include "Harness.h"

#include <cutile/cutile.h>
#include <ferro/ferro.h>

#include <cmath>
#include <cstdlib>
#include <stdexcept>

namespace [[cutile::module]] launch_cases {
using namespace cutile;

template <int N>
[[cutile::entry]] void
sum16(TensorView<f32, N> &y, const TensorView<f32, N> &x0,
      const TensorView<f32, N> &x1, const TensorView<f32, N> &x2,
      const TensorView<f32, N> &x3, const TensorView<f32, N> &x4,
      const TensorView<f32, N> &x5, const TensorView<f32, N> &x6,
      const TensorView<f32, N> &x7, const TensorView<f32, N> &x8,
      const TensorView<f32, N> &x9, const TensorView<f32, N> &x10,
      const TensorView<f32, N> &x11, const TensorView<f32, N> &x12,
      const TensorView<f32, N> &x13, const TensorView<f32, N> &x14,
      const TensorView<f32, N> &x15, f32 a, f32 b) {
  auto sum = x0.load() + x1.load() + x2.load() + x3.load() + x4.load() +
             x5.load() + x6.load() + x7.load() + x8.load() + x9.load() +
             x10.load() + x11.load() + x12.load() + x13.load() + x14.load() +
             x15.load();
  y.store(sum * full<f32, N>(a) + full<f32, N>(b));
}
} // namespace launch_cases

namespace bench {

static constexpr int size = 8;

/// The same by hand; only the address of the pointers is passed.
[[gnu::noinline]] static void plain(float *y, const float *const *x, float a,
                                    float b) {
  for (int i = 0; i < size; ++i) {
    float sum = 0;
    for (int j = 0; j < 16; ++j)
      sum += x[j][i];
    y[i] = sum * a + b;
  }
}

template <typename F> static double perCallMs(F call) {
  Contestant contestant{"", call, {}};
  return measure({&contestant})[0];
}

std::vector<Row> launchOverhead() {
  std::vector<ferro::Tensor<float>> x;
  const float *pointers[16];
  for (int j = 0; j < 16; ++j) {
    x.push_back(ferro::randn<float>({size}));
    pointers[j] = x.back().data().data();
  }
  auto y = ferro::zeros<float>({size}), expected = ferro::zeros<float>({size});
  float *to = expected.mutable_data().data();
  plain(to, pointers, 2, 1);

  auto tiles = y.partition({size});
  auto launched = [&] {
    return cutile::launch<launch_cases::sum16<size>>(
        tiles, x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9],
        x[10], x[11], x[12], x[13], x[14], x[15], 2.0f, 1.0f);
  };
  launched().sync(); // compiles
  for (int i = 0; i < size; ++i)
    if (std::abs(y.data()[static_cast<std::size_t>(i)] - to[i]) > 1e-4f)
      throw std::runtime_error("launch-19-arguments: the result differs");
  auto graph = launched().graph();

  double call = perCallMs([&] { plain(to, pointers, 2, 1); });
  double launch = perCallMs([&] { launched().sync(); });
  double replay = perCallMs([&] { graph.replay().sync(); });
  return {{"launch-19-arguments", launch, "plain call", call, 0},
          {"launch-19-arguments", launch, "call and budget of 1 us",
           call + 1e-3, 0},
          {"replay-19-arguments", replay, "plain call", call, 0}};
}

} // namespace bench
