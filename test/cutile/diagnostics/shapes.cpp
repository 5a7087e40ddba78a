// Axes, shapes and closures that do not exist: the notes say which rule fails.
// RUN: not %clangxx -fsyntax-only %s 2>&1 | FileCheck %s
#include <cutile/cutile.h>

using namespace cutile;

// [D187]
void shapes(Tile<f32, 4, 8> x) {
  // CHECK: error: no matching function for call to 'sum'
  // CHECK: because 'AxisOf<2, cutile::TileShape<4, 8>>' evaluated to false
  sum<2>(x);
  // CHECK: error: no matching function for call to 'reduce'
  // CHECK: because 'detail::Combines<(lambda at {{.*}}), float>' evaluated to false
  reduce<0>(x, 0, [](f32 a) { return a; });
  // CHECK: error: no matching function for call to 'permute'
  // CHECK: because 'Permutation<0, 0>' evaluated to false
  permute<0, 0>(x);
  // CHECK: error: no matching function for call to 'cat'
  // CHECK: because 'SameExceptAxis<TileShape<4, 8>, TileShape<8, 4>, 0>' evaluated to false
  cat<0>(x, transpose(x));
  // CHECK: error: no matching function for call to 'extract'
  // CHECK: because 'SubTileOf<TileShape<4, 16>, TileShape<4, 8>>' evaluated to false
  extract<4, 16>(x, 0, 0);
  // CHECK: error: static assertion failed: each extent of a tile is a power of two
  zeros<f32, 3>();
}
