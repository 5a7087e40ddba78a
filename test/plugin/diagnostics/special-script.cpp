// Functions without a return type of their own.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

struct Special {
  [[ferro::script]] Special();  // expected-error {{script 'Special::Special' is a constructor; a script returns tensors from a function with a name [ferro:SpecialScript]}}
  [[ferro::script]] ~Special(); // expected-error {{is a destructor}}
  [[ferro::script]] operator Tensor<float>() const; // expected-error {{is a conversion function}}
};
[[ferro::script]] Tensor<float> removed(Tensor<int> x) = delete; // expected-error {{script 'removed' is a deleted function}}
