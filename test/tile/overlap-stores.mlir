// RUN: %ferro-compile --steps=overlap-stores %s | FileCheck %s

// The loop that stores a row runs inside the next row's computation, at each
// position before the row in scratch is overwritten there.
// CHECK-LABEL: func.func private @rows
// CHECK:         %[[SCRATCH:.*]] = memref.alloca
// CHECK:         %[[ANY:.*]] = arith.cmpi slt, %[[BEGIN:.*]], %[[END:.*]] :
// CHECK:         scf.if %[[ANY]] {
// CHECK:           %[[SUM:.*]] = scf.for
// CHECK-NOT:         ferro.stream
// CHECK:           %[[LAST:.*]]:2 = scf.for %[[ROW:.*]] = %{{.*}} to %[[END]] {{.*}} iter_args(%[[TOTAL:.*]] = %[[SUM]], %[[BEFORE:.*]] = %[[BEGIN]])
// CHECK:             %[[NEXT:.*]] = scf.for
// CHECK:               %[[OLD:.*]] = memref.load %[[SCRATCH]]
// CHECK:               %[[RESULT:.*]] = arith.mulf %[[OLD]], %[[TOTAL]]
// CHECK:               memref.store %[[RESULT]], %{{.*}}[%[[BEFORE]], %{{.*}}] {ferro.stream}
// CHECK:               memref.load %{{.*}}[%[[ROW]],
// CHECK:               memref.store %{{.*}}, %[[SCRATCH]]
// CHECK:             scf.yield %[[NEXT]], %[[ROW]]
// CHECK:           scf.for
// CHECK:             arith.mulf %{{.*}}, %[[LAST]]#0
// CHECK:             memref.store %{{.*}}[%[[LAST]]#1, %{{.*}}] {ferro.stream}
func.func private @rows(%a: memref<8x64xf32>, %b: memref<8x64xf32>, %begin: index, %end: index) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  scf.for %row = %begin to %end step %1 {
    %scratch = memref.alloca() : memref<1x64xf32>
    %length = arith.constant 64 : index
    %zero = arith.constant 0.0 : f32
    %sum = scf.for %i = %0 to %length step %1 iter_args(%s = %zero) -> (f32) {
      %x = memref.load %a[%row, %i] : memref<8x64xf32>
      memref.store %x, %scratch[%0, %i] : memref<1x64xf32>
      %next = arith.addf %s, %x : f32
      scf.yield %next : f32
    } {ferro.kinds = array<i64: 0>, ferro.vector}
    scf.for %i = %0 to %length step %1 {
      %x = memref.load %scratch[%0, %i] : memref<1x64xf32>
      %y = arith.mulf %x, %sum : f32
      memref.store %y, %b[%row, %i] {ferro.stream} : memref<8x64xf32>
    } {ferro.vector}
  }
  return
}

// Results that stay in the cache are stored when they are there.
// CHECK-LABEL: func.func private @small
// CHECK-NOT:     scf.if
func.func private @small(%a: memref<8x64xf32>, %b: memref<8x64xf32>, %begin: index, %end: index) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %length = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  scf.for %row = %begin to %end step %1 {
    %sum = scf.for %i = %0 to %length step %1 iter_args(%s = %zero) -> (f32) {
      %x = memref.load %a[%row, %i] : memref<8x64xf32>
      %next = arith.addf %s, %x : f32
      scf.yield %next : f32
    } {ferro.kinds = array<i64: 0>, ferro.vector}
    scf.for %i = %0 to %length step %1 {
      memref.store %sum, %b[%row, %i] : memref<8x64xf32>
    } {ferro.vector}
  }
  return
}

// The first loop of the next row overwrites what the store needs.
// CHECK-LABEL: func.func private @overwritten
// CHECK-NOT:     scf.if
func.func private @overwritten(%a: memref<8x64xf32>, %b: memref<8x64xf32>, %begin: index, %end: index) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %length = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  scf.for %row = %begin to %end step %1 {
    %scratch = memref.alloca() : memref<1x64xf32>
    scf.for %i = %0 to %length step %1 {
      %x = memref.load %a[%row, %i] : memref<8x64xf32>
      memref.store %x, %scratch[%0, %i] : memref<1x64xf32>
    } {ferro.vector}
    %sum = scf.for %i = %0 to %length step %1 iter_args(%s = %zero) -> (f32) {
      %x = memref.load %scratch[%0, %i] : memref<1x64xf32>
      %next = arith.addf %s, %x : f32
      scf.yield %next : f32
    } {ferro.kinds = array<i64: 0>, ferro.vector}
    scf.for %i = %0 to %length step %1 {
      %x = memref.load %scratch[%0, %i] : memref<1x64xf32>
      %y = arith.mulf %x, %sum : f32
      memref.store %y, %b[%row, %i] {ferro.stream} : memref<8x64xf32>
    } {ferro.vector}
  }
  return
}

// The store reads what other rows of the loop write.
// CHECK-LABEL: func.func private @shared
// CHECK-NOT:     scf.if
func.func private @shared(%a: memref<8x64xf32>, %b: memref<8x64xf32>, %c: memref<8x64xf32>, %begin: index, %end: index) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %length = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  scf.for %row = %begin to %end step %1 {
    %sum = scf.for %i = %0 to %length step %1 iter_args(%s = %zero) -> (f32) {
      %x = memref.load %a[%row, %i] : memref<8x64xf32>
      memref.store %x, %c[%row, %i] : memref<8x64xf32>
      %next = arith.addf %s, %x : f32
      scf.yield %next : f32
    } {ferro.kinds = array<i64: 0>, ferro.vector}
    scf.for %i = %0 to %length step %1 {
      %x = memref.load %c[%row, %i] : memref<8x64xf32>
      %y = arith.mulf %x, %sum : f32
      memref.store %y, %b[%row, %i] {ferro.stream} : memref<8x64xf32>
    } {ferro.vector}
  }
  return
}
