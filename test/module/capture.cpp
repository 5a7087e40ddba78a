// The program keeps the original text of a module, with everything that the
// text needs, and the text compiles again: for the host and in the JIT's view.
// [S12] [S13] [F23]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang -Wall -Wextra -Werror -DFROM_COMMAND_LINE=5 main.cpp -o main %ferro-libs
// RUN: ./main > text.cpp && FileCheck %s --input-file text.cpp
// RUN: %clangxx -fsyntax-only -Wno-unknown-attributes -include cutile/cutile.h text.cpp
// RUN: %clangxx -fsyntax-only -Xclang -skip-function-bodies -D__FERRO_JIT__ -nostdinc -nostdinc++ -include cutile/cutile.h text.cpp

// Reopened in the source, and generic as written.
// CHECK: #define FACTOR 3
// CHECK-NOT: #define INSIDE
// CHECK: #line 8 "main.cpp"
// CHECK-NEXT: namespace {{\[\[}}cutile::module]] kernels {
// CHECK-NEXT: template <int BM>
// CHECK-NEXT: {{\[\[}}cutile::entry]] void first(int n) { // a comment
// CHECK: #line 1 "./part.inc"
// CHECK-NEXT: // Included inside of the module.
// CHECK: #line 18 "main.cpp"
// CHECK-NOT: unused
// CHECK: #undef FACTOR
// CHECK-NEXT: #define FACTOR 4
// CHECK: #line 26 "main.cpp"
// CHECK-NEXT:   namespace kernels {

#--- lib.h
#pragma once
#include <cutile/cutile.h>
#define SCALED(x) ((x) * FACTOR)
#define LONG(x) \
  ((x) + \
   1)
namespace lib {
constexpr int width = 8, height = 2 * width;
struct Base { int base; };
struct Pair : Base { int a, b; int sum() const; };
inline int Pair::sum() const { return a + height; }
struct unusedClass {};
enum class Kind { A, B };
template <typename T> struct Traits { static constexpr int value = 1; };
template <> struct Traits<float> { static constexpr int value = 2; };
template <typename T> concept Small = sizeof(T) <= width;
template <typename T> using Alias = Traits<T>;
template <typename T> constexpr T clamp(T x) { return x < T(width) ? x : T(width); }
}
#--- part.inc
// Included inside of the module.
#ifdef FROM_COMMAND_LINE
#define INSIDE 1
#endif
inline int included() { return INSIDE + FROM_COMMAND_LINE; }
#--- main.cpp
#include "lib.h"
#include <ferro/Registry.h>
#include <cstdio>
using namespace cutile;
namespace short_name = lib;
using lib::Kind;
#define FACTOR 3
namespace [[cutile::module]] kernels {
template <int BM>
[[cutile::entry]] void first(int n) { // a comment
  n = short_name::clamp(n) + SCALED(2) + LONG(1) + lib::Alias<float>::value;
  Kind kind = Kind::B;
  lib::Pair p{};
  if (kind == Kind::A)
    n += p.sum() + "\"quotes\\n\""[0] + '"';
  (void)n;
}
#include "part.inc"
template <lib::Small T> Tile<T, 4> twice(Tile<T, 4> x) { return addf(x, x); }
} // namespace kernels
int unused() { return 1; }
static const int seen = FACTOR;
#undef FACTOR
#define FACTOR 4
  // indented
  namespace kernels {
  [[cutile::entry]] void second(int n) { n = FACTOR + seen + included(); (void)n; }
  }
int main() { std::fputs(ferro::registry::text("kernels").c_str(), stdout); return unused() - 1; }
