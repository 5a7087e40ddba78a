// A loop whose bounds are constants tells what its variable can be: accesses by
// it need no check, and one that leaves the tensor in some round is told once a
// launch.
// RUN: rm -rf %t && mkdir -p %t && cd %t
// RUN: %ferro-clang -O1 %s -o main %ferro-libs
// RUN: env FERRO_KERNELS=reference ./main | FileCheck %s
// RUN: env FERRO_CACHE=0 FERRO_KERNELS=compiled ./main | FileCheck %s
// RUN: %ferro-compile --emit=checks --kernel='kernels::pieces<256>' main | FileCheck %s --check-prefix=PIECES
// RUN: %ferro-compile --emit=checks --kernel='kernels::strided<256>' main | FileCheck %s --check-prefix=STRIDED
// RUN: %ferro-compile --emit=checks --kernel='kernels::given<256>' main | FileCheck %s --check-prefix=GIVEN
// RUN: %ferro-compile --emit=checks --kernel='kernels::beyond<256>' main | FileCheck %s --check-prefix=BEYOND
// RUN: %ferro-compile --emit=checks --kernel='kernels::wrapped<256>' main | FileCheck %s --check-prefix=WRAPPED
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

// [D043]
template <int B> [[cutile::entry]] void pieces(TensorView<f32, B> &y) {
  auto tiles = y.template partition_mut<B / 64>();
  for (i32 k = 0; k < 64; ++k)
    tiles.store(full<f32, B / 64>(static_cast<f32>(k)), k);
}
// PIECES: {{^}}1 proven, 0 at launch, 0 before a loop, 0 in place

template <int B> [[cutile::entry]] void strided(TensorView<f32, B> &y) {
  auto tiles = y.template partition_mut<B / 64>();
  for (i32 k = 1; k < 64; k += 2)
    tiles.store(full<f32, B / 64>(-1), k - 1);
}
// STRIDED: {{^}}1 proven, 0 at launch, 0 before a loop, 0 in place

template <int B> [[cutile::entry]] void given(TensorView<f32, B> &y, i32 count) {
  auto tiles = y.template partition_mut<B / 64>();
  for (i32 k = 0; k < count; ++k)
    tiles.store(full<f32, B / 64>(1), k);
}
// GIVEN: {{^}}0 proven

template <int B> [[cutile::entry]] void beyond(TensorView<f32, B> &y) {
  auto tiles = y.template partition_mut<B / 64>();
  for (i32 k = 0; k < 65; ++k)
    tiles.store(full<f32, B / 64>(1), k);
}
// BEYOND: loop-facts.cpp:{{.*}}: at launch: store to parameter 1 (y)
// BEYOND: {{^}}0 proven, 1 at launch

// What can wrap is not believed.
template <int B> [[cutile::entry]] void wrapped(TensorView<f32, B> &y) {
  auto tiles = y.template partition_mut<B / 64>();
  for (i32 k = 0; k < 64; ++k)
    tiles.store(full<f32, B / 64>(1), static_cast<i8>(k * 4));
}
// WRAPPED: {{^}}0 proven

// Stores of all rounds to one place happen in the order of the rounds, and loads
// between them see the last one.
// [D184]
template <int B> [[cutile::entry]] void overwritten(TensorView<f32, B> &y) {
  auto tiles = y.template partition_mut<B / 4>();
  tiles.store(full<f32, B / 4>(1), 0);
  for (i32 k = 0; k < 5; ++k) {
    tiles.store(tiles.load(0) * 10.0f + full<f32, B / 4>(static_cast<f32>(k)), 0);
    tiles.store(full<f32, B / 4>(static_cast<f32>(-k)), 3);
  }
}
} // namespace kernels

int main() {
  auto show = [](const char *name, auto &y) {
    std::cout << name;
    for (int i : {0, 4, 8, 12, 252})
      std::cout << ' ' << y.data()[static_cast<std::size_t>(i)];
    std::cout << '\n';
  };
  auto y = ferro::zeros<float>({256});
  cutile::launch<kernels::pieces<256>>(y.partition({256})).sync();
  show("pieces", y);
  cutile::launch<kernels::strided<256>>(y.partition({256})).sync();
  show("strided", y);
  cutile::launch<kernels::given<256>>(y.partition({256}), 2).sync();
  show("given", y);
  cutile::launch<kernels::overwritten<256>>(y.partition({256})).sync();
  show("overwritten", y);
  for (auto launch : {+[](ferro::Tensor<float> to) { cutile::launch<kernels::beyond<256>>(to.partition({256})).sync(); },
                      +[](ferro::Tensor<float> to) { cutile::launch<kernels::wrapped<256>>(to.partition({256})).sync(); }})
    try {
      launch(y);
    } catch (const ferro::Error &error) {
      std::cout << error.what() << '\n';
    }
}
// CHECK: pieces 0 1 2 3 63
// CHECK: strided -1 1 -1 3 63
// CHECK: given 1 1 -1 3 63
// CHECK: overwritten 101234 101234 101234 101234 -4
// CHECK: kernels::beyond{{.*}}: index 64 {{.*}} outside of
// CHECK: kernels::wrapped{{.*}}: index {{-128|64}} {{.*}} outside of
