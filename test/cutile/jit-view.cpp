// The language headers parse without a standard library and without bodies, as
// the JIT reads them.
// RUN: %clangxx -fsyntax-only -Xclang -skip-function-bodies -D__FERRO_JIT__ -nostdinc -nostdinc++ %s
#include <cutile/cutile.h>

using namespace cutile;

template <int N> Tile<f32, N> twice(Tile<f32, N> x) { return addf(x, x); }
Tile<f32, 4> instance(Tile<f32, 4> x) { return twice(x); }

template <int N> Tile<f16, N> narrowed(Tile<f32, N> x) {
  return convert<f16>(exp(x, rounding::approximate), rounding::toward_zero);
}
Tile<f16, 4> instance(Tile<f32, 4> x, int) { return narrowed(x); }
