// What a module uses is found by Clang's own look-up, however it is reached.
// [S17] [F11] [F12]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang main.cpp -o main %ferro-libs && ./main > text.cpp && FileCheck %s --input-file text.cpp
// RUN: %clangxx -fsyntax-only -Wno-unknown-attributes -include cutile/cutile.h text.cpp
// RUN: %ferro-compile --list main | FileCheck %s --check-prefix=LIST
// CHECK-NOT: seven
// LIST:      kernels {{[0-9a-f]{32}$}}
// LIST-NEXT:  imports alias_target
// LIST-NEXT:  imports directive_target
// LIST-NEXT:  imports outer::qualified_target
// LIST-NEXT:  imports reexported
// LIST-NEXT:  imports typed_target
// LIST-NEXT:  imports using_target
// LIST-NEXT:  kernel kernels::k

#--- main.cpp
#include <cutile/cutile.h>
#include <ferro/Registry.h>
#include <cstdio>
namespace outer { namespace [[cutile::module]] qualified_target { inline int one() { return 1; } } }
namespace [[cutile::module]] alias_target { inline int two() { return 2; } }
namespace [[cutile::module]] directive_target { inline int three() { return 3; } }
namespace [[cutile::module]] using_target { inline int four() { return 4; } }
namespace [[cutile::module]] typed_target {
struct Type { static int five() { return 5; } };
template <typename T> struct Wrapped { using type = T; };
}
namespace [[cutile::module]] reexported { inline int six() { return 6; } }
namespace [[cutile::module]] unrelated { inline int seven() { return 7; } }
namespace public_path = reexported;
namespace facade {
using reexported::six;
using Renamed = typed_target::Wrapped<typed_target::Type>::type;
}
using using_target::four;
using namespace outer;
namespace [[cutile::module]] kernels {
namespace local = alias_target;
using namespace directive_target;
[[cutile::entry]] void k(int n) {
  n = qualified_target::one() + local::two() + three() + four() + typed_target::Type::five() + facade::six() +
      facade::Renamed::five() + public_path::six();
  (void)n;
}
}
int main() { std::fputs(ferro::registry::text("kernels").c_str(), stdout); }
