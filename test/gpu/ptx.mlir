// RUN: %ferro-compile --emit=ptx --target=sm_80 %s | FileCheck %s --check-prefixes=CHECK,SM80
// RUN: %ferro-compile --emit=ptx --target=sm_86 %s | FileCheck %s --check-prefixes=CHECK,SM86
// RUN: %ferro-compile --emit=ptx --target=sm_89 %s | FileCheck %s --check-prefixes=CHECK,SM89
// RUN: %ferro-compile --emit=ptx --target=sm_90a %s | FileCheck %s --check-prefixes=CHECK,SM90
// RUN: %ferro-compile --emit=ptx --target=sm_100a %s | FileCheck %s --check-prefixes=CHECK,SM100
// RUN: %ferro-compile --emit=ptx --target=sm_120 %s | FileCheck %s --check-prefixes=CHECK,SM120

// A line for the launcher, the target with its version of PTX, vectors of 16
// bytes, shuffles before shared memory.

// CHECK: // ferro {"checks":{{\[\[}}"IndexOutOfBounds","row {0}\nuser.cpp:7:3"]],"globals":[],"kernel":"rows","shared":{{[0-9]+}},"threads":32,"words":8}
// SM80: .version 8.0
// SM80-NEXT: .target sm_80
// SM86: .version 8.0
// SM86-NEXT: .target sm_86
// SM89: .version 8.4
// SM89-NEXT: .target sm_89
// SM90: .version 8.6
// SM90-NEXT: .target sm_90a
// SM100: .version 8.6
// SM100-NEXT: .target sm_100a
// SM120: .version 8.7
// SM120-NEXT: .target sm_120
// CHECK: .visible .entry rows(
// CHECK: .param .align 16 .b8 rows_param_2[64]
// CHECK: .reqntid 32
// CHECK-DAG: atom.{{.*}}global.cas.b32
// CHECK-DAG: exit;
// CHECK-DAG: ld.global.v4.b32
// CHECK-DAG: shfl.sync.bfly.b32
// CHECK-DAG: bar.sync
// CHECK-DAG: st.global.v4.b32
tile.kernel @rows(%x: memref<?xf32, strided<[1]>>, %n: i64) attributes {places = array<i64: 24, 56>, words = 8 : i64} {
  %b, %b1, %b2 = tile.block_id : index, index, index
  %width = arith.constant 256 : index
  %at = arith.muli %b, %width : index
  %start = arith.index_cast %at : index to i64
  %holds = arith.cmpi slt, %start, %n : i64
  tile.check %holds, "IndexOutOfBounds", "row {0}"(%start) loc("user.cpp":7:3)
  %t = tile.load_view %x[%at] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<256xf32>
  %sum = tile.reduce add %t axes [0] : tensor<256xf32> -> tensor<1xf32>
  %wide = tile.broadcast %sum : tensor<1xf32> -> tensor<256xf32>
  %r = tile.divf %t, %wide : tensor<256xf32>
  tile.store_view %r, %x[%at] axes [0] : tensor<256xf32> -> memref<?xf32, strided<[1]>>
}
