// RUN: split-file %s %t
// RUN: not %ferro-compile --steps=none %t/c1.mlir 2>&1 | FileCheck %t/c1.mlir
// RUN: not %ferro-compile --steps=none %t/c2.mlir 2>&1 | FileCheck %t/c2.mlir

//--- c1.mlir
// CHECK: has axis 2 in rank 2; axes are ascending and inside the rank
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4x4xf32>
  %0 = tile.reduce add %x axes [2] : tensor<4x4xf32> -> tensor<4x4xf32>
}

//--- c2.mlir
// CHECK: reduced axes keep extent 1, the others stay
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4x4xf32>
  %0 = tile.reduce add %x axes [1] : tensor<4x4xf32> -> tensor<1x4xf32>
}
