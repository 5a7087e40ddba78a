// What may stand in a module, and what has no counterpart on a device.
// [D002] [D031] [D032]
// RUN: %ferro-clang -Wall -Wextra -Wno-unused -ferror-limit=0 -fsyntax-only -Xclang -verify %s
#include "cutile/cutile.h"
#include <typeinfo>

namespace [[cutile::module]] kernels {
using namespace cutile;

// Accepted.
constexpr int width = 8;
const int half = width / 2;
static constexpr int table[] = {1, 2, 4};
Global<int> counter{0};
enum { four = 4 };
template <typename T> concept Number = sizeof(T) <= 8;
template <typename T> using Vector = Tile<T, 4>;
namespace inner {
struct Op {
  int operator()(int x) const { return x + 1; }
};
}
namespace other = inner;
static_assert(width == 8);
constexpr int log2(int n) { return n <= 1 ? 0 : 1 + log2(n / 2); }
template <int N> int sumTo() {
  if constexpr (N == 0)
    return 0;
  else
    return N + sumTo<N - 1>();
}
inline int choose(int n) {
  static const int small[] = {1, 2};
  switch (n) {
  case 0: return small[0];
  default: return [](int x) { return x; }(n);
  }
}

int mutableNumber; // expected-error {{variable 'mutableNumber' in tile module 'kernels'; make it constexpr, or a cutile::Global with a constant value [ferro:ModuleItem]}}
extern int outside; // expected-error {{variable 'outside' in tile module 'kernels'}}
extern "C" void linkage(); // expected-error {{a linkage specification in tile module 'kernels'; write the declarations without extern "C" [ferro:ModuleItem]}}
asm(""); // expected-error {{an asm declaration in tile module 'kernels'}}

struct Shape {
  virtual int area(); // expected-error {{virtual function 'kernels::Shape::area' in tile module 'kernels'; use a template or a plain member function [ferro:KernelConstruct]}}
};
inline void statements(int n, Shape &shape) {
again:
  if (n)
    goto again; // expected-error {{'goto' in tile module 'kernels'; use a loop, break or return}}
  try { // expected-error {{an exception in tile module 'kernels'}}
    throw 1; // expected-error {{an exception}}
  } catch (int) {
  }
  delete new int; // expected-error 2 {{'new' or 'delete' in tile module 'kernels'; use values and arrays of a known size}}
  asm volatile(""); // expected-error {{'asm' in tile module}}
  static int calls = 0; // expected-error {{variable 'calls' in tile module}}
  (void)typeid(shape); // expected-error {{run-time type information}}
}

inline int odd(int n);
inline int even(int n) { return n == 0 ? 1 : odd(n - 1); } // expected-error {{'kernels::odd' calls itself through 'kernels::even'; functions of a tile module are inlined into their kernels [ferro:KernelRecursion]}}
inline int odd(int n) { return n == 0 ? 0 : even(n - 1); }
[[cutile::entry]] void again(int n) { again(n); } // expected-error {{'kernels::again' calls itself; functions}}

// [D034]
template <int N> void uninitialised() {
  Tile<f32, N> tile; // expected-error {{tile 'tile' has no value; initialise it, for example by zeros [ferro:UninitialisedTile]}}
  Tile<f32, N> good = zeros<f32, N>();
}

inline int unmarked(const int *p) { return load_unchecked(p); } // expected-error {{call of 'cutile::load_unchecked', which is [[cutile::unsafe]]; mark this function, or a block around the call, the same [ferro:UnsafeCall]}}
[[cutile::unsafe]] inline int marked(const int *p) { return load_unchecked(p); }
inline int blocks(const int *p) {
  int n = 0;
  [[cutile::unsafe]] { n = load_unchecked(p); }
  n += marked(p); // expected-error {{call of 'kernels::marked'}}
  return n;
}
} // namespace kernels

// The host may do all of it.
int hosts = 0;
int host(int n) { return n ? host(n - 1) : hosts++; }
