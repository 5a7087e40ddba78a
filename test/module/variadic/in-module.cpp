// A module declares ops of its own; its source is kept as it was written.
// RUN: %every-way %s %t
// RUN: FileCheck %s --check-prefix=TEXT --input-file %t.exact.cpp
#include <cutile/cutile.h>

#include <cstdio>

// [E37] [S13]
// TEXT: "{{\[\[}}cutile::variadic_op(N = 6)]] Tile<E, D...> twice
namespace [[cutile::module]] kernels {
using namespace cutile;

template <FloatElement E, int... D>
[[cutile::variadic_op(N = 6)]] Tile<E, D...> twice(const Tile<E, D...> &a) {
  return addf(a, a);
}
template <FloatElement E, int... D>
[[cutile::variadic_op(N = 2)]] Tile<E, D...> fourfold(const Tile<E, D...> &a) {
  return twice(twice(a));
}
} // namespace kernels

int main() {
  std::printf("%g\n", float(kernels::fourfold(cutile::Tile<float>(3)))); // CHECK: 12
}
