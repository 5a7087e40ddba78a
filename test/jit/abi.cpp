// A host in C that knows compiler/Abi.h alone calls a kernel's machine code: the
// first elements of its tensors, then the words of the launch.
// [H21]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang -c kernels.cpp -o main.o
// RUN: %ferro-compile --emit=object --kernel='kernels::shifted<4>' main.o -o code.so
// RUN: clang-22 -I %ferro-include/.. -Wall -Wextra -Werror host.c -o host && ./host ./code.so | FileCheck host.c

//--- kernels.cpp
#include <cutile/cutile.h>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y = a * x + b, by tiles of 4 x 8.
template <int M>
[[cutile::entry]] void shifted(TensorView<f32, M, 8> &y,
                               const TensorView<f32, dyn, dyn> &x, i8 b,
                               f64 a) {
  y.store(load_tile_like(x, y) * convert<f32>(a) + convert<f32>(b));
}
} // namespace kernels

//--- host.c
#include "compiler/Abi.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void parallelFor(int64_t n, int64_t grain,
                        void (*body)(void *, int64_t, int64_t),
                        void *context) {
  for (int64_t i = 0; i < n; i += grain)
    body(context, i, i + grain < n ? i + grain : n);
}
static void *scratch(size_t bytes) {
  static void *last;
  free(last);
  return last = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
}
static void fail(const char *code, const char *text, const int64_t *values,
                 int64_t count, int64_t block) {
  (void)values, (void)count;
  printf("%s in block %ld: %s\n", code, (long)block, text);
  exit(1);
}

int main(int argc, char **argv) {
  void *code = dlopen(argv[argc - 1], RTLD_NOW);
  FerroKernel *kernel = code ? (FerroKernel *)dlsym(code, "ferro_kernel_0") : 0;
  if (!kernel)
    return puts(dlerror()), 2;
  enum { rows = 6, columns = 10, rowOfX = 13, rowOfY = 11 };
  static float x[rows * rowOfX];
  _Alignas(64) static float y[rows * rowOfY];
  for (int i = 0; i < rows * rowOfX; ++i)
    x[i] = (float)i;
  struct {
    int64_t grid[3], y[4], x[4];
    int8_t b;
    double a;
  } words = {{2, 2, 1}, {rows, columns, rowOfY, 1}, {rows, columns, rowOfX, 1},
             -3, 0.5};
  void *buffers[] = {y, x, &words};
  struct FerroHost host = {parallelFor, scratch, fail, 0, 0};
  kernel(buffers, 0, &host);
  int wrong = 0;
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < rowOfY; ++j)
      wrong += y[i * rowOfY + j] !=
               (j < columns ? 0.5f * x[i * rowOfX + j] - 3 : 0.0f);
  printf("%d wrong, the last is %g\n", wrong, y[5 * rowOfY + 9]);
}
// CHECK: 0 wrong, the last is 34
