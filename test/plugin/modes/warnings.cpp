// Clang's warnings about a script are the same with and without the plugin.
// RUN: %ferro-clang -fsyntax-only -Wall -Wextra -Wshadow -Xclang -verify %s
// RUN: %clangxx -fsyntax-only -Wall -Wextra -Wshadow -Wno-unknown-attributes -Wno-c++23-extensions -Xclang -verify=expected,plain %s
// RUN: %ferro-clang -fsyntax-only -Wall -Wextra -Wshadow-all -Weverything -Wno-everything -Werror %s
#include "ferro/ferro.h"
using namespace ferro;

[[ferro::script]] Tensor<float> body(Tensor<float> x, int n) {
  int unused = 3; // expected-warning {{unused variable 'unused'}}
  for (int i = 0; i < 2; ++i) // expected-note {{previous declaration is here}}
    for (int i = 0; i < 2; ++i) // expected-warning {{declaration shadows a local variable}}
      x = mul(x, x);
  if (n = 2) // expected-warning {{using the result of an assignment as a condition}} expected-note {{place parentheses}} expected-note {{use '=='}}
    return x;
  // What is not used is still passed on: no complaint about parameters.
  return x;
}

[[ferro::script]] Tensor<float> noReturn(Tensor<float> x) {
  mul(x, x);
} // expected-warning-re {{non-void {{lambda|function}} does not return a value}}

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-variable"
[[ferro::script]] Tensor<float> quiet(Tensor<float> x) { int unused = 0; return x; }
#pragma clang diagnostic pop

struct Model {
  Tensor<float> v;
  [[ferro::script]] Tensor<float> nothingOfThis(Tensor<float> x) { return x; }
  [[ferro::script]] Tensor<float> hides(Tensor<float> w) { return w; }
};
