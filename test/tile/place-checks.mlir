// RUN: %ferro-compile --steps=tile-canonicalize,place-checks,tile-canonicalize %s | FileCheck %s
// A check is proven, made once a launch or before loops, or stays where it is.
// [G15] [G16] [G18]

// A loop over the tiles of an axis stays among them, and among those of another
// that a check found equally long; of any other axis it need not.
// CHECK-LABEL: tile.kernel @provenance
// CHECK-SAME:    checks = array<i64: 2, 2, 0, 0>
// CHECK:         tile.check launch %{{.*}}, "InvalidArgument", "a and b agree"
// CHECK:         %[[EMPTY:.*]] = arith.cmpi sle, %[[TILES:.*]], %c0
// CHECK:         %[[INSIDE:.*]] = arith.cmpi ult, %{{.*}}, %{{.*}} : i64
// CHECK:         %[[HOLDS:.*]] = arith.ori %[[EMPTY]], %[[INSIDE]]
// CHECK:         tile.check launch %[[HOLDS]], "IndexOutOfBounds", "c"
// CHECK-NOT:     tile.check
tile.kernel @provenance(%a: i64, %b: i64, %c: i64, %v: memref<?xf32, strided<[1]>>) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %eight = arith.constant 8 : i64
  %agree = arith.cmpi eq, %a, %b : i64
  tile.check %agree, "InvalidArgument", "a and b agree"
  %tiles = arith.ceildivui %a, %eight : i64
  scf.for %k = %zero to %tiles step %one : i64 {
    %own = arith.cmpi ult, %k, %tiles : i64
    tile.check %own, "IndexOutOfBounds", "a"
    %others = arith.ceildivui %b, %eight : i64
    %other = arith.cmpi ult, %k, %others : i64
    tile.check %other, "IndexOutOfBounds", "b"
    %strangers = arith.ceildivui %c, %eight : i64
    %strange = arith.cmpi ult, %k, %strangers : i64
    tile.check %strange, "IndexOutOfBounds", "c"
  }
}

// The last block decides for all of them.
// CHECK-LABEL: tile.kernel @blocks
// CHECK-SAME:    checks = array<i64: 1, 1, 0, 0>
// CHECK:         %[[X:.*]], %{{.*}}, %{{.*}} = tile.num_blocks
// CHECK:         %[[LAST:.*]] = arith.subi %[[X]], %{{.*}} : index
// CHECK:         tile.check launch %{{.*}}, "IndexOutOfBounds", "{0} of {1}"(%{{.*}}, %arg0)
// CHECK-NOT:     tile.check
tile.kernel @blocks(%n: i64) {
  %x, %y, %z = tile.block_id : index, index, index
  %three = arith.constant 3 : i64
  %small = arith.index_cast %x : index to i32
  %id = arith.extsi %small : i32 to i64
  %at = arith.addi %id, %three : i64
  %inside = arith.cmpi ult, %at, %n : i64
  tile.check %inside, "IndexOutOfBounds", "{0} of {1}"(%at, %n)
  tile.check %inside, "IndexOutOfBounds", "{0} of {1}"(%at, %n)
}

// What only the block knows is checked before the loop.
// [G21] [G22]
// CHECK-LABEL: tile.kernel @hoisted
// CHECK-SAME:    checks = array<i64: 0, 0, 1, 0>
// CHECK:         tile.tile_to_scalar
// CHECK:         tile.check %{{.*}}, "IndexOutOfBounds", "loaded"
// CHECK-NOT:     tile.check
tile.kernel @hoisted(%n: i64, %v: memref<?xi64, strided<[1]>>) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %start = arith.constant 0 : index
  %tile = tile.load_view %v[%start] axes [0] pad zero : memref<?xi64, strided<[1]>> -> tensor<1xi64>
  %length = tile.tile_to_scalar %tile : tensor<1xi64>
  scf.for %k = %zero to %n step %one : i64 {
    %inside = arith.cmpi ult, %k, %length : i64
    tile.check %inside, "IndexOutOfBounds", "loaded"
  }
}

// What need not run, or not for every index, stays where it is.
// CHECK-LABEL: tile.kernel @stays
// CHECK-SAME:    checks = array<i64: 0, 0, 0, 3>
// CHECK:         scf.if
// CHECK:           tile.check %{{.*}}, "IndexOutOfBounds", "conditional"
// CHECK:         scf.for
// CHECK:           tile.check %{{.*}}, "IndexOutOfBounds", "every other"
// CHECK:         scf.while
// CHECK:           tile.check %{{.*}}, "IndexOutOfBounds", "while"
tile.kernel @stays(%n: i64, %m: i64) {
  %x, %y, %z = tile.block_id : index, index, index
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %two = arith.constant 2 : i64
  %id = arith.index_cast %x : index to i64
  %some = arith.cmpi ult, %id, %m : i64
  scf.if %some {
    %inside = arith.cmpi ult, %id, %n : i64
    tile.check %inside, "IndexOutOfBounds", "conditional"
  }
  scf.for %k = %zero to %m step %two : i64 {
    %inside = arith.cmpi ult, %k, %n : i64
    tile.check %inside, "IndexOutOfBounds", "every other"
  }
  %last = scf.while (%k = %zero) : (i64) -> i64 {
    %goes = arith.cmpi slt, %k, %m : i64
    scf.condition(%goes) %k : i64
  } do {
  ^bb0(%k: i64):
    %inside = arith.cmpi ult, %k, %n : i64
    tile.check %inside, "IndexOutOfBounds", "while"
    %next = arith.addi %k, %one : i64
    scf.yield %next : i64
  }
}
