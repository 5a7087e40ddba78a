// Each rule of the ops of kernels from source, broken once.
// [G61]
// RUN: split-file %s %t
// RUN: for case in %t/*.mlir; do not %ferro-compile --steps=none $case 2>&1 | FileCheck $case || exit 1; done

//--- kernel-c1.mlir
// CHECK: has an argument of type 'tensor<4xf32>'; arguments are views or numbers
tile.kernel @k(%x: tensor<4xf32>) {
}

//--- kernel-c2.mlir
// CHECK: has 1 arguments at 2 places; there is one for each
tile.kernel @k(%x: f32) attributes {places = array<i64: 24, 32>} {
}

//--- block-id-c1.mlir
// CHECK: has 2 results in a grid of 3 extents; there must be one each
tile.kernel @k() {
  %a, %b = tile.block_id : index, index
}

//--- load_view-c1.mlir
// CHECK: has 1 offsets into a view of rank 2; there must be one for each axis
tile.kernel @k(%v: memref<?x?xf32, strided<[?, 1]>>) {
  %z = arith.constant 0 : index
  %0 = tile.load_view %v[%z] axes [0, 1] pad zero : memref<?x?xf32, strided<[?, 1]>> -> tensor<4x4xf32>
}

//--- load_view-c2.mlir
// CHECK: has a tile of rank 2 along axes [0, 0] of a view of rank 2; the ranks agree, and axes are permuted
tile.kernel @k(%v: memref<?x?xf32, strided<[?, 1]>>) {
  %z = arith.constant 0 : index
  %0 = tile.load_view %v[%z, %z] axes [0, 0] pad zero : memref<?x?xf32, strided<[?, 1]>> -> tensor<4x4xf32>
}

//--- load_view-c3.mlir
// CHECK: has a tile of 'f64' on a view of 'f32'; the element types must agree
tile.kernel @k(%v: memref<?x?xf32, strided<[?, 1]>>) {
  %z = arith.constant 0 : index
  %0 = tile.load_view %v[%z, %z] axes [0, 1] pad zero : memref<?x?xf32, strided<[?, 1]>> -> tensor<4x4xf64>
}

//--- store_view-c1.mlir
// CHECK: has 3 offsets into a view of rank 2; there must be one for each axis
tile.kernel @k(%v: memref<?x?xf32, strided<[?, 1]>>) {
  %z = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4x4xf32>
  tile.store_view %x, %v[%z, %z, %z] axes [0, 1] : tensor<4x4xf32> -> memref<?x?xf32, strided<[?, 1]>>
}

//--- store_view-c2.mlir
// CHECK: has a tile of rank 1 along axes [0] of a view of rank 2; the ranks agree, and axes are permuted
tile.kernel @k(%v: memref<?x?xf32, strided<[?, 1]>>) {
  %z = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<4xf32>
  tile.store_view %x, %v[%z, %z] axes [0] : tensor<4xf32> -> memref<?x?xf32, strided<[?, 1]>>
}

//--- store_view-c3.mlir
// CHECK: has a tile of 'i32' on a view of 'f32'; the element types must agree
tile.kernel @k(%v: memref<?x?xf32, strided<[?, 1]>>) {
  %z = arith.constant 0 : index
  %x = tile.constant dense<1> : tensor<4x4xi32>
  tile.store_view %x, %v[%z, %z] axes [0, 1] : tensor<4x4xi32> -> memref<?x?xf32, strided<[?, 1]>>
}

//--- load_ptr-c1.mlir
// CHECK: has tiles of [4] and 'tensor<8xf32>'; shapes must agree
tile.kernel @k() {
  %p = tile.constant dense<8> : tensor<4xi64>
  %0 = tile.load_ptr %p : tensor<4xi64> -> tensor<8xf32>
}

//--- load_ptr-c2.mlir
// CHECK: pads 'tensor<4xf32>'; where there is a mask there is a padding, which is an element
tile.kernel @k(%m: i1, %x: f64) {
  %p = tile.constant dense<8> : tensor<4xi64>
  %mask = tile.constant dense<true> : tensor<4xi1>
  %0 = tile.load_ptr %p mask %mask pad %x : f64 : tensor<4xi64>, tensor<4xi1> -> tensor<4xf32>
}

