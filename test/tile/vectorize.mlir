// RUN: %ferro-compile --steps=tile-to-loops,vectorize %s | FileCheck %s

// Whole vectors, then a masked rest.
// CHECK-LABEL: func.func private @ragged
// CHECK:         vector.load %{{.*}} : memref<40xf32>, vector<16xf32>
// CHECK:         vector.store
// CHECK:         %[[MASK:.*]] = vector.create_mask
// CHECK:         vector.maskedload %{{.*}}, %[[MASK]]
// CHECK:         vector.maskedstore %{{.*}}, %[[MASK]]
tile.entry @ragged(%a: memref<40xf32>, %b: memref<40xf32>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<40xf32> -> tensor<40xf32>
  %0 = tile.negf %x : tensor<40xf32>
  tile.store %0, %b[%zero] : tensor<40xf32> -> memref<40xf32>
}

// Four sums under way, combined in pairs, then lane by lane.
// CHECK-LABEL: func.func private @total
// CHECK:         scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
// CHECK-COUNT-4:   vector.load
// CHECK:         vector.shuffle
// CHECK:         vector.extract
tile.entry @total(%a: memref<256xf32>, %b: memref<1xf32>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<256xf32> -> tensor<256xf32>
  %0 = tile.reduce add %x axes [0] : tensor<256xf32> -> tensor<1xf32>
  tile.store %0, %b[%zero] : tensor<1xf32> -> memref<1xf32>
}

// A strided operand is gathered lane by lane; the rest is done one by one.
// CHECK-LABEL: func.func private @strided
// CHECK-COUNT-16: memref.load
// CHECK:          vector.from_elements
tile.entry @strided(%a: memref<40xf32, strided<[3]>>, %b: memref<40xf32>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<40xf32, strided<[3]>> -> tensor<40xf32>
  tile.store %x, %b[%zero] : tensor<40xf32> -> memref<40xf32>
}
