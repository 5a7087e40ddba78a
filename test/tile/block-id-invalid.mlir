// RUN: split-file %s %t
// RUN: not %ferro-compile --steps=none %t/c1.mlir 2>&1 | FileCheck %t/c1.mlir

//--- c1.mlir
// CHECK: has 2 results in a grid of 1 extents; there must be one each
tile.entry @k() grid [4] {
  %i, %j = tile.block_id : index, index
}
