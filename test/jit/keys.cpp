// What compiled code depends on, and what not: extents, numbers and the grid do
// not ask for other code, neighbours that lie apart do.
// [G02] [G05] [G12]
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang -O1 %s -o %t/main %ferro-libs
// RUN: env FERRO_CACHE=0 %t/main | FileCheck %s
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;
template <int B> [[cutile::entry]] void scaled(TensorView<f32, 1, B> &y, const TensorView<f32, dyn, dyn> &x, f32 by) {
  y.store(by * load_tile_like(x, y));
}
} // namespace kernels

static std::size_t compiles() { return ferro::cache::stats().compiles; }

template <int B> static bool isRight(std::int64_t rows, std::int64_t columns, float by) {
  auto x = ferro::randn<float>({rows, columns}), y = ferro::zeros<float>({rows, columns});
  cutile::launch<kernels::scaled<B>>(y.partition({1, B}), x, by).sync();
  return y.to_vector() == (x * by).to_vector();
}

int main() {
  ferro::manual_seed(1);
  int right = 0;
  for (std::int64_t i = 0; i < 1000; ++i)
    right += isRight<8>(1 + i % 7, 1 + i, 0.5f * static_cast<float>(i));
  // CHECK: 1000 right, 1 compiled
  std::cout << right << " right, " << compiles() << " compiled\n";
  // Other template arguments are another kernel.
  // CHECK: 1 right, 2 compiled
  right = isRight<16>(3, 50, 2);
  std::cout << right << " right, " << compiles() << " compiled\n";
  // Columns of a row-major tensor are apart.
  auto x = ferro::transpose(ferro::randn<float>({40, 5}), 0, 1), y = ferro::zeros<float>({5, 40});
  for (int i = 0; i < 2; ++i)
    cutile::launch<kernels::scaled<8>>(y.partition({1, 8}), x, 3.0f).sync();
  // CHECK: 1 right, 3 compiled
  std::cout << (y.to_vector() == (x * 3.0f).to_vector()) << " right, " << compiles() << " compiled\n";
}
