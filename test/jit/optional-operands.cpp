// Masks, paddings and tokens may be left out: `everywhere`, no padding and the
// order of the program stand for them, and cost nothing in the kernel. A mask
// that says everything is no other kernel than none.
// [D030]
// RUN: rm -rf %t && mkdir -p %t && cd %t
// RUN: %ferro-clang -Wall -Wextra -Werror %s -o main %ferro-libs
// RUN: env FERRO_KERNELS=reference ./main | FileCheck %s
// RUN: env FERRO_CACHE=0 FERRO_KERNELS=compiled ./main | FileCheck %s
// RUN: for kernel in 'all<false, false>' 'all<true, false>' 'all<true, true>'; do \
// RUN:   %ferro-compile --emit=tile --kernel="kernels::$kernel" main | sed s/all.*/all/ > "$kernel.mlir" || exit 1; done
// RUN: cmp 'all<false, false>.mlir' 'all<true, false>.mlir' && cmp 'all<false, false>.mlir' 'all<true, true>.mlir'
// RUN: %ferro-compile --emit=tile --kernel='kernels::some' main | FileCheck %s --check-prefix=SOME
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <bool saysMask, bool saysToken>
[[cutile::entry, cutile::unsafe]] void all(f32 *y, const f32 *x) {
  auto at = iota<i32, 8>();
  Tile<f32, 8> values = zeros<f32, 8>();
  if constexpr (saysToken)
    values = load_ptr_tko(x + at, everywhere, 0.0f, with(), Token()).value;
  else if constexpr (saysMask)
    values = gather(x + at, everywhere);
  else
    values = gather(x + at);
  if constexpr (saysToken)
    store_ptr_tko(y + at, values + 1.0f, everywhere, with(), Token());
  else if constexpr (saysMask)
    scatter(y + at, values + 1.0f, everywhere);
  else
    scatter(y + at, values + 1.0f);
}

[[cutile::entry, cutile::unsafe]] inline void some(f32 *y, const f32 *x) {
  auto at = iota<i32, 8>();
  auto zeroed = gather(x + at, at < 3);
  auto padded = gather(x + at, at < 6, -5.0f);
  scatter(y + at, zeroed * 100.0f + padded, at != 1);
}
// SOME-COUNT-2: tile.load_ptr
// SOME: tile.store_ptr
} // namespace kernels

int main() {
  auto x = ferro::arange<float>(8);
  auto show = [&](const char *name, auto launch) {
    auto y = ferro::full<float>({8}, 9);
    launch(y);
    std::cout << name;
    for (float each : y.to_vector())
      std::cout << ' ' << each;
    std::cout << '\n';
  };
  auto grid = cutile::Grid{1};
  show("none", [&](auto &y) { cutile::launch<kernels::all<false, false>>(y, x).grid(grid).sync(); });
  show("mask", [&](auto &y) { cutile::launch<kernels::all<true, false>>(y, x).grid(grid).sync(); });
  show("token", [&](auto &y) { cutile::launch<kernels::all<true, true>>(y, x).grid(grid).sync(); });
  show("some", [&](auto &y) { cutile::launch<kernels::some>(y, x).grid(grid).sync(); });
}
// CHECK: none 1 2 3 4 5 6 7 8
// CHECK: mask 1 2 3 4 5 6 7 8
// CHECK: token 1 2 3 4 5 6 7 8
// CHECK: some 0 9 202 3 4 5 -5 -5
