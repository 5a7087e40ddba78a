// Functions, classes, constants and kernels of different modules may have one
// name, and overloads share theirs: each caller has its own.
// [D005]
// RUN: rm -rf %t && mkdir -p %t && cd %t
// RUN: %ferro-clang -Wall -Wextra -Werror %s -o main %ferro-libs
// RUN: env FERRO_KERNELS=reference ./main | FileCheck %s
// RUN: env FERRO_CACHE=0 FERRO_KERNELS=compiled ./main | FileCheck %s
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] near {
using namespace cutile;
inline constexpr int factor = 2;
struct Step {
  i32 by;
};
inline i32 moved(i32 x, Step step) { return x * factor + step.by; }
inline i32 moved(f32 x, Step step) { return static_cast<i32>(x) - step.by; }
[[cutile::entry]] inline void apply(TensorView<i32, 2> &y) {
  y.store(y.load() + moved(1, {3}) + moved(1.0f, {3}));
}
} // namespace near

namespace [[cutile::module]] far {
using namespace cutile;
inline constexpr int factor = 50;
struct Step {
  i32 by, twice;
};
inline i32 moved(i32 x, Step step) { return x * factor + step.by * step.twice; }
namespace inner {
inline i32 moved(i32 x) { return x + 7000; }
} // namespace inner
[[cutile::entry]] inline void apply(TensorView<i32, 2> &y) {
  y.store(y.load() + moved(1, {3, 100}) + near::moved(1, {4}) + inner::moved(0));
}
} // namespace far

int main() {
  auto y = ferro::zeros<std::int32_t>({2}), z = ferro::zeros<std::int32_t>({2});
  cutile::launch<near::apply>(y.partition({2})).sync();
  cutile::launch<far::apply>(z.partition({2})).sync();
  std::cout << y.data()[1] << ' ' << z.data()[1] << '\n';
}
// 1 * 2 + 3 + 1 - 3, and 50 + 300 + 2 + 4 + 7000
// CHECK: {{^}}3 7356
