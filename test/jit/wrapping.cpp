// An index that wraps on its way is not between its first and its last: the
// check before the loop says no where the one in the loop would.
// [G26] [G22]
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang -O1 %s -o %t/main %ferro-libs
// RUN: env FERRO_CACHE=0 %t/main | FileCheck %s
// RUN: %ferro-compile --emit=checks --kernel='kernels::strided<4>' %t/main | FileCheck %s --check-prefix=PLACES
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;
// The last index is 0 again where turns is 65537 and step 65536.
template <int B> [[cutile::entry]] void strided(TensorView<f32, B> &y, const TensorView<f32, dyn> &x, i32 turns) {
  auto tiles = x.template partition<B>();
  auto sum = zeros<f32, B>();
  for (i32 k = 0; k < turns; ++k)
    sum += tiles.load(k * 65536);
  y.store(sum);
}
// The same, where the ends of the loop are known when it is compiled.
template <int B, i32 Turns> [[cutile::entry]] void counted(TensorView<f32, B> &y, const TensorView<f32, dyn> &x) {
  auto tiles = x.template partition<B>();
  auto sum = zeros<f32, B>();
  for (i32 k = 0; k < Turns; ++k)
    sum += tiles.load(k * 65536);
  y.store(sum);
}
// PLACES: at launch: load of parameter 2 (x)
} // namespace kernels

int main() {
  auto x = ferro::randn<float>({4 * 65537}), y = ferro::zeros<float>({4});
  auto run = [&](int turns) {
    try {
      cutile::launch<kernels::strided<4>>(y.partition({4}), x, turns).sync();
      std::cout << turns << " ran\n";
    } catch (const ferro::Error &error) {
      std::cout << turns << " refused: " << error.what() << '\n';
    }
  };
  // CHECK: 0 ran
  run(0);
  // CHECK: 2 ran
  run(2);
  // CHECK: 3 refused: kernels::strided: load of parameter 2 (x): index
  run(3);
  // CHECK: 65537 refused: kernels::strided: load of parameter 2 (x): index
  run(65537);
  // The last index would be inside, if it did not wrap on its way.
  x = ferro::expand(ferro::ones<float>({1}), {std::int64_t(1) << 36});
  // CHECK: 32768 ran
  run(32768);
  // CHECK: 65536 refused: kernels::strided: load of parameter 2 (x): index
  run(65536);
  try {
    cutile::launch<kernels::counted<4, 32768>>(y.partition({4}), x).sync();
    // CHECK: 32768 counted
    std::cout << "32768 counted\n";
    cutile::launch<kernels::counted<4, 65536>>(y.partition({4}), x).sync();
    std::cout << "65536 counted\n";
  } catch (const ferro::Error &error) {
    // CHECK-NEXT: 65536 refused: kernels::counted: load of parameter 2 (x): index
    std::cout << "65536 refused: " << error.what() << '\n';
  }
}
