// RUN: split-file %s %t
// RUN: not %ferro-compile --steps=none %t/float.mlir 2>&1 | FileCheck %t/float.mlir
// RUN: not %ferro-compile --steps=none %t/integer.mlir 2>&1 | FileCheck %t/integer.mlir
// RUN: not %ferro-compile --steps=none %t/compare.mlir 2>&1 | FileCheck %t/compare.mlir
// RUN: not %ferro-compile --steps=none %t/select-c1.mlir 2>&1 | FileCheck %t/select-c1.mlir

//--- float.mlir
// CHECK: operand #0 must be statically shaped tensor of
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1> : tensor<4xi32>
  %0 = tile.addf %x, %x : tensor<4xi32>
}

//--- integer.mlir
// CHECK: operand #0 must be statically shaped tensor of
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.addi %x, %x : tensor<4xf32>
}

//--- compare.mlir
// CHECK: 'lhs' must be statically shaped tensor of
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.cmpi equal %x, %x : tensor<4xf32>
}

//--- select-c1.mlir
// CHECK: expects different type than prior uses
tile.entry @k() grid [2] {
  %zero = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %m = tile.cmpf equal %x, %x : tensor<4xf32>
  %y = tile.constant dense<1.0> : tensor<5xf32>
  %0 = tile.select %m, %y, %y : tensor<5xf32>
}
