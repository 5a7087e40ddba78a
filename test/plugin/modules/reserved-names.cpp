// Names that generated code uses are refused in modules.
// [F21] [F22]
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "cutile/cutile.h"
namespace [[cutile::module]] kernels {
constexpr int ferro_size = 1; // expected-error {{name 'ferro_size' begins with ferro_, which is reserved for generated code [ferro:ReservedName]}}
inline int size(int ferro_n) { return ferro_n; } // expected-error {{name 'ferro_n' begins with ferro_}}
constexpr int ferrous = 26;
}
int ferro_outside = 1;
