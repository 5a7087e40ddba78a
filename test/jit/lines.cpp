// Native code keeps the program's lines and the kernel's name, also of what a
// language header does on behalf of a line: debuggers stop there, profilers
// name it.
// [H66]
// RUN: rm -rf %t && mkdir -p %t && cd %t
// RUN: %ferro-clang -c %s -o main.o
// RUN: %ferro-compile --emit=asm --kernel='kernels::scaled<64>' main.o | FileCheck %s
// RUN: %ferro-compile --emit=object --kernel='kernels::scaled<64>' main.o -o code.so
// RUN: llvm-dwarfdump --debug-line code.so | FileCheck %s --check-prefix=TABLE
#include <cutile/cutile.h>

namespace [[cutile::module]] kernels {
using namespace cutile;
template <int B> [[cutile::entry]] void scaled(TensorView<f32, B> &y, const TensorView<f32, dyn> &x) {
  auto tile = load_tile_like(x, y);
  y.store(exp(tile) *
          2.5f);
}
} // namespace kernels
// CHECK-NOT: .loc {{.*}}/ferro/include
// CHECK: "kernels::scaled<64>":
// CHECK: .loc 1 16
// TABLE: name: "lines.cpp"
// TABLE: {{0x[0-9a-f]+}} 16
