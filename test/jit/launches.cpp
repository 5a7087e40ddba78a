// Launches as native code: what is compiled is kept, for each layout of the
// tensors; a check that fails on any thread ends the launch.
// [D180] [G28] [G56]
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang %s -o %t/main %ferro-libs
// RUN: %clangxx -DPLAIN %s -o %t/plain %ferro-libs
// RUN: env FERRO_CACHE_DIR=%t/cache FERRO_KERNELS=compiled FERRO_NUM_THREADS=4 %t/main | FileCheck %s --check-prefixes=CHECK,FIRST
// RUN: env FERRO_CACHE_DIR=%t/cache FERRO_KERNELS=compiled FERRO_NUM_THREADS=4 %t/main | FileCheck %s --check-prefixes=CHECK,SECOND
// RUN: env FERRO_CACHE=0 FERRO_NUM_THREADS=4 %t/main | FileCheck %s --check-prefixes=CHECK,FIRST
// RUN: env FERRO_KERNELS=reference %t/main | FileCheck %s --check-prefix=REFERENCE
// RUN: env FERRO_CACHE=0 FERRO_NUM_THREADS=4 FERRO_CHECKS=block %t/main | FileCheck %s --check-prefix=THREAD
// THREAD: limited: kernels::limited: check in block ({{[3-9]|[1-9][0-9]+}}, 0, 0): not so many blocks, at
// RUN: %t/plain | FileCheck %s --check-prefix=AUTO
// RUN: env FERRO_KERNELS=compiled %t/plain | FileCheck %s --check-prefix=PLAIN
// RUN: env FERRO_KERNELS=wood %t/plain | FileCheck %s --check-prefix=WOOD
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;
template <int B> [[cutile::entry]] void twice(TensorView<f32, 1, B> &y, const TensorView<f32, dyn, dyn> &x) {
  y.store(2 * load_tile_like(x, y));
}
template <int B> [[cutile::entry]] void limited(TensorView<f32, B> &y, i32 limit) {
  check(tile_block_id().x < limit, "not so many blocks");
  y.store(y.load() + 1);
}
template <int B> [[cutile::entry]] void beyond(TensorView<f32, B> &y, const TensorView<f32, dyn> &x) {
  y.store(x.partition<B>().load(tile_block_id().x + 1));
}
} // namespace kernels

using Tensor = ferro::Tensor<float>;
template <typename Launch> static void run(const char *name, Launch launch) {
  try {
    launch.sync();
    std::cout << name << ": " << ferro::cache::stats().compiles << " compiled, "
              << ferro::cache::stats().diskHits << " from disk\n";
  } catch (const ferro::Error &error) {
    std::cout << name << ": " << error.what() << '\n';
  }
}

int main() {
  Tensor x = ferro::randn<float>({3, 100}), y = ferro::zeros<float>({3, 100});
  // PLAIN: plain: kernels::twice: FERRO_KERNELS is compiled, and the program does not hold this kernel's source: was it compiled with the plugin?
  // AUTO: plain: 0 compiled, 0 from disk
  // WOOD: plain: FERRO_KERNELS: it is wood; it can be auto, compiled or reference
#ifdef PLAIN
  run("plain", cutile::launch<kernels::twice<32>>(y.partition({1, 32}), x));
#else
  // FIRST: first: 1 compiled, 0 from disk
  // SECOND: first: 0 compiled, 1 from disk
  // REFERENCE: first: 0 compiled, 0 from disk
  run("first", cutile::launch<kernels::twice<32>>(y.partition({1, 32}), x));
  // FIRST-NEXT: again: 1 compiled, 0 from disk
  run("again", cutile::launch<kernels::twice<32>>(y.partition({1, 32}), x));
  // Neighbours that are no neighbours in memory ask for other code.
  Tensor columns = ferro::randn<float>({100, 3});
  // FIRST-NEXT: columns: 2 compiled, 0 from disk
  run("columns", cutile::launch<kernels::twice<32>>(y.partition({1, 32}), ferro::transpose(columns, 0, 1)));
  auto given = columns.to_vector(), made = y.to_vector();
  bool isRight = true;
  for (std::size_t i = 0; i < 300; ++i)
    isRight &= made[i] == 2 * given[i % 100 * 3 + i / 100];
  // CHECK: right: 1
  std::cout << "right: " << isRight << '\n';
  // CHECK: limited: kernels::limited: check: not so many blocks, at {{.*}}launches.cpp:26:3
  Tensor many = ferro::zeros<float>({4'000'000});
  run("limited", cutile::launch<kernels::limited<1024>>(many.partition({1024}), 3));
  // CHECK: beyond: kernels::beyond: load of parameter 2 (x): index 4 on axis 0 is outside of 4 tiles of 32 (extent 100), at {{.*}}launches.cpp:30:{{[0-9]+}}
  Tensor row = ferro::randn<float>({100}), out = ferro::zeros<float>({100});
  run("beyond", cutile::launch<kernels::beyond<32>>(out.partition({32}), row));
#endif
}
