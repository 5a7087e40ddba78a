// RUN: split-file %s %t
// RUN: not %ferro-compile --steps=none %t/c1.mlir 2>&1 | FileCheck %t/c1.mlir
// RUN: not %ferro-compile --steps=none %t/c2.mlir 2>&1 | FileCheck %t/c2.mlir

//--- c1.mlir
// CHECK: MxK times KxN gives MxN
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4x8xf32>
  %acc = tile.constant dense<0.0> : tensor<4x4xf32>
  %0 = tile.mma %x, %x, %acc : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x4xf32>
}

//--- c2.mlir
// CHECK: operands agree and are not wider
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4x4xf32>
  %acc = tile.constant dense<0.0> : tensor<4x4xf16>
  %0 = tile.mma %x, %x, %acc : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf16>
}
