// What fuzz-tile found: the smallest kernels of which native code said something
// else than the reference, or nothing.
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang -O0 -I %S/../fuzz %s -o %t/main %ferro-libs
// RUN: env FERRO_CACHE=0 FERRO_KERNELS=compiled %t/main | FileCheck %s --implicit-check-not=differs
#include "Compare.h"

using fuzz::Fill, fuzz::Layout;

// The tensor ends before the second half of the block's own tile begins: the
// store of it wrote before the first element.
namespace [[cutile::module]] halves {
using namespace cutile;
[[cutile::entry]] void kernel(TensorView<u64, 4, 32> &y) {
  auto p = partition_mut<4, 16>(y);
  for (auto k : num_tiles(p, 1))
    p.store(broadcast_to<4, 16>(convert<u64>(iota<i32, 1, 16>())), 0, k);
}
} // namespace halves

// Functions of numbers: loops that end early, and f16 and bf16 that change.
namespace [[cutile::module]] breaks {
using namespace cutile;
[[cutile::entry]] void kernel(TensorView<i32, 32> &y, const TensorView<i32, dyn> &x) {
  auto f = [](i32 a) -> i32 {
    i32 r = a;
    for (i32 i = 0; i < 5; ++i) {
      if (r > 3)
        break;
      r += 2;
    }
    while (r < -1)
      r /= 2;
    return r;
  };
  y.store(map(f, load_tile_like(x, y)));
}
} // namespace breaks
namespace [[cutile::module]] halfNumbers {
using namespace cutile;
[[cutile::entry]] void kernel(TensorView<f16, 32> &y, const TensorView<f16, dyn> &x, bf16 n) {
  bf16 m = abs(n);
  for (i32 i = 0; i < 3; ++i)
    m = add(m, n);
  auto f = [m](f16 a) -> f16 {
    f16 r = a;
    r = abs(a);
    return a < convert<f16>(m) ? r : a;
  };
  y.store(map(f, load_tile_like(x, y)));
}
} // namespace halfNumbers

int main(int argc, char **argv) {
  return fuzz::runAll({
      // CHECK: halves same
      {"halves", [] { return fuzz::verdict<halves::kernel>(std::nullopt, fuzz::output<cutile::u64>({10, 9}, {4, 32}, 7, 0)); }},
      // CHECK-NEXT: breaks same
      {"breaks",
       [] {
         return fuzz::verdict<breaks::kernel>(std::nullopt, fuzz::output<cutile::i32>({50}, {32}, 7, 0),
                                              fuzz::input<cutile::i32>({40}, 8, Fill::Small, Layout::Plain));
       }},
      // CHECK-NEXT: halfNumbers same
      {"halfNumbers",
       [] {
         return fuzz::verdict<halfNumbers::kernel>(std::nullopt, fuzz::output<cutile::f16>({50}, {32}, 7, 0),
                                                   fuzz::input<cutile::f16>({40}, 8, Fill::Patterns, Layout::Plain),
                                                   fuzz::value<cutile::bf16>(cutile::bf16(0.3f)));
       }},
  }, argc, argv);
}
