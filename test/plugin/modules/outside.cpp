// What a module needs from outside travels with it, or is refused.
// [S16] [F09] [F10]
// RUN: rm -rf %t && split-file %s %t
// RUN: %ferro-clang -Wall -Wextra -ferror-limit=0 -fsyntax-only -Xclang -verify %t/refused.cpp
// RUN: %ferro-clang -Wall -Wextra -fsyntax-only -Xclang -verify %t/accepted.cpp
// RUN: %ferro-clang -isystem %S/../Inputs/mock -Wall -Wextra -fsyntax-only -Xclang -verify %t/accepted.cpp

#--- refused.cpp
#include "cutile/cutile.h"
#include <cmath>
#include <cstdio>
#include <string>
int state = 1;
const int computed = state;
namespace plain { inline int f(int x) { return x; } struct S { int g() const { return f(1); } }; }
namespace [[cutile::module]] lib { int declared(int); inline int defined(int x) { return x; } }
namespace [[cutile::module]] kernels {
[[cutile::entry]] void k(int n) {
  n = plain::f(n); // expected-error {{tile module 'kernels' calls 'plain::f', which is in no tile module; put [[cutile::module]] on its namespace, or make it constexpr [ferro:OutsideFunction]}}
  n += state; // expected-error {{tile module 'kernels' reads 'state', which is no constant; make it constexpr, a cutile::Global of the module, or a parameter of the kernel [ferro:OutsideVariable]}}
  n += computed; // expected-error {{reads 'computed'}}
  n += lib::declared(n) + lib::defined(n); // expected-error {{tile module 'kernels' calls 'lib::declared', whose body is not in this file or its headers [ferro:UndefinedFunction]}}
  std::puts("x"); // expected-error {{tile module 'kernels' calls 'puts' of the standard library, which kernels do not have [ferro:StandardFunction]}}
  n += plain::f(n); // said once
}
}
int host() { return plain::f(state); }
#--- accepted.cpp
// expected-no-diagnostics
#include "cutile/cutile.h"
#include <algorithm>
#include <cmath>
#include <vector>
namespace plain { inline std::vector<int> noise(int x) { return {x}; } constexpr int twice(int x) { return 2 * x; } }
namespace [[cutile::module]] lib { template <typename T> T abs(T x) { return x; } }
namespace [[cutile::module]] kernels {
[[cutile::entry]] void k(int n, float x) {
  n = std::max(n, plain::twice(n));
  x = std::sqrt(x) + std::fabs(x);
  (void)n, (void)x;
}
// ::abs of the C library is a candidate until the types are known.
using namespace cutile;
using namespace lib;
template <int N> [[cutile::entry]] void magnitudes(TensorView<f32, N> &) {
  (void)abs(zeros<f32, N>());
}
}
int main() { return plain::noise(0)[0]; }
