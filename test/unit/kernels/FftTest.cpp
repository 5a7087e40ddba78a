#include "cutile/kernels/Fft.h"

#include "Tolerance.h"

#include <complex>

using namespace cutile;
using namespace cutile::testing;

namespace {

/// The definition, term by term.
std::vector<double> transformed(const std::vector<double> &x, std::size_t n,
                                int sign) {
  std::vector<double> y;
  for (std::size_t row = 0; row < x.size() / (2 * n); ++row)
    for (std::size_t k = 0; k < n; ++k) {
      std::complex<double> sum;
      for (std::size_t j = 0; j < n; ++j)
        sum += std::complex(x[2 * (row * n + j)], x[2 * (row * n + j) + 1]) *
               std::polar(1.0, sign * 2 * M_PI * double(j * k % n) / double(n));
      y.push_back(sum.real());
      y.push_back(sum.imag());
    }
  return y;
}

template <int N, typename E> void expectTransform(std::int64_t rows) {
  // Scaled so that results are about 1.
  auto x = random<E>({rows, N, 2}, 1, 1 / std::sqrt(double(N)));
  auto y = ferro::full<E>(x.shape(), 9);
  run<kernels::fft<N, 4, E>>(y.partition({4, N, 2}), x);
  expectNear(y, transformed(wide(x), N, -1));
  run<kernels::inverse_fft<N, 4, E>>(y.partition({4, N, 2}), x);
  auto expected = transformed(wide(x), N, 1);
  for (double &value : expected)
    value /= N;
  expectNear(y, expected);
}

template <typename E> void expectTransforms() {
  expectTransform<1, E>(3);
  expectTransform<2, E>(1);
  expectTransform<8, E>(0);
  expectTransform<8, E>(5);
  expectTransform<128, E>(3);
}

} // namespace

TEST(Fft, IsTheDiscreteTransform) {
  expectTransforms<f32>();
  expectTransforms<f64>();
  expectTransforms<f16>();
}

TEST(Fft, TheInverseGivesTheRowsBack) {
  auto x = random<f64>({3, 64, 2}, 1), y = ferro::zeros<f64>(x.shape()),
       back = ferro::zeros<f64>(x.shape());
  run<kernels::fft<64, 2, f64>>(y.partition({2, 64, 2}), x);
  run<kernels::inverse_fft<64, 2, f64>>(back.partition({2, 64, 2}), y);
  expectNear(back, wide(x));
}
