// A script's control flow is structured.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

[[ferro::script]] Tensor<float> jumps(Tensor<float> x, int n) {
again:
  x = add(x, x);
  if (--n > 0)
    goto again; // expected-error {{'goto' in script 'jumps'; a script is straight-line code, branches and loops [ferro:GotoInScript]}}
  return x;
}

// Without the attribute the same body is ordinary C++.
Tensor<float> ordinary(Tensor<float> x, int n) {
again:
  if (--n > 0)
    goto again;
  return x;
}
