// The language headers parse without a standard library and without bodies, as
// the JIT reads them. Functions that return auto keep their bodies.
// RUN: %clangxx -fsyntax-only -Xclang -skip-function-bodies -D__FERRO_JIT__ -nostdinc -nostdinc++ %s
#include <cutile/cutile.h>

using namespace cutile;

template <int N> Tile<f32, N> twice(Tile<f32, N> x) { return addf(x, x); }
Tile<f32, 4> instance(Tile<f32, 4> x) { return twice(x); }

template <int N> Tile<f16, N> narrowed(Tile<f32, N> x) {
  return convert<f16>(exp(x, rounding::approximate), rounding::toward_zero);
}
Tile<f16, 4> instance(Tile<f32, 4> x, int) { return narrowed(x); }

auto spellings(Tile<f32, 4, 8> x, Tile<f16, 8> half, Tile<u32, 8> bits, int n) {
  auto mask = x > half && (bits & 1) == 0 || x * 2.0 < n;
  auto chosen = where(mask, x + 1, 0.0) / sum<1>(x);
  auto mapped = map([](f32 a, f32 b) { return a > b ? a : b; }, chosen, 1.0f);
  auto scanned = inclusive_scan<1>(mapped, 0, [](f32 a, f32 b) { return a + b; });
  Tile<f32, 32> ascribed = reshape(scanned);
  auto product = mma(half * broadcast_to<4, 8>(half), ones<f16, 8, 2>(), zeros<f32, 4, 2>());
  auto noise = uniform(7, bits) + normal(8, iota<i32, 8>());
  check(any_of(mask), "some are chosen");
  print("{} {}", argmax<0>(product), max(n, 3));
  return assume_div_by<4>(extract<1>(iota<i32, 32>(), n)) + squeeze<0>(argmin<0>(unsqueeze<1>(ascribed))) +
         select(reduce_max(noise) > 0.5f, 1, 0);
}
