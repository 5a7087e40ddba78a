// RUN: %ferro-compile --steps=tile-canonicalize %s | FileCheck %s

// What changes nothing goes away, and equal things are computed once.
// CHECK-LABEL: tile.entry @folds
// CHECK-NOT:     tile.convert
// CHECK-NOT:     tile.reshape
// CHECK:         %[[X:.*]] = tile.load
// CHECK-NEXT:    %[[Y:.*]] = tile.exp %[[X]]
// CHECK-NEXT:    %[[Z:.*]] = tile.mulf %[[Y]], %[[Y]]
// CHECK-NEXT:    tile.store %[[Z]]
tile.entry @folds(%a: memref<8xf16>, %b: memref<8xf16>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<8xf16> -> tensor<8xf16>
  %wide = tile.convert %x : tensor<8xf16> -> tensor<8xf32>
  %same = tile.convert %wide : tensor<8xf32> -> tensor<8xf16>
  %reshaped = tile.reshape %same : tensor<8xf16> -> tensor<8xf16>
  %0 = tile.exp %reshaped : tensor<8xf16>
  %1 = tile.exp %x : tensor<8xf16>
  %unused = tile.log %1 : tensor<8xf16>
  %2 = tile.mulf %0, %1 : tensor<8xf16>
  tile.store %2, %b[%zero] : tensor<8xf16> -> memref<8xf16>
}