//--- store_ptr-c1.mlir
// CHECK: has tiles of [8] and 'tensor<4xi64>'; shapes must agree
tile.kernel @k() {
  %p = tile.constant dense<8> : tensor<4xi64>
  %x = tile.constant dense<1.0> : tensor<8xf32>
  tile.store_ptr %x, %p : tensor<8xf32>, tensor<4xi64>
}

//--- address-c1.mlir
// CHECK: has 1 indices into a view of rank 2; there is one for each axis, of the result's shape
tile.kernel @k(%v: memref<?x?xf32, strided<[?, 1]>>) {
  %i = tile.constant dense<0> : tensor<4xi64>
  %0 = tile.address %v[%i : tensor<4xi64>] : memref<?x?xf32, strided<[?, 1]>> -> tensor<4xi64>
}

//--- atomic_rmw-c1.mlir
// CHECK: has tiles of [8] and 'tensor<4xi64>'; shapes must agree
tile.kernel @k() {
  %p = tile.constant dense<8> : tensor<4xi64>
  %x = tile.constant dense<1.0> : tensor<8xf32>
  %0 = tile.atomic_rmw add %x, %p : tensor<8xf32>, tensor<4xi64> -> tensor<8xf32>
}

//--- atomic_rmw-c2.mlir
// CHECK: is of 'tensor<4xf32>'; floats are added and exchanged only
tile.kernel @k() {
  %p = tile.constant dense<8> : tensor<4xi64>
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.atomic_rmw max %x, %p : tensor<4xf32>, tensor<4xi64> -> tensor<4xf32>
}

//--- atomic_cas-c1.mlir
// CHECK: has tiles of [4] and 'tensor<8xi32>'; shapes must agree
tile.kernel @k() {
  %p = tile.constant dense<8> : tensor<4xi64>
  %x = tile.constant dense<1> : tensor<4xi32>
  %y = tile.constant dense<1> : tensor<8xi32>
  %0 = tile.atomic_cas %x, %y, %p : tensor<4xi32>, tensor<8xi32>, tensor<4xi64> -> tensor<4xi32>
}

//--- tile_to_scalar-c1.mlir
// CHECK: takes 'tensor<4xf32>'; the tile has one element
tile.kernel @k() {
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.tile_to_scalar %x : tensor<4xf32>
}

//--- iota-c1.mlir
// CHECK: makes 'tensor<4x4xi32>'; the tile has one axis
tile.kernel @k() {
  %0 = tile.iota : tensor<4x4xi32>
}

//--- permute-c1.mlir
// CHECK: makes 'tensor<4x8xf32>' of 'tensor<4x8xf32>' by [1, 0]; the extents follow a permutation
tile.kernel @k() {
  %x = tile.constant dense<1.0> : tensor<4x8xf32>
  %0 = tile.permute %x axes [1, 0] : tensor<4x8xf32> -> tensor<4x8xf32>
}

//--- cat-c1.mlir
// CHECK: makes 'tensor<8x4xf32>' of 'tensor<4x4xf32>' and 'tensor<4x2xf32>' along axis 0; only there the extents may differ, and add up
tile.kernel @k() {
  %x = tile.constant dense<1.0> : tensor<4x4xf32>
  %y = tile.constant dense<1.0> : tensor<4x2xf32>
  %0 = tile.cat %x, %y axis 0 : tensor<4x4xf32>, tensor<4x2xf32> -> tensor<8x4xf32>
}

//--- extract-c1.mlir
// CHECK: has a part 'tensor<3xf32>' of 'tensor<8xf32>' at 1 indices; there is one index for each axis, and the part's extents divide the tile's
tile.kernel @k() {
  %z = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<8xf32>
  %0 = tile.extract %x[%z] : tensor<8xf32> -> tensor<3xf32>
}

//--- insert-c1.mlir
// CHECK: has a part 'tensor<4xf32>' of 'tensor<8xf32>' at 2 indices; there is one index for each axis, and the part's extents divide the tile's
tile.kernel @k() {
  %z = arith.constant 0 : index
  %x = tile.constant dense<1.0> : tensor<8xf32>
  %y = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.insert %x, %y[%z, %z] : tensor<8xf32>, tensor<4xf32>
}

