// FERRO_DUMP shows stages of what is compiled, FERRO_LOG where code came from.
// [G57] [G58]
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang -O1 %s -o %t/main %ferro-libs
// RUN: env FERRO_CACHE=0 FERRO_DUMP=asm,ast %t/main 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: env FERRO_CACHE=0 FERRO_DUMP=tile FERRO_DUMP_ONLY=second %t/main 2>&1 | FileCheck %s --check-prefix=ONLY
// RUN: env FERRO_CACHE=0 FERRO_DUMP=tile FERRO_DUMP_ONLY=kernels::first,third %t/main 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: env FERRO_CACHE=0 FERRO_DUMP=all FERRO_DUMP_DIR=%t/dumps %t/main
// RUN: ls %t/dumps | FileCheck %s --check-prefix=FILES
// RUN: not env FERRO_CACHE=0 FERRO_DUMP=tile,tiles %t/main 2>&1 | FileCheck %s --check-prefix=TYPO
// RUN: env FERRO_CACHE_DIR=%t/cache FERRO_LOG=compile %t/main 2>&1 | FileCheck %s --check-prefix=COMPILED
// RUN: env FERRO_CACHE_DIR=%t/cache FERRO_LOG=compile FERRO_DUMP=tile %t/main 2>&1 | FileCheck %s --check-prefix=CACHED
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;
template <int B> [[cutile::entry]] void first(TensorView<f32, B> &y) { y.store(full<f32, B>(1)); }
template <int B> [[cutile::entry]] void second(TensorView<f32, B> &y) { y.store(full<f32, B>(2)); }
} // namespace kernels

// STAGES: // kernels::first: ast
// STAGES: FunctionDecl
// STAGES: // kernels::first: asm
// STAGES: .text
// STAGES: // kernels::second: ast
// ONLY-NOT: // kernels::first
// ONLY: // kernels::second: tile
// ONLY: tile.kernel
// FIRST: // kernels::first: tile
// FIRST-NOT: // kernels::second
// FILES: 0.kernels.first.asm
// FILES: 0.kernels.first.checks
// FILES: 1.kernels.second.vector
// FILES-NOT: object
// TYPO: FERRO_DUMP: it names tiles; it can name ast, tile, checks, loops, vector, llvm, asm, all
// COMPILED: ferro compile: kernels::first: compiled in {{[0-9.]+}} ms
// CACHED-NOT: tile.kernel
// CACHED: ferro compile: kernels::first: from the disk cache in {{[0-9.]+}} ms
// CACHED-NOT: tile.kernel

int main() {
  auto y = ferro::zeros<float>({8});
  try {
    cutile::launch<kernels::first<8>>(y.partition({8})).sync();
    cutile::launch<kernels::second<8>>(y.partition({8})).sync();
  } catch (const ferro::Error &error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
