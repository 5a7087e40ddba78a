// RUN: %ferro-compile --steps=kernels-to-threads=sm_80 %s | FileCheck %s

// Chains of element-wise ops and reshape stay in a thread's registers: neither
// shared memory nor a barrier.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: ferro.shared = 0 : i64, ferro.threads = 32 : i64
// CHECK-NOT: barrier
// CHECK: arith.addf
// CHECK-NOT: barrier
// CHECK: return
tile.kernel @chain(%x: memref<?xf32, strided<[1]>>) {
  %zero = arith.constant 0 : index
  %t = tile.load_view %x[%zero] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<64xf32>
  %m = tile.reshape %t : tensor<64xf32> -> tensor<8x8xf32>
  %s = tile.addf %m, %m : tensor<8x8xf32>
  %r = tile.reshape %s : tensor<8x8xf32> -> tensor<64xf32>
}

// A permutation goes through shared memory, between two barriers.
// CHECK-LABEL: func.func @turned
// CHECK-SAME: ferro.shared = 2048 : i64
// CHECK: llvm.mlir.addressof @ferro_shared
// CHECK: "llvm.nvvm.barrier.cta.sync.aligned.all"
// CHECK: llvm.load
// CHECK: "llvm.nvvm.barrier.cta.sync.aligned.all"
tile.kernel @turned() {
  %i = tile.iota : tensor<512xi32>
  %m = tile.reshape %i : tensor<512xi32> -> tensor<16x32xi32>
  %p = tile.permute %m axes [1, 0] : tensor<16x32xi32> -> tensor<32x16xi32>
}

// A loop carries a tile as one number for each register.
// CHECK-LABEL: func.func @carried
// CHECK: scf.for {{.*}} iter_args(%{{.*}}, %{{.*}}) -> (f32, f32)
tile.kernel @carried(%count: i64) {
  %n = arith.index_cast %count : i64 to index
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %init = tile.constant dense<1.0> : tensor<64xf32>
  %r = scf.for %k = %zero to %n step %one iter_args(%t = %init) -> (tensor<64xf32>) {
    %d = tile.addf %t, %t : tensor<64xf32>
    scf.yield %d : tensor<64xf32>
  }
}
