// RUN: %ferro-compile --steps=none %s > %t.mlir
// RUN: %ferro-compile --steps=none %t.mlir | diff %t.mlir -
// RUN: FileCheck %s < %t.mlir

// The ops of kernels from source print as they were read.
// [G61]

// CHECK-LABEL: tile.kernel @views(%{{.*}}: memref<?x?xf32, strided<[?, 1]>>, %{{.*}}: i64, %{{.*}}: f16) attributes {places = array<i64: 24, 56, 64>, words = 9 : i64}
tile.kernel @views(%v: memref<?x?xf32, strided<[?, 1]>>, %n: i64, %f: f16) attributes {places = array<i64: 24, 56, 64>, words = 9 : i64} {
  // CHECK: %[[ID:.*]]:3 = tile.block_id : index, index, index
  %i, %j, %k = tile.block_id : index, index, index
  // CHECK: tile.num_blocks
  %x, %y, %z = tile.num_blocks
  // CHECK: %[[T:.*]] = tile.load_view %{{.*}}[%[[ID]]#0, %[[ID]]#1] axes [1, 0] pad negative_inf : memref<?x?xf32, strided<[?, 1]>> -> tensor<16x8xf32>
  %t = tile.load_view %v[%i, %j] axes [1, 0] pad negative_inf : memref<?x?xf32, strided<[?, 1]>> -> tensor<16x8xf32>
  // CHECK: tile.store_view %[[T]], %{{.*}}[%[[ID]]#0, %[[ID]]#1] axes [1, 0] : tensor<16x8xf32> -> memref<?x?xf32, strided<[?, 1]>>
  tile.store_view %t, %v[%i, %j] axes [1, 0] : tensor<16x8xf32> -> memref<?x?xf32, strided<[?, 1]>>
  %true = arith.constant true
  // CHECK: tile.check %{{.*}}, "IndexOutOfBounds", "index {0}"(%{{.*}})
  tile.check %true, "IndexOutOfBounds", "index {0}"(%n)
  // CHECK: tile.check %{{.*}}, "InvalidArgument", "never"
  tile.check %true, "InvalidArgument", "never"
  // CHECK: tile.print "{} of {}" elements [11, 4](%[[T]], %{{.*}} : tensor<16x8xf32>, i64)
  tile.print "{} of {}" elements [11, 4](%t, %n : tensor<16x8xf32>, i64)
  // CHECK: tile.print "done" elements []
  tile.print "done" elements []
  // CHECK: tile.base_address
  %base = tile.base_address %v : memref<?x?xf32, strided<[?, 1]>>
}

// CHECK-LABEL: tile.kernel @pointers
tile.kernel @pointers(%v: memref<?xf32, strided<[1]>>, %zero: f32) {
  %i = tile.iota : tensor<8xi64>
  %m = tile.constant dense<true> : tensor<8xi1>
  // CHECK: %[[P:.*]] = tile.address %{{.*}}[%{{.*}} : tensor<8xi64>] : memref<?xf32, strided<[1]>> -> tensor<8xi64>
  %p = tile.address %v[%i : tensor<8xi64>] : memref<?xf32, strided<[1]>> -> tensor<8xi64>
  // CHECK: tile.load_ptr %[[P]] : tensor<8xi64> -> tensor<8xf32>
  %a = tile.load_ptr %p : tensor<8xi64> -> tensor<8xf32>
  // CHECK: tile.load_ptr %[[P]] mask %{{.*}} pad %{{.*}} : f32 : tensor<8xi64>, tensor<8xi1> -> tensor<8xf32>
  %b = tile.load_ptr %p mask %m pad %zero : f32 : tensor<8xi64>, tensor<8xi1> -> tensor<8xf32>
  // CHECK: tile.store_ptr %{{.*}}, %[[P]] mask %{{.*}} : tensor<8xf32>, tensor<8xi64>, tensor<8xi1>
  tile.store_ptr %a, %p mask %m : tensor<8xf32>, tensor<8xi64>, tensor<8xi1>
  // CHECK: tile.atomic_rmw add %{{.*}}, %[[P]] : tensor<8xf32>, tensor<8xi64> -> tensor<8xf32>
  %old = tile.atomic_rmw add %b, %p : tensor<8xf32>, tensor<8xi64> -> tensor<8xf32>
  // CHECK: tile.atomic_rmw max unsigned %{{.*}}, %[[P]] mask %{{.*}} : tensor<8xi64>, tensor<8xi64>, tensor<8xi1> -> tensor<8xi64>
  %top = tile.atomic_rmw max unsigned %i, %p mask %m : tensor<8xi64>, tensor<8xi64>, tensor<8xi1> -> tensor<8xi64>
  // CHECK: tile.atomic_cas %{{.*}}, %{{.*}}, %[[P]] : tensor<8xi64>, tensor<8xi64>, tensor<8xi64> -> tensor<8xi64>
  %was = tile.atomic_cas %i, %top, %p : tensor<8xi64>, tensor<8xi64>, tensor<8xi64> -> tensor<8xi64>
}

