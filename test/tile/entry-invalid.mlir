// RUN: split-file %s %t
// RUN: not %ferro-compile --steps=none %t/c1.mlir 2>&1 | FileCheck %t/c1.mlir
// RUN: not %ferro-compile --steps=none %t/c2.mlir 2>&1 | FileCheck %t/c2.mlir
// RUN: not %ferro-compile --steps=none %t/c2-low.mlir 2>&1 | FileCheck %t/c2-low.mlir
// RUN: not %ferro-compile --steps=none %t/c3.mlir 2>&1 | FileCheck %t/c3.mlir

//--- c1.mlir
// CHECK: has a grid extent of 0; it must be positive
tile.entry @k(%a: memref<4xf32>) grid [0] {
}

//--- c2.mlir
// CHECK: has 1 arguments and 2 buffers; there must be one each
tile.entry @k(%a: memref<4xf32>) grid [1] attributes {buffers = array<i64: 0, 1>} {
}

//--- c2-low.mlir
// CHECK: names buffer -2; -1 is the workspace
tile.entry @k(%a: memref<4xf32>) grid [1] attributes {buffers = array<i64: -2>} {
}

//--- c3.mlir
// CHECK: has an argument of type 'memref<?xf32>'; arguments are statically shaped views
tile.entry @k(%a: memref<?xf32>) grid [1] {
}
