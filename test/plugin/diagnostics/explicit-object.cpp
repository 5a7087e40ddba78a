// The object of a script is captured, never a parameter.
// RUN: %ferro-clang -std=c++23 -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

struct Model {
  [[ferro::script]] Tensor<float> forward(this const Model &self, Tensor<float> x) { return x; } // expected-error {{script 'Model::forward' has an explicit object parameter; declare it with an implicit 'this' [ferro:ExplicitObject]}}
};
