// Where checks are made changes no result: with all of them in the blocks
// launches end as they do with those at launch. These say the tensor, the axis,
// the relation and the values.
// [G20] [G31] [G35]
// RUN: rm -rf %t && mkdir -p %t && cd %t
// RUN: %ferro-clang -O1 %s -o main %ferro-libs
// RUN: env FERRO_CACHE_DIR=%t/cache ./main | FileCheck %s --check-prefixes=CHECK,LAUNCH
// RUN: env FERRO_CACHE_DIR=%t/cache ./main | FileCheck %s --check-prefixes=CHECK,LAUNCH
// [G34] [J09]
// RUN: env FERRO_CACHE=0 FERRO_CHECKS=block ./main | FileCheck %s --check-prefixes=CHECK,BLOCK
// RUN: env FERRO_CACHE=0 FERRO_CHECKS=nohoist ./main | FileCheck %s --check-prefixes=CHECK,BLOCK
// RUN: env FERRO_KERNELS=reference ./main | FileCheck %s
// RUN: env FERRO_CACHE=0 FERRO_CHECKS=none ./main | FileCheck %s --check-prefix=NONE
// NONE: FERRO_CHECKS: it is none; it can be auto, block or nohoist
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;
template <int B> [[cutile::entry]] void shifted(TensorView<f32, B> &y, const TensorView<f32, dyn> &x) {
  y.store(x.partition<B>().load(tile_block_id().x + 1));
}
template <int B> [[cutile::entry]] void added(TensorView<f32, B> &y, const TensorView<f32, dyn> &x, i32 tiles) {
  auto sum = zeros<f32, B>();
  for (i32 k = 0; k < tiles; ++k)
    sum += x.partition<B>().load(k);
  y.store(sum);
}
template <int B> [[cutile::entry]] void guarded(TensorView<f32, B> &y, const TensorView<f32, dyn> &x) {
  auto tiles = x.partition<B>();
  i32 block = tile_block_id().x;
  if (block < num_tiles(tiles, 0))
    y.store(tiles.load(block));
}
// The tiles of this block's tile are not those of the tensor, nor the blocks'.
template <int B> [[cutile::entry]] void framed(TensorView<f32, B> &y, const TensorView<f32, dyn> &x) {
  auto own = y.template partition_mut<B / 2>();
  auto all = x.partition<B / 2>();
  for (auto k : num_tiles(all, 0))
    own.store(all.load(k), k);
}
} // namespace kernels

using Tensor = ferro::Tensor<float>;
template <typename Launch> static void run(const char *name, Tensor y, Launch launch) {
  try {
    y.zero_();
    launch.sync();
    float sum = 0;
    for (float each : y.to_vector())
      sum += each;
    std::cout << name << ": " << sum << '\n';
  } catch (const ferro::Error &error) {
    std::cout << name << ": " << error.what() << '\n';
  }
}

int main() {
  Tensor x = ferro::ones<float>({100}), y = ferro::zeros<float>({64}), long_ = ferro::zeros<float>({160});
  using cutile::launch;
  // CHECK: shifted: 64
  run("shifted", y, launch<kernels::shifted<32>>(y.partition({32}), x));
  // CHECK: shifted: kernels::shifted: load of parameter 2{{.*}}: index {{[4-9]}} on axis 0 is outside of 4 tiles of 32 (extent 100)
  run("shifted", long_, launch<kernels::shifted<32>>(long_.partition({32}), x));
  // CHECK: added: 192
  run("added", y, launch<kernels::added<32>>(y.partition({32}), x, 3));
  // CHECK: added: 0
  run("added", y, launch<kernels::added<32>>(y.partition({32}), x, 0));
  // CHECK: added: 0
  run("added", y, launch<kernels::added<32>>(y.partition({32}), ferro::zeros<float>({0}), -1));
  // LAUNCH: added: kernels::added: load of parameter 2 (x): index 4 on axis 0 is outside of 4 tiles of 32 (extent 100), at {{.*}}checks.cpp:27:29
  // BLOCK: added: kernels::added: load of parameter 2 (x) in block (0, 0, 0): index 4 on axis 0 is outside of 4 tiles of 32 (extent 100), at {{.*}}checks.cpp:27:29
  run("added", y, launch<kernels::added<32>>(y.partition({32}), x, 5));
  // CHECK: guarded: 100
  run("guarded", long_, launch<kernels::guarded<32>>(long_.partition({32}), x));
  // CHECK: framed: 64
  run("framed", y, launch<kernels::framed<32>>(y.partition({32}), ferro::ones<float>({32})));
  // CHECK: framed: kernels::framed: store to parameter 1{{.*}}: index {{[2-9]}} on axis 0 is outside of 2 tiles of 16 (extent 32)
  run("framed", y, launch<kernels::framed<32>>(y.partition({32}), x));
}
