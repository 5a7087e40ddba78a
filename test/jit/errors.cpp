// What does not compile is said at the user's lines, with the way through what
// was inlined, and nothing of the compiler's own.
// [D186] [D188] [G63]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang -c main.cpp -o main.o
// RUN: not %ferro-compile --emit=ast --kernel='kernels::k<256>' main.o 2>&1 | FileCheck main.txt --check-prefix=HELPER
// RUN: not %ferro-compile --emit=ast --kernel='kernels::k<24>' main.o 2>&1 | FileCheck main.txt --check-prefix=SHAPE
// RUN: not %ferro-compile --emit=ast --kernel='kernels::k<a>' main.o 2>&1 | FileCheck main.txt --check-prefix=REQUEST
// RUN: not %ferro-compile --emit=ast --kernel='kernels::absent<8>' main.o 2>&1 | FileCheck main.txt --check-prefix=ABSENT
// RUN: not %ferro-compile --emit=graph --kernel='kernels::k<8>' main.o 2>&1 | FileCheck main.txt --check-prefix=STAGE
// RUN: not %ferro-compile --emit=ast %S/../compile/exp-is-inlined.graph 2>&1 | FileCheck main.txt --check-prefix=GRAPH
// RUN: not %ferro-compile --emit=ast --kernel='kernels::helper' main.o 2>&1 | FileCheck main.txt --check-prefix=HOST

//--- lib.h
#pragma once
#include <cutile/cutile.h>
namespace [[cutile::module]] lib {
template <int N> void limited() {
  static_assert(N <= 128, "at most 128 columns");
}
} // namespace lib
//--- main.cpp
#include "lib.h"
namespace [[cutile::module]] kernels {
using namespace cutile;
inline void helper() {}
template <int B>
[[cutile::entry]] void k(TensorView<f32, B> &y) {
  helper();
  lib::limited<B>();
  y.store(y.load());
}
} // namespace kernels
//--- main.txt
// HELPER:      CompilationFailed: compiler: {{[^ ]*}}lib.h:5:17: error: static assertion failed due to requirement '256 <= 128': at most 128 columns
// HELPER:      5 |   static_assert(N <= 128, "at most 128 columns");
// HELPER:      main.cpp:8:8: note: in instantiation of function template specialization 'lib::limited<256>' requested here
// HELPER:      the request for a kernel:1:{{[0-9]+}}: note: in instantiation of function template specialization 'kernels::k<256>' requested here
// HELPER-NOT:  error:
// SHAPE:       CompilationFailed: compiler: {{.*}}cutile/Tile.h:{{.*}}: error: static assertion failed: each extent of a tile is a power of two
// SHAPE:       main.cpp:9:13: note: in instantiation of template class 'cutile::Tile<float, 24>' requested here
// REQUEST:     the request for a kernel:1:{{[0-9]+}}: error: use of undeclared identifier 'a'
// ABSENT:      ModuleNotFound: ferro-compile: main.o has no kernel kernels::absent; --list shows those it has
// STAGE:       InvalidArgument: ferro-compile: a kernel has no stage graph; it has ast, checks, tile, loops, vector, llvm, asm and object
// GRAPH:       InvalidArgument: ferro-compile: --emit=ast shows a kernel: name it by --kernel
// HOST:        ModuleNotFound: ferro-compile: main.o has no kernel kernels::helper; --list shows those it has
