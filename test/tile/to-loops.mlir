// RUN: %ferro-compile --steps=tile-to-loops %s | FileCheck %s

// A chain of element-wise ops is one loop; a partial tile ends with its view.
// CHECK-LABEL: func.func private @chain
// CHECK:         scf.for %[[BLOCK:.*]] = %arg2 to %arg3
// CHECK:           %[[FIRST:.*]] = arith.muli %[[BLOCK]]
// CHECK:           %[[END:.*]] = arith.minsi
// CHECK:           scf.for %[[I:.*]] = %{{.*}} to %[[END]]
// CHECK-NOT:       scf.for
// CHECK:             memref.load
// CHECK:             math.exp
// CHECK:             arith.addf
// CHECK:             memref.store
// CHECK:           {ferro.vector}
tile.entry @chain(%a: memref<100xf32>, %b: memref<100xf32>) grid [4] {
  %i = tile.block_id : index
  %x = tile.load %a[%i] : memref<100xf32> -> tensor<32xf32>
  %0 = tile.exp %x : tensor<32xf32>
  %1 = tile.addf %0, %x : tensor<32xf32>
  tile.store %1, %b[%i] : tensor<32xf32> -> memref<100xf32>
}

// Softmax: the exponentials of the second loop wait in scratch for the third.
// CHECK-LABEL: func.func private @softmax
// CHECK:         %[[SCRATCH:.*]] = memref.alloca()
// CHECK:         scf.for {{.*}} iter_args
// CHECK-NOT:       math.exp
// CHECK:         scf.for {{.*}} iter_args
// CHECK:           math.exp
// CHECK:           memref.store %{{.*}}, %[[SCRATCH]]
// CHECK:         scf.for
// CHECK-NOT:       math.exp
// CHECK:           memref.load %[[SCRATCH]]
// CHECK:           arith.divf
tile.entry @softmax(%a: memref<4x64xf32>, %b: memref<4x64xf32>) grid [4] {
  %i = tile.block_id : index
  %zero = arith.constant 0 : index
  %x = tile.load %a[%i, %zero] : memref<4x64xf32> -> tensor<1x64xf32>
  %max = tile.reduce max %x axes [1] : tensor<1x64xf32> -> tensor<1x1xf32>
  %wide = tile.broadcast %max : tensor<1x1xf32> -> tensor<1x64xf32>
  %shifted = tile.subf %x, %wide : tensor<1x64xf32>
  %power = tile.exp %shifted : tensor<1x64xf32>
  %sum = tile.reduce add %power axes [1] : tensor<1x64xf32> -> tensor<1x1xf32>
  %total = tile.broadcast %sum : tensor<1x1xf32> -> tensor<1x64xf32>
  %result = tile.divf %power, %total : tensor<1x64xf32>
  tile.store %result, %b[%i, %zero] : tensor<1x64xf32> -> memref<4x64xf32>
}
