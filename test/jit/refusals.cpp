// What a kernel cannot do as native code is refused by name, at the line that
// does it. What no kernel can do the plugin has refused before.
// [D186] [D188]
// RUN: rm -rf %t && mkdir -p %t && cd %t
// RUN: %ferro-clang -c %s -o main.o
// RUN: for kernel in chosen_view chosen_object moved_pointer far_array; do \
// RUN:   not %ferro-compile --emit=tile --kernel=kernels::$kernel main.o 2>&1 || exit 1; done | FileCheck %s
// RUN: not %ferro-compile --emit=tile --kernel='kernels::far_array<8>;int' main.o 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: "kernels::far_array<8>;int" is no name of a kernel
#include <cutile/cutile.h>
namespace [[cutile::module]] kernels {
using namespace cutile;

[[cutile::entry]] inline void chosen_view(TensorView<i32, 8> &y, const TensorView<i32, dyn> &a, const TensorView<i32, dyn> &b) {
  const auto &from = tile_block_id().x % 2 ? a : b;
  y.store(load_tile_like(from, y));
}
// CHECK: refusals.cpp:15:{{[0-9]+}}: error: which view this is depends on a condition; in a kernel it is the same on every way

[[cutile::entry]] inline void chosen_object(TensorView<i32, 8> &y) {
  Tile<i32, 8> a = y.load(), b = a + 1;
  const Tile<i32, 8> *from = &a;
  if (tile_block_id().x % 2)
    from = &b;
  y.store(*from);
}
// CHECK: refusals.cpp:23:{{[0-9]+}}: error: which object this is depends on a condition; in a kernel it is the same on every way

[[cutile::entry]] inline void moved_pointer(TensorView<i32, 8> &y, i32 n) {
  Tile<i32, 8> a = y.load(), b = a + 1;
  const Tile<i32, 8> *from = &a;
  for (i32 i = 0; i < n; ++i)
    from = &b;
  y.store(*from);
}
// CHECK: refusals.cpp:32:{{[0-9]+}}: error: which object this is depends on a condition; in a kernel it is the same on every way

[[cutile::entry]] inline void far_array(TensorView<i32, 8> &y) {
  i32 many[8] = {};
  many[tile_block_id().x] = 1;
  y.store(y.load() + many[0]);
}
// CHECK: refusals.cpp:40:{{[0-9]+}}: error: which element this is must be known when the kernel is compiled
} // namespace kernels
