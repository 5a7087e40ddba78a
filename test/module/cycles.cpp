// Modules that use each other are each kept with the other, in an order that
// compiles.
// [S15] [F06] [F08]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang main.cpp -o main %ferro-libs && ./main a > a.cpp && ./main b > b.cpp
// RUN: %clangxx -fsyntax-only -Wno-unknown-attributes -include cutile/cutile.h a.cpp
// RUN: %clangxx -fsyntax-only -Wno-unknown-attributes -include cutile/cutile.h b.cpp
// RUN: FileCheck %s --input-file a.cpp && FileCheck %s --input-file b.cpp
// RUN: ./main imports | FileCheck %s --check-prefix=IMPORTS
// CHECK: struct Seed
// CHECK: inline int last
// CHECK-NOT: inline int last
// IMPORTS: b{{$}}
// IMPORTS-NEXT: a{{$}}

#--- main.cpp
#include <cutile/cutile.h>
#include <ferro/Registry.h>
#include <cstdio>
#include <string_view>
namespace [[cutile::module]] a { struct Seed { int n; }; }
constexpr a::Seed start{2};
namespace [[cutile::module]] b { inline int first(a::Seed s) { return s.n + start.n; } }
namespace a { inline int last() { return b::first(start); } }
namespace b { inline int again() { return a::last(); } }
int main(int, char **argv) {
  if (std::string_view(argv[1]) == "imports")
    std::printf("%s\n%s\n", ferro::registry::imports("a")[0].c_str(), ferro::registry::imports("b")[0].c_str());
  else
    std::fputs(ferro::registry::text(argv[1]).c_str(), stdout);
}
