// RUN: %ferro-compile --steps=none %s | %ferro-compile --steps=none | FileCheck %s

// Every op of the dialect prints as it was read.

// CHECK-LABEL: tile.entry @memory(%{{.*}}: memref<64x32xf32>, %{{.*}}: memref<64x32xf32>) grid [4, 2]
// CHECK-NEXT:    %[[ID:.*]]:2 = tile.block_id : index, index
// CHECK-NEXT:    %[[X:.*]] = tile.load %{{.*}}[%[[ID]]#0, %[[ID]]#1] : memref<64x32xf32> -> tensor<16x16xf32>
// CHECK-NEXT:    tile.store %[[X]], %{{.*}}[%[[ID]]#0, %[[ID]]#1] : tensor<16x16xf32> -> memref<64x32xf32>
tile.entry @memory(%a: memref<64x32xf32>, %b: memref<64x32xf32>) grid [4, 2] {
  %i, %j = tile.block_id : index, index
  %x = tile.load %a[%i, %j] : memref<64x32xf32> -> tensor<16x16xf32>
  tile.store %x, %b[%i, %j] : tensor<16x16xf32> -> memref<64x32xf32>
}

// A stage of a kernel names it, its buffers and the workspace (-1).
// CHECK-LABEL: tile.entry @stage
// CHECK-SAME:    grid [1] attributes {buffers = array<i64: 2, -1>, kernel = "whole"}
tile.entry @stage(%a: memref<4xi8>, %space: memref<4xi8, strided<[1], offset: 64>>) grid [1] attributes {buffers = array<i64: 2, -1>, kernel = "whole"} {
}

// CHECK-LABEL: tile.entry @shapes
tile.entry @shapes(%a: memref<4x8xf16>, %b: memref<1x8xf16>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero, %zero] : memref<4x8xf16> -> tensor<4x8xf16>
  %y = tile.load %b[%zero, %zero] : memref<1x8xf16> -> tensor<1x8xf16>
  // CHECK: tile.constant dense<2.000000e+00> : tensor<4x8xf32>
  %c = tile.constant dense<2.0> : tensor<4x8xf32>
  // CHECK: tile.broadcast %{{.*}} : tensor<1x8xf16> -> tensor<4x8xf16>
  %0 = tile.broadcast %y : tensor<1x8xf16> -> tensor<4x8xf16>
  // CHECK: tile.reshape %{{.*}} : tensor<4x8xf16> -> tensor<32xf16>
  %1 = tile.reshape %x : tensor<4x8xf16> -> tensor<32xf16>
  // CHECK: tile.convert %{{.*}} : tensor<4x8xf16> -> tensor<4x8xf64>
  %2 = tile.convert %x : tensor<4x8xf16> -> tensor<4x8xf64>
  // CHECK: tile.convert odd %{{.*}} : tensor<4x8xf64> -> tensor<4x8xf32>
  %3 = tile.convert odd %2 : tensor<4x8xf64> -> tensor<4x8xf32>
  // CHECK: tile.convert %{{.*}} : tensor<4x8xf32> -> tensor<4x8xi8>
  %4 = tile.convert %3 : tensor<4x8xf32> -> tensor<4x8xi8>
  // CHECK: tile.convert unsigned %{{.*}} : tensor<4x8xi8> -> tensor<4x8xi32>
  %5 = tile.convert unsigned %4 : tensor<4x8xi8> -> tensor<4x8xi32>
}

// CHECK-LABEL: tile.entry @floats
tile.entry @floats(%a: memref<8xf32>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<8xf32> -> tensor<8xf32>
  // CHECK: tile.addf %{{.*}}, %{{.*}} : tensor<8xf32>
  %addf = tile.addf %x, %x : tensor<8xf32>
  // CHECK: tile.subf %{{.*}}, %{{.*}} : tensor<8xf32>
  %subf = tile.subf %x, %x : tensor<8xf32>
  // CHECK: tile.mulf %{{.*}}, %{{.*}} : tensor<8xf32>
  %mulf = tile.mulf %x, %x : tensor<8xf32>
  // CHECK: tile.divf %{{.*}}, %{{.*}} : tensor<8xf32>
  %divf = tile.divf %x, %x : tensor<8xf32>
  // CHECK: tile.maxf %{{.*}}, %{{.*}} : tensor<8xf32>
  %maxf = tile.maxf %x, %x : tensor<8xf32>
  // CHECK: tile.minf %{{.*}}, %{{.*}} : tensor<8xf32>
  %minf = tile.minf %x, %x : tensor<8xf32>
  // CHECK: tile.pow %{{.*}}, %{{.*}} : tensor<8xf32>
  %pow = tile.pow %x, %x : tensor<8xf32>
  // CHECK: tile.negf %{{.*}} : tensor<8xf32>
  %negf = tile.negf %x : tensor<8xf32>
  // CHECK: tile.absf %{{.*}} : tensor<8xf32>
  %absf = tile.absf %x : tensor<8xf32>
  // CHECK: tile.sqrt %{{.*}} : tensor<8xf32>
  %sqrt = tile.sqrt %x : tensor<8xf32>
  // CHECK: tile.exp %{{.*}} : tensor<8xf32>
  %exp = tile.exp %x : tensor<8xf32>
  // CHECK: tile.log %{{.*}} : tensor<8xf32>
  %log = tile.log %x : tensor<8xf32>
  // CHECK: tile.sin %{{.*}} : tensor<8xf32>
  %sin = tile.sin %x : tensor<8xf32>
  // CHECK: tile.cos %{{.*}} : tensor<8xf32>
  %cos = tile.cos %x : tensor<8xf32>
  // CHECK: tile.tanh %{{.*}} : tensor<8xf32>
  %tanh = tile.tanh %x : tensor<8xf32>
  // CHECK: tile.erf %{{.*}} : tensor<8xf32>
  %erf = tile.erf %x : tensor<8xf32>
  // CHECK: tile.floor %{{.*}} : tensor<8xf32>
  %floor = tile.floor %x : tensor<8xf32>
  // CHECK: tile.ceil %{{.*}} : tensor<8xf32>
  %ceil = tile.ceil %x : tensor<8xf32>
  // CHECK: tile.cmpf equal %{{.*}}, %{{.*}} : tensor<8xf32>
  %equal = tile.cmpf equal %x, %x : tensor<8xf32>
  // CHECK: tile.cmpf not_equal %{{.*}}, %{{.*}} : tensor<8xf32>
  %not_equal = tile.cmpf not_equal %x, %x : tensor<8xf32>
  // CHECK: tile.cmpf less_than %{{.*}}, %{{.*}} : tensor<8xf32>
  %less_than = tile.cmpf less_than %x, %x : tensor<8xf32>
  // CHECK: tile.cmpf less_than_or_equal %{{.*}}, %{{.*}} : tensor<8xf32>
  %less_than_or_equal = tile.cmpf less_than_or_equal %x, %x : tensor<8xf32>
  // CHECK: tile.cmpf greater_than %{{.*}}, %{{.*}} : tensor<8xf32>
  %greater_than = tile.cmpf greater_than %x, %x : tensor<8xf32>
  // CHECK: tile.cmpf greater_than_or_equal %{{.*}}, %{{.*}} : tensor<8xf32>
  %greater_than_or_equal = tile.cmpf greater_than_or_equal %x, %x : tensor<8xf32>
  // CHECK: tile.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<8xf32>
  %select = tile.select %equal, %x, %addf : tensor<8xf32>
}

