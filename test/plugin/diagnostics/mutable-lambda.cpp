// Compiled code could not change the captures.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

void f(int n) {
  auto counts = [n] [[ferro::script]] (Tensor<float> x) mutable { ++n; return x; }; // expected-error {{script lambda is 'mutable'; a call that runs compiled code would not change its captures [ferro:MutableLambda]}}
  auto fine = [n] [[ferro::script]] (Tensor<float> x) { return x * n; };
}