//--- bitcast-c1.mlir
// CHECK: makes 'tensor<4xi16>' of 'tensor<4xf32>'; the widths must agree
tile.kernel @k() {
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.bitcast %x : tensor<4xf32> -> tensor<4xi16>
}

//--- map-c1.mlir
// CHECK: has a region that takes ('f64'); it takes ('f32') and yields 'f32'
tile.kernel @k() {
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.map %x {
  ^bb0(%a: f64):
    %one = arith.constant 1.0 : f32
    tile.yield %one : f32
  } : tensor<4xf32> -> tensor<4xf32>
}

//--- reduce_by-c1.mlir
// CHECK: has a region that takes ('f32'); it takes ('f32', 'f32') and yields 'f32'
tile.kernel @k(%i: f32) {
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.reduce_by %x from %i axis 0 {
  ^bb0(%a: f32):
    tile.yield %a : f32
  } : tensor<4xf32>, f32 -> tensor<1xf32>
}

//--- reduce_by-c2.mlir
// CHECK: makes 'tensor<4xf32>' of 'tensor<4xf32>' along axis 0; that axis keeps extent 1, the others stay
tile.kernel @k(%i: f32) {
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.reduce_by %x from %i axis 0 {
  ^bb0(%a: f32, %b: f32):
    tile.yield %a : f32
  } : tensor<4xf32>, f32 -> tensor<4xf32>
}

//--- scan-c1.mlir
// CHECK: has a region that takes ('f32'); it takes ('f32', 'f32') and yields 'f32'
tile.kernel @k(%i: f32) {
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.scan %x from %i axis 0 {
  ^bb0(%a: f32):
    tile.yield %a : f32
  } : tensor<4xf32>, f32
}

//--- scan-c2.mlir
// CHECK: goes along axis 1 of 'tensor<4xf32>'; the axis is inside the rank
tile.kernel @k(%i: f32) {
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.scan %x from %i axis 1 {
  ^bb0(%a: f32, %b: f32):
    tile.yield %a : f32
  } : tensor<4xf32>, f32
}

//--- mma-c1.mlir
// CHECK: multiplies 'tensor<2x4x8xf32>' by 'tensor<3x8x4xf32>' into 'tensor<2x4x4xf32>'; MxK times KxN gives MxN
tile.kernel @k() {
  %x = tile.constant dense<1.0> : tensor<2x4x8xf32>
  %y = tile.constant dense<1.0> : tensor<3x8x4xf32>
  %a = tile.constant dense<1.0> : tensor<2x4x4xf32>
  %0 = tile.mma %x, %y, %a : tensor<2x4x8xf32>, tensor<3x8x4xf32>, tensor<2x4x4xf32>
}

//--- print-c1.mlir
// CHECK: has 1 values of 0 element types; there is one for each
tile.kernel @k(%n: i64) {
  tile.print "{}" elements [](%n : i64)
}

//--- directed-c1.mlir
// CHECK: has 1 operands; fma takes 3
tile.kernel @k() {
  %x = tile.constant dense<1.0> : tensor<4xf32>
  %0 = tile.directed fma up %x : tensor<4xf32> -> tensor<4xf32>
}

//--- directed-c2.mlir
// CHECK: makes 'tensor<4xf32>' of 'tensor<4xf16>', 'tensor<4xf16>'; the result is of floats, and so are operands, but of conversions
tile.kernel @k() {
  %x = tile.constant dense<1.0> : tensor<4xf16>
  %0 = tile.directed mul down %x, %x : tensor<4xf16>, tensor<4xf16> -> tensor<4xf32>
}

//--- view-of-c1.mlir
// CHECK: gives 1 extents and 0 strides to 'memref<4x?xf32, strided<[?, 1]>>'; there is one for each that the type does not know
tile.kernel @k(%a: i64) {
  %n = arith.constant 5 : index
  %0 = tile.view_of %a[%n] strides [] : memref<4x?xf32, strided<[?, 1]>>
}