// CHECK-LABEL: tile.entry @integers
tile.entry @integers(%a: memref<8xi32>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero] : memref<8xi32> -> tensor<8xi32>
  // CHECK: tile.addi %{{.*}}, %{{.*}} : tensor<8xi32>
  %addi = tile.addi %x, %x : tensor<8xi32>
  // CHECK: tile.subi %{{.*}}, %{{.*}} : tensor<8xi32>
  %subi = tile.subi %x, %x : tensor<8xi32>
  // CHECK: tile.muli %{{.*}}, %{{.*}} : tensor<8xi32>
  %muli = tile.muli %x, %x : tensor<8xi32>
  // CHECK: tile.divi %{{.*}}, %{{.*}} : tensor<8xi32>
  %divi = tile.divi %x, %x : tensor<8xi32>
  // CHECK: tile.maxi %{{.*}}, %{{.*}} : tensor<8xi32>
  %maxi = tile.maxi %x, %x : tensor<8xi32>
  // CHECK: tile.mini %{{.*}}, %{{.*}} : tensor<8xi32>
  %mini = tile.mini %x, %x : tensor<8xi32>
  // CHECK: tile.andi %{{.*}}, %{{.*}} : tensor<8xi32>
  %andi = tile.andi %x, %x : tensor<8xi32>
  // CHECK: tile.ori %{{.*}}, %{{.*}} : tensor<8xi32>
  %ori = tile.ori %x, %x : tensor<8xi32>
  // CHECK: tile.xori %{{.*}}, %{{.*}} : tensor<8xi32>
  %xori = tile.xori %x, %x : tensor<8xi32>
  // CHECK: tile.cmpi less_than %{{.*}}, %{{.*}} : tensor<8xi32>
  %less = tile.cmpi less_than %x, %x : tensor<8xi32>
}

// CHECK-LABEL: tile.entry @reductions
tile.entry @reductions(%a: memref<4x8xf32>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero, %zero] : memref<4x8xf32> -> tensor<4x8xf32>
  // CHECK: tile.reduce add %{{.*}} axes [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  %0 = tile.reduce add %x axes [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  // CHECK: tile.reduce mul %{{.*}} axes [0] : tensor<4x8xf32> -> tensor<1x8xf32>
  %1 = tile.reduce mul %x axes [0] : tensor<4x8xf32> -> tensor<1x8xf32>
  // CHECK: tile.reduce max %{{.*}} axes [0, 1] : tensor<4x8xf32> -> tensor<1x1xf32>
  %2 = tile.reduce max %x axes [0, 1] : tensor<4x8xf32> -> tensor<1x1xf32>
  // CHECK: tile.reduce maxnum %{{.*}} axes [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  %m = tile.reduce maxnum %x axes [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  // CHECK: tile.reduce min %{{.*}} axes [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  %3 = tile.reduce min %x axes [1] : tensor<4x8xf32> -> tensor<4x1xf32>
}

// CHECK-LABEL: tile.entry @product
tile.entry @product(%a: memref<16x8xf16>, %b: memref<8x4xf16>) grid [1] {
  %zero = arith.constant 0 : index
  %x = tile.load %a[%zero, %zero] : memref<16x8xf16> -> tensor<16x8xf16>
  %y = tile.load %b[%zero, %zero] : memref<8x4xf16> -> tensor<8x4xf16>
  %acc = tile.constant dense<0.0> : tensor<16x4xf32>
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} : tensor<16x8xf16>, tensor<8x4xf16>, tensor<16x4xf32>
  %0 = tile.mma %x, %y, %acc : tensor<16x8xf16>, tensor<8x4xf16>, tensor<16x4xf32>
}
