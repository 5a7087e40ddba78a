// Hand-written loops, compiled with everything the compiler has to offer: see
// CMakeLists.txt for the flags.
#include "peers/Peers.h"

#include "Threads.h"

#include <cmath>

namespace bench::peers {

void chainLoops(const float *x, const float *w, float *y, std::size_t n) {
  Threads::all().ranges(n, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      float inner = std::max(x[i] * w[i] + x[i], 0.0f) * 0.5f - w[i];
      y[i] = inner * inner;
    }
  });
}

static void softmaxRow(const float *x, float *y, std::size_t n) {
  float largest = x[0];
  for (std::size_t i = 1; i < n; ++i)
    largest = std::max(largest, x[i]);
  float sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    y[i] = std::exp(x[i] - largest);
    sum += y[i];
  }
  float scale = 1 / sum;
  for (std::size_t i = 0; i < n; ++i)
    y[i] *= scale;
}

void softmaxLoops(const float *x, float *y, std::size_t rows,
                  std::size_t columns) {
  Threads::all().ranges(rows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row)
      softmaxRow(x + row * columns, y + row * columns, columns);
  });
}

static void layerNormRow(const float *x, const float *scale, const float *shift,
                         float *y, std::size_t n) {
  float sum = 0;
  for (std::size_t i = 0; i < n; ++i)
    sum += x[i];
  float mean = sum / static_cast<float>(n), squares = 0;
  for (std::size_t i = 0; i < n; ++i)
    squares += (x[i] - mean) * (x[i] - mean);
  float inverse = 1 / std::sqrt(squares / static_cast<float>(n) + 1e-5f);
  for (std::size_t i = 0; i < n; ++i)
    y[i] = (x[i] - mean) * inverse * scale[i] + shift[i];
}

void layerNormLoops(const float *x, const float *scale, const float *shift,
                    float *y, std::size_t rows, std::size_t columns) {
  Threads::all().ranges(rows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row)
      layerNormRow(x + row * columns, scale, shift, y + row * columns, columns);
  });
}

static void rmsNormRow(const float *x, const float *scale, float *y,
                       std::size_t n) {
  float squares = 0;
  for (std::size_t i = 0; i < n; ++i)
    squares += x[i] * x[i];
  float inverse = 1 / std::sqrt(squares / static_cast<float>(n) + 1e-5f);
  for (std::size_t i = 0; i < n; ++i)
    y[i] = x[i] * inverse * scale[i];
}

void rmsNormLoops(const float *x, const float *scale, float *y,
                  std::size_t rows, std::size_t columns) {
  Threads::all().ranges(rows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row)
      rmsNormRow(x + row * columns, scale, y + row * columns, columns);
  });
}

std::string loopsVersion() {
  return "loops, clang " + std::to_string(__clang_major__) + "." +
         std::to_string(__clang_minor__) + "." +
         std::to_string(__clang_patchlevel__);
}

} // namespace bench::peers