// CHECK-LABEL: tile.kernel @shapes
tile.kernel @shapes(%x: f8E4M3FN) {
  %at = arith.constant 0 : index
  // CHECK: tile.scalar_to_tile %{{.*}} : f8E4M3FN
  %s = tile.scalar_to_tile %x : f8E4M3FN
  // CHECK: tile.convert %{{.*}} : tensor<f8E4M3FN> -> tensor<tf32>
  %t = tile.convert %s : tensor<f8E4M3FN> -> tensor<tf32>
  // CHECK: tile.convert toward_zero %{{.*}} : tensor<tf32> -> tensor<f8E8M0FNU>
  %e = tile.convert toward_zero %t : tensor<tf32> -> tensor<f8E8M0FNU>
  // CHECK: tile.tile_to_scalar %{{.*}} : tensor<f8E8M0FNU>
  %n = tile.tile_to_scalar %e : tensor<f8E8M0FNU>
  %a = tile.constant dense<1.0> : tensor<4x8xf32>
  // CHECK: %[[P:.*]] = tile.permute %{{.*}} axes [1, 0] : tensor<4x8xf32> -> tensor<8x4xf32>
  %p = tile.permute %a axes [1, 0] : tensor<4x8xf32> -> tensor<8x4xf32>
  // CHECK: tile.cat %{{.*}}, %{{.*}} axis 0 : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<8x8xf32>
  %c = tile.cat %a, %a axis 0 : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<8x8xf32>
  // CHECK: %[[Q:.*]] = tile.extract %{{.*}}[%{{.*}}, %{{.*}}] : tensor<8x8xf32> -> tensor<4x8xf32>
  %q = tile.extract %c[%at, %at] : tensor<8x8xf32> -> tensor<4x8xf32>
  // CHECK: tile.insert %{{.*}}, %[[Q]][%{{.*}}, %{{.*}}] : tensor<8x8xf32>, tensor<4x8xf32>
  %r = tile.insert %c, %q[%at, %at] : tensor<8x8xf32>, tensor<4x8xf32>
  // CHECK: tile.bitcast %{{.*}} : tensor<8x4xf32> -> tensor<8x4xi32>
  %b = tile.bitcast %p : tensor<8x4xf32> -> tensor<8x4xi32>
}

// CHECK-LABEL: tile.kernel @functions
tile.kernel @functions(%zero: f32) {
  %x = tile.constant dense<1.0> : tensor<4x8xf32>
  // CHECK: tile.map %{{.*}}, %{{.*}} {
  // CHECK: ^bb0(%{{.*}}: f32, %{{.*}}: f32):
  // CHECK: tile.yield %{{.*}} : f32
  // CHECK: } : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %m = tile.map %x, %x {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %b : f32
    tile.yield %c : f32
  } : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  // CHECK: tile.reduce_by %{{.*}} from %{{.*}} axis 1 {
  // CHECK: } : tensor<4x8xf32>, f32 -> tensor<4x1xf32>
  %r = tile.reduce_by %m from %zero axis 1 {
  ^bb0(%a: f32, %b: f32):
    tile.yield %b : f32
  } : tensor<4x8xf32>, f32 -> tensor<4x1xf32>
  // CHECK: tile.scan reverse exclusive %{{.*}} from %{{.*}} axis 0 {
  // CHECK: } : tensor<4x8xf32>, f32
  %s = tile.scan reverse exclusive %m from %zero axis 0 {
  ^bb0(%a: f32, %b: f32):
    tile.yield %a : f32
  } : tensor<4x8xf32>, f32
  %i = tile.constant dense<1> : tensor<2x4x4xi8>
  %acc = tile.constant dense<1> : tensor<2x4x4xi32>
  // CHECK: tile.mma unsigned_lhs %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x4x4xi8>, tensor<2x4x4xi8>, tensor<2x4x4xi32>
  %p = tile.mma unsigned_lhs %i, %i, %acc : tensor<2x4x4xi8>, tensor<2x4x4xi8>, tensor<2x4x4xi32>
}

// CHECK-LABEL: tile.kernel @numbers
tile.kernel @numbers(%x: f32) {
  %n = arith.constant 5 : index
  %a = tile.scalar_to_tile %x : f32
  // CHECK: tile.remf %{{.*}}, %{{.*}} : tensor<f32>
  %r = tile.remf %a, %a : tensor<f32>
  // CHECK: tile.directed add up %{{.*}}, %{{.*}} : tensor<f32>, tensor<f32> -> tensor<f32>
  %s = tile.directed add up %r, %a : tensor<f32>, tensor<f32> -> tensor<f32>
  %i = tile.constant dense<3> : tensor<i32>
  // CHECK: tile.directed convert toward_zero unsigned %{{.*}} : tensor<i32> -> tensor<f16>
  %c = tile.directed convert toward_zero unsigned %i : tensor<i32> -> tensor<f16>
  // CHECK: %[[ADDRESS:.*]] = tile.global "kernels::counter"
  %g = tile.global "kernels::counter"
  // CHECK: tile.view_of %[[ADDRESS]][%{{.*}}] strides[%{{.*}}] : memref<4x?xf32, strided<[?, 1]>>
  %v = tile.view_of %g[%n] strides [%n] : memref<4x?xf32, strided<[?, 1]>>
}
