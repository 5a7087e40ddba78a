#include "cutile/kernels/Convolution.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

/// ImageExtents of a convolution, named as in the kernel.
struct ImageExtents {
  std::int64_t n, h, w, ci, kh, kw, co, stride, padding;
  std::int64_t height() const { return (h + 2 * padding - kh) / stride + 1; }
  std::int64_t width() const { return (w + 2 * padding - kw) / stride + 1; }
  std::int64_t pixels() const { return n * height() * width(); }
};

std::vector<double> convolved(const std::vector<double> &x,
                              const std::vector<double> &filter,
                              const ImageExtents &e) {
  std::vector<double> y;
  for (std::int64_t pixel = 0; pixel < e.pixels(); ++pixel)
    for (std::int64_t co = 0; co < e.co; ++co) {
      double sum = 0;
      for (std::int64_t tap = 0; tap < e.kh * e.kw * e.ci; ++tap) {
        std::int64_t ci = tap % e.ci, kw = tap / e.ci % e.kw,
                     kh = tap / e.ci / e.kw;
        std::int64_t image = pixel / e.width() / e.height();
        std::int64_t row =
            pixel / e.width() % e.height() * e.stride + kh - e.padding;
        std::int64_t column = pixel % e.width() * e.stride + kw - e.padding;
        if (row < 0 || row >= e.h || column < 0 || column >= e.w)
          continue;
        std::int64_t at = ((image * e.h + row) * e.w + column) * e.ci + ci;
        sum += x[static_cast<std::size_t>(at)] *
               filter[static_cast<std::size_t>(tap * e.co + co)];
      }
      y.push_back(sum);
    }
  return y;
}

template <typename E> void expectConvolved(const ImageExtents &e) {
  auto x = random<E>({e.n, e.h, e.w, e.ci}, 1);
  auto filter = random<E>({e.kh, e.kw, e.ci, e.co}, 2);
  auto y = ferro::full<E>({e.pixels(), e.co}, 9);
  run<kernels::convolution_2d<16, 8, 8, E>>(y.partition({16, 8}), x, filter,
                                            e.stride, e.padding);
  expectNear(y, convolved(wide(x), wide(filter), e));
}

} // namespace

TEST(Convolution, StridesAndPaddings) {
  for (std::int64_t stride : {1, 2, 3})
    for (std::int64_t padding : {0, 1, 2})
      expectConvolved<f32>({2, 7, 5, 3, 3, 2, 5, stride, padding});
}

TEST(Convolution, ExtentsAndElementTypes) {
  const ImageExtents extents[] = {
      {0, 4, 4, 2, 3, 3, 4, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 0},
      {1, 4, 4, 8, 1, 1, 8, 1, 0}, {1, 2, 3, 11, 3, 3, 9, 1, 1},
      {3, 5, 4, 2, 5, 4, 1, 1, 0},
  };
  for (const ImageExtents &e : extents) {
    expectConvolved<f32>(e);
    expectConvolved<f64>(e);
    expectConvolved<f16>(e);
    expectConvolved<bf16>(e);
  }
}

// Where a tile ends behind the last channel, no padding times infinity is
// added.
TEST(Convolution, InfinityStaysInfinity) {
  auto x = ferro::full<f32>({1, 1, 1, 3}, INFINITY);
  auto filter = ferro::ones<f32>({1, 1, 3, 1}), y = ferro::zeros<f32>({1, 1});
  run<kernels::convolution_2d<16, 8, 8, f32>>(y.partition({16, 8}), x, filter,
                                              i64{1}, i64{0});
  EXPECT_EQ(y.item(), INFINITY);
}

TEST(Convolution, ShapesAreChecked) {
  auto x = random<f32>({1, 4, 4, 3}, 1), y = ferro::zeros<f32>({4, 2});
  auto convolve = [&](const ferro::Shape &filter, i64 padding) {
    run<kernels::convolution_2d<16, 8, 8, f32>>(
        y.partition({16, 8}), x, random<f32>(filter, 2), i64{1}, padding);
  };
  convolve({3, 3, 3, 2}, 0);
  EXPECT_FERRO_CODE(convolve({3, 3, 3, 2}, 1), ferro::Code::InvalidArgument);
  EXPECT_FERRO_CODE(convolve({3, 3, 3, 1}, 0), ferro::Code::InvalidArgument);
  EXPECT_FERRO_CODE(convolve({3, 3, 2, 2}, 0), ferro::Code::InvalidArgument);
}
