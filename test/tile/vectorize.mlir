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

// A chain of arithmetic walks two vectors as one, then the vector that is left;
// rows ahead are asked for line by line.
// CHECK-LABEL: func.func private @two_at_once
// CHECK:         scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<32xf32>)
// CHECK-COUNT-2:   memref.prefetch
// CHECK:           math.exp %{{.*}} : vector<32xf32>
// CHECK:         vector.shuffle {{.*}} : vector<32xf32>, vector<32xf32>
// CHECK:         scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<16xf32>)
// CHECK-COUNT-1:   memref.prefetch
// CHECK:           math.exp %{{.*}} : vector<16xf32>
// CHECK:         vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
tile.entry @two_at_once(%a: memref<9x48xf32>, %b: memref<9x1xf32>) grid [9] {
  %i = tile.block_id : index
  %zero = arith.constant 0 : index
  %x = tile.load %a[%i, %zero] : memref<9x48xf32> -> tensor<1x48xf32>
  %max = tile.reduce max %x axes [1] : tensor<1x48xf32> -> tensor<1x1xf32>
  %wide = tile.broadcast %max : tensor<1x1xf32> -> tensor<1x48xf32>
  %shifted = tile.subf %x, %wide : tensor<1x48xf32>
  %power = tile.exp %shifted : tensor<1x48xf32>
  %sum = tile.reduce add %power axes [1] : tensor<1x48xf32> -> tensor<1x1xf32>
  tile.store %sum, %b[%i, %zero] : tensor<1x1xf32> -> memref<9x1xf32>
}

// Sums down columns walk eight vectors at once, then one, then what is left.
// CHECK-LABEL: func.func private @columns
// CHECK:         vector.load {{.*}} : memref<9x150xf32>, vector<128xf32>
// CHECK:         vector.load {{.*}} : memref<9x150xf32>, vector<16xf32>
// CHECK:         vector.create_mask
// CHECK:         vector.maskedload {{.*}} : memref<9x150xf32>, vector<16xi1>, vector<16xf32>
tile.entry @columns(%a: memref<9x150xf32>, %b: memref<1x150xf32>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero, %zero] : memref<9x150xf32> -> tensor<9x150xf32>
  %sum = tile.reduce add %x axes [0] : tensor<9x150xf32> -> tensor<1x150xf32>
  tile.store %sum, %b[%zero, %zero] : tensor<1x150xf32> -> memref<1x150xf32>
}
