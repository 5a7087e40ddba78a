// RUN: %ferro-compile --steps=kernels-to-loops %s | FileCheck %s

// A kernel is a function over its tensors, the words of a launch, the host and
// a range of blocks.
// CHECK-LABEL: func.func private @scale(%arg0: memref<1xf32>, %arg1: memref<7xi64>, %arg2: memref<1xi64>, %arg3: index, %arg4: index)
// CHECK-SAME:    ferro.buffers = array<i64: 0, 1, -2>
// CHECK-SAME:    ferro.grid = 1
// A chain of element-wise ops is one loop. What is stored exists; whether what
// is loaded does is asked once a tile.
// CHECK:         scf.for %{{.*}} = %arg3 to %arg4
// CHECK:           scf.if
// CHECK-NEXT:        arith.constant
// CHECK:             scf.for
// CHECK:               memref.load
// CHECK:               arith.mulf
// CHECK:               memref.store
// CHECK:             {ferro.vector}
// CHECK:           } else {
tile.kernel @scale(%y: memref<?xf32, strided<[1]>>, %a: f32, %at: i64) {
  %i, %j, %k = tile.block_id : index, index, index
  %s = tile.scalar_to_tile %a : f32
  %r = tile.reshape %s : tensor<f32> -> tensor<1xf32>
  %w = tile.broadcast %r : tensor<1xf32> -> tensor<64xf32>
  %x = tile.load_view %y[%i] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<64xf32>
  %z = tile.mulf %x, %w : tensor<64xf32>
  tile.store_view %z, %y[%i] axes [0] : tensor<64xf32> -> memref<?xf32, strided<[1]>>
}

// A total that a loop carries is changed in place.
// CHECK-LABEL: func.func private @product
// CHECK:         %[[TOTAL:.*]] = memref.alloca() {{.*}} : memref<16x16xf32>
// CHECK:         scf.for
// CHECK-NOT:       memref.alloca() {{.*}} : memref<16x16xf32>
// CHECK:           memref.alloca() {{.*}} : memref<1x8x16xf32>
// CHECK:           vector.load %[[TOTAL]]
// CHECK:           math.fma
// CHECK:           vector.store %{{.*}}, %[[TOTAL]]
tile.kernel @product(%a: memref<?x?xf32, strided<[?, 1]>>, %c: memref<?x?xf32, strided<[?, 1]>>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %n = arith.constant 9 : index
  %init = tile.constant dense<0.0> : tensor<16x16xf32>
  %sum = scf.for %k = %zero to %n step %one iter_args(%acc = %init) -> (tensor<16x16xf32>) {
    %x = tile.load_view %a[%zero, %k] axes [0, 1] pad zero : memref<?x?xf32, strided<[?, 1]>> -> tensor<16x8xf32>
    %y = tile.load_view %a[%k, %zero] axes [0, 1] pad zero : memref<?x?xf32, strided<[?, 1]>> -> tensor<8x16xf32>
    %next = tile.mma %x, %y, %acc : tensor<16x8xf32>, tensor<8x16xf32>, tensor<16x16xf32>
    scf.yield %next : tensor<16x16xf32>
  }
  tile.store_view %sum, %c[%zero, %zero] axes [0, 1] : tensor<16x16xf32> -> memref<?x?xf32, strided<[?, 1]>>
}

// Two tiles that change places go through memory of their own.
// CHECK-LABEL: func.func private @swap
// CHECK-COUNT-2: memref.alloca() {{.*}} : memref<8xf32>
// CHECK:         scf.for
// CHECK-COUNT-2:   memref.alloca() {{.*}} : memref<8xf32>
tile.kernel @swap(%v: memref<?xf32, strided<[1]>>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %n = arith.constant 9 : index
  %x = tile.load_view %v[%zero] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<8xf32>
  %y = tile.load_view %v[%one] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<8xf32>
  %r:2 = scf.for %k = %zero to %n step %one iter_args(%a = %x, %b = %y) -> (tensor<8xf32>, tensor<8xf32>) {
    scf.yield %b, %a : tensor<8xf32>, tensor<8xf32>
  }
  %z = tile.subf %r#0, %r#1 : tensor<8xf32>
  tile.store_view %z, %v[%zero] axes [0] : tensor<8xf32> -> memref<?xf32, strided<[1]>>
}

// A load comes before a store that may change what it reads.
// CHECK-LABEL: func.func private @order
// CHECK:         %[[KEPT:.*]] = memref.alloca() {{.*}} : memref<8xf32>
// CHECK:         memref.store %{{.*}}, %[[KEPT]]
// CHECK:         memref.store %{{.*}}, %reinterpret_cast
// CHECK:         memref.load %[[KEPT]]
tile.kernel @order(%v: memref<?xf32, strided<[1]>>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %x = tile.load_view %v[%zero] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<8xf32>
  %c = tile.constant dense<1.0> : tensor<8xf32>
  tile.store_view %c, %v[%one] axes [0] : tensor<8xf32> -> memref<?xf32, strided<[1]>>
  tile.store_view %x, %v[%zero] axes [0] : tensor<8xf32> -> memref<?xf32, strided<[1]>>
}

// What one loop reads and another begins with is in memory before both.
// CHECK-LABEL: func.func private @both
// CHECK:         %[[X:.*]] = memref.alloca() {{.*}} : memref<8xf32>
// CHECK:         memref.store %{{.*}}, %[[X]]
// CHECK:         memref.alloca() {{.*}} : memref<8xf32>
// CHECK:         memref.load %[[X]]
// CHECK:         memref.alloca() {{.*}} : memref<8xf32>
tile.kernel @both(%v: memref<?xf32, strided<[1]>>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %n = arith.constant 9 : index
  %c = tile.constant dense<1.0> : tensor<8xf32>
  %x = tile.load_view %v[%zero] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<8xf32>
  %q = scf.for %k = %zero to %n step %one iter_args(%a = %c) -> (tensor<8xf32>) {
    %s = tile.mulf %a, %x : tensor<8xf32>
    scf.yield %s : tensor<8xf32>
  }
  %r = scf.for %k = %zero to %n step %one iter_args(%a = %x) -> (tensor<8xf32>) {
    %s = tile.addf %a, %q : tensor<8xf32>
    scf.yield %s : tensor<8xf32>
  }
  tile.store_view %r, %v[%zero] axes [0] : tensor<8xf32> -> memref<?xf32, strided<[1]>>
}
