// The last door: what only the final parse sees is an error, never eager.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
// RUN: not %ferro-clang -c %s -o %t.o && not test -e %t.o
#include "ferro/ferro.h"
using namespace ferro;

#define NAME ferro::script
[[NAME]] Tensor<float> hidden(Tensor<float> x) { return x; } // expected-error {{this 'ferro::script' was not found when the file was rewritten; write it out as [[ferro::script]], outside of macros and system headers [ferro:UnrewrittenAttribute]}}
