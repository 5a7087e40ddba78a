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

// Softmax: the exponentials of the second loop wait in scratch for the third;
// it also asks the memory for the row that a page later will be the first's.
// CHECK-LABEL: func.func private @softmax
// CHECK:         scf.for %[[BLOCK:.*]] = %arg2 to %arg3
// CHECK:           %[[LATER:.*]] = arith.addi %[[BLOCK]], %c16
// CHECK:           %[[AHEAD:.*]] = arith.minsi %[[LATER]], %c99
// CHECK:         %[[SCRATCH:.*]] = memref.alloca()
// CHECK:         scf.for {{.*}} iter_args
// CHECK-NOT:       math.exp
// CHECK-NOT:       memref.prefetch
// CHECK:         scf.for %[[I:.*]] = {{.*}} iter_args
// CHECK:           memref.prefetch %arg0[%[[AHEAD]], %[[I]]], read
// CHECK:           math.exp %{{.*}} {ferro.nonpositive}
// CHECK:           memref.store %{{.*}}, %[[SCRATCH]]
// CHECK:         scf.for
// CHECK-NOT:       math.exp
// CHECK-NOT:       memref.prefetch
// CHECK:           memref.load %[[SCRATCH]]
// CHECK:           arith.divf
tile.entry @softmax(%a: memref<100x64xf32>, %b: memref<100x64xf32>) grid [100] {
  %i = tile.block_id : index
  %zero = arith.constant 0 : index
  %x = tile.load %a[%i, %zero] : memref<100x64xf32> -> tensor<1x64xf32>
  %max = tile.reduce max %x axes [1] : tensor<1x64xf32> -> tensor<1x1xf32>
  %wide = tile.broadcast %max : tensor<1x1xf32> -> tensor<1x64xf32>
  %shifted = tile.subf %x, %wide : tensor<1x64xf32>
  %power = tile.exp %shifted : tensor<1x64xf32>
  %sum = tile.reduce add %power axes [1] : tensor<1x64xf32> -> tensor<1x1xf32>
  %total = tile.broadcast %sum : tensor<1x1xf32> -> tensor<1x64xf32>
  %result = tile.divf %power, %total : tensor<1x64xf32>
  tile.store %result, %b[%i, %zero] : tensor<1x64xf32> -> memref<100x64xf32>
}

// A row that would push the running one out of the cache is not asked for, and
// the exp of what may be positive is the general one.
// CHECK-LABEL: func.func private @long_rows
// CHECK-NOT:     memref.prefetch
// CHECK-NOT:     ferro.nonpositive
// CHECK:         return
tile.entry @long_rows(%a: memref<100x8000xf32>, %b: memref<100x8000xf32>) grid [100] {
  %i = tile.block_id : index
  %zero = arith.constant 0 : index
  %x = tile.load %a[%i, %zero] : memref<100x8000xf32> -> tensor<1x8000xf32>
  %sum = tile.reduce add %x axes [1] : tensor<1x8000xf32> -> tensor<1x1xf32>
  %wide = tile.broadcast %sum : tensor<1x1xf32> -> tensor<1x8000xf32>
  %shifted = tile.subf %x, %wide : tensor<1x8000xf32>
  %power = tile.exp %shifted : tensor<1x8000xf32>
  tile.store %power, %b[%i, %zero] : tensor<1x8000xf32> -> memref<100x8000xf32>
}

// A long sum is added up in blocks of blocks, so that no total grows large while
// small numbers are still added to it.
// CHECK-LABEL: func.func private @long_sum
// CHECK:         %[[GROUP:.*]] = arith.constant 16384 : index
// CHECK:         scf.for %[[G:.*]] = %{{.*}} to %{{.*}} step %[[GROUP]] iter_args
// CHECK:           %[[SIZE:.*]] = arith.constant 2048 : index
// CHECK:           scf.for %[[B:.*]] = %{{.*}} to %[[GROUP]] step %[[SIZE]] iter_args
// CHECK:             %[[START:.*]] = arith.addi %[[G]], %[[B]]
// CHECK:             scf.for %[[I:.*]] = %{{.*}} to %[[SIZE]] {{.*}} iter_args
// CHECK:               arith.addi %[[START]], %[[I]]
// CHECK:               memref.load
// CHECK:             {ferro.kinds = array<i64: 0>, ferro.vector}
tile.entry @long_sum(%a: memref<65536xf32>, %b: memref<1xf32>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<65536xf32> -> tensor<65536xf32>
  %sum = tile.reduce add %x axes [0] : tensor<65536xf32> -> tensor<1xf32>
  tile.store %sum, %b[%zero] : tensor<1xf32> -> memref<1xf32>
}
