// RUN: split-file %s %t
// RUN: not %ferro-compile --steps=none %t/c1.mlir 2>&1 | FileCheck %t/c1.mlir
// RUN: not %ferro-compile --steps=none %t/c2.mlir 2>&1 | FileCheck %t/c2.mlir
// RUN: not %ferro-compile --steps=none %t/c3.mlir 2>&1 | FileCheck %t/c3.mlir

//--- c1.mlir
// CHECK: has 1 indices into a view of rank 2; there must be one for each axis
tile.entry @k(%a: memref<4x4xf32>) grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<4x4xf32> -> tensor<4x4xf32>
}

//--- c2.mlir
// CHECK: has a tile of rank 2 on a view of rank 1; the tile's rank is at most the view's
tile.entry @k(%a: memref<4xf32>) grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<4xf32> -> tensor<1x4xf32>
}

//--- c3.mlir
// CHECK: has a tile of 'f64' on a view of 'f32'; the element types must agree
tile.entry @k(%a: memref<4xf32>) grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<4xf32> -> tensor<4xf64>
}
