// RUN: split-file %s %t
// RUN: not %ferro-compile --steps=none %t/broadcast-c1.mlir 2>&1 | FileCheck %t/broadcast-c1.mlir
// RUN: not %ferro-compile --steps=none %t/broadcast-c2.mlir 2>&1 | FileCheck %t/broadcast-c2.mlir
// RUN: not %ferro-compile --steps=none %t/reshape-c1.mlir 2>&1 | FileCheck %t/reshape-c1.mlir
// RUN: not %ferro-compile --steps=none %t/convert-c1.mlir 2>&1 | FileCheck %t/convert-c1.mlir
// RUN: not %ferro-compile --steps=none %t/convert-c2.mlir 2>&1 | FileCheck %t/convert-c2.mlir

//--- broadcast-c1.mlir
// CHECK: goes from rank 1 to rank 2; the ranks must agree
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.broadcast %x : tensor<4xf32> -> tensor<4x4xf32>
}

//--- broadcast-c2.mlir
// CHECK: takes extent 2 to 4; only an extent of 1 can be repeated
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<2xf32>
  %0 = tile.broadcast %x : tensor<2xf32> -> tensor<4xf32>
}

//--- reshape-c1.mlir
// CHECK: goes from 4 elements to 6; both shapes must have as many
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.reshape %x : tensor<4xf32> -> tensor<2x3xf32>
}

//--- convert-c1.mlir
// CHECK: requires the same shape for all operands and results
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.convert %x : tensor<4xf32> -> tensor<5xf16>
}

//--- convert-c2.mlir
// CHECK: only f64 is rounded to an odd f32
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.convert odd %x : tensor<4xf32> -> tensor<4xf16>
}
