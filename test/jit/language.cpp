// Captured source is read as what it was written in.
// RUN: %ferro-clang -std=c++23 -funsigned-char -c %s -o %t.o
// RUN: %ferro-compile --emit=ast --kernel='kernels::k<64>' %t.o | FileCheck %s
#include <cutile/cutile.h>
namespace [[cutile::module]] kernels {
using namespace cutile;
template <int B>
[[cutile::entry]] void k(TensorView<f32, B> &y) {
  static_assert(char(-1) > 0 && __cplusplus > 202002L);
  // CHECK: CXXFunctionalCastExpr {{.*}} 'Tile<float, 64>':'cutile::Tile<float, 64>'
  y.store(auto(y.load()));
}
} // namespace kernels
