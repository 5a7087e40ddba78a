// The options of entries: preconditions are checked at launch and believed in
// the kernel; a kernel can deny checks in its blocks, or go without any.
// [G19] [G29] [G30]
// RUN: rm -rf %t && mkdir -p %t && cd %t
// RUN: %ferro-clang -O1 %s -o main %ferro-libs
// RUN: env FERRO_CACHE=0 ./main | FileCheck %s
// RUN: %ferro-compile --emit=checks --kernel='kernels::believed<16>' main | FileCheck %s --check-prefix=BELIEVED
// RUN: %ferro-compile --emit=checks --kernel='kernels::doubted<16>' main | FileCheck %s --check-prefix=DOUBTED
// RUN: %ferro-compile --emit=checks --kernel='kernels::careless<16>' main | FileCheck %s --check-prefix=CARELESS
// RUN: not %ferro-compile --emit=checks --kernel='kernels::denied<16>' main 2>&1 | FileCheck %s --check-prefix=DENIED
// RUN: not %ferro-compile --emit=checks --kernel='kernels::never<16>' main 2>&1 | FileCheck %s --check-prefix=NEVER
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;
template <int B>
[[cutile::entry(deny_in_kernel_checks, preconditions = (dim(a, 0) == dim(b, 0), dim(a, 0) % 16 == 0))]] void
believed(TensorView<f32, B> &y, const TensorView<f32, dyn> &a, const TensorView<f32, dyn> &b) {
  auto sum = zeros<f32, B>();
  auto pa = a.partition<B>(), pb = b.partition<B>();
  for (auto k : num_tiles(pa, 0))
    sum += pa.load(k) * pb.load(k);
  y.store(sum);
}
// BELIEVED: options.cpp:2{{[0-9]:[0-9]+}}: at launch: precondition: dim(a, 0) == dim(b, 0); they are {0} and {1}
// BELIEVED: at launch: precondition: dim(a, 0) % 16 == 0; it is {0}
// BELIEVED: 2 proven, 2 at launch, 0 before a loop, 0 in place

template <int B>
[[cutile::entry]] void doubted(TensorView<f32, B> &y, const TensorView<f32, dyn> &a, const TensorView<f32, dyn> &b) {
  auto sum = zeros<f32, B>();
  auto pa = a.partition<B>(), pb = b.partition<B>();
  for (auto k : num_tiles(pa, 0))
    sum += pa.load(k) * pb.load(k);
  y.store(sum);
}
// DOUBTED: 1 proven, 1 at launch, 0 before a loop, 0 in place

// [D010]
template <int B>
[[cutile::entry(unchecked_accesses), cutile::unsafe]] void careless(TensorView<f32, B> &y,
                                                                    const TensorView<f32, dyn> &a, i32 at) {
  y.store(a.partition<B>().load(at));
}
// CARELESS: {{^}}0 proven, 0 at launch, 0 before a loop, 0 in place

// [D011]
template <int B>
[[cutile::entry(deny_in_kernel_checks)]] void denied(TensorView<f32, B> &y, const TensorView<i32, dyn> &at) {
  auto tiles = y.template partition_mut<1>();
  tiles.store(full<f32, 1>(1), static_cast<i32>(at.partition<1>().load(0)));
}
// DENIED: options.cpp:53:{{[0-9]+}}: error: deny_in_kernel_checks: nothing that is known at launch proves this access; its check would be "store to parameter 1 (y): index {0} on axis 0 is outside of {1} tiles of 1 (extent {2})"

// What no launch can make right does not compile.
// [G17]
template <int B> [[cutile::entry]] void never(TensorView<f32, B> &y) {
  y.store(y.load() + y.template partition_mut<B>().load(1));
}
// NEVER: options.cpp:60:{{[0-9]+}}: error: load of parameter 1 (y): index 1 on axis 0 is outside of 1 tiles of 16 (extent 16)
} // namespace kernels

template <typename Launch> static void run(Launch launch) {
  try {
    launch.sync();
    std::cout << "ran\n";
  } catch (const ferro::Error &error) {
    std::cout << error.what() << '\n';
  }
}

int main() {
  auto y = ferro::zeros<float>({16});
  auto ones = [](std::int64_t n) { return ferro::ones<float>({n}); };
  // CHECK: ran
  run(cutile::launch<kernels::believed<16>>(y.partition({16}), ones(64), ones(64)));
  // CHECK: {{^4$}}
  std::cout << y.to_vector()[3] << '\n';
  // CHECK: kernels::believed: precondition: dim(a, 0) == dim(b, 0); they are 64 and 32, at {{.*}}options.cpp:2
  run(cutile::launch<kernels::believed<16>>(y.partition({16}), ones(64), ones(32)));
  // CHECK: kernels::believed: precondition: dim(a, 0) % 16 == 0; it is 40, at
  run(cutile::launch<kernels::believed<16>>(y.partition({16}), ones(40), ones(40)));
  // CHECK: ran
  run(cutile::launch<kernels::careless<16>>(y.partition({16}), ones(64), 3));
}
