// A kernel is compiled from the source that its program keeps, names and all:
// the files may be gone.
// [F01] [F16] [F17]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang -c main.cpp -o main.o && rm main.cpp lib.h
// RUN: %ferro-compile --emit=ast --kernel='kernels::k<64>' main.o | FileCheck main.txt

//--- lib.h
#pragma once
#include <cutile/cutile.h>
namespace [[cutile::module]] lib {
using namespace cutile;
template <int N> Tile<f32, N> sum(Tile<f32, N> x) { return x + x; }
struct Scale {
  f32 by;
  static Scale twice(f32 x) { return {2 * x}; }
  f32 get() const { return by; }
};
} // namespace lib
//--- main.cpp
#include "lib.h"
static constexpr int offset = 3;
#define HALF 0.5f
namespace [[cutile::module]] kernels {
using namespace cutile;
namespace alias = lib;
template <int B> using Row = Tile<f32, B>;
template <int B>
[[cutile::entry]] void k(TensorView<f32, B> &y) {
  using lib::sum; // before cutile::sum
  Row<B> x = sum(y.load());
  f32 abs = alias::Scale::twice(HALF).get(); // before cutile::abs
  y.store(x * abs + float(offset));
}
} // namespace kernels
//--- main.txt
// CHECK: FunctionDecl {{.*}}<{{.*}}main.cpp:9:19, line:14:1> line:9:24 used k 'void (TensorView<f32, 64> &)' implicit_instantiation
// [F18]
// CHECK: VarDecl {{.*}} x 'Row<64>':'cutile::Tile<float, 64>'
// CHECK: Function {{.*}} 'sum' 'Tile<f32, 64> (Tile<f32, 64>)'
// CHECK: VarDecl {{.*}} abs 'f32':'float'
// CHECK: CXXMethod {{.*}} 'twice' 'Scale (f32)'
// CHECK: FloatingLiteral {{.*}} 5.000000e-01
// CHECK: Var {{.*}} 'abs' 'f32':'float'
// CHECK: Var {{.*}} 'offset' 'const int'
