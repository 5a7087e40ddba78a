// A tensor that outlives the script cannot be assigned to.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

Tensor<float> state;
struct Model {
  Tensor<float> hidden;
  [[ferro::script]] Tensor<float> step(Tensor<float> x) {
    hidden = add(hidden, x); // expected-error {{script 'Model::step' assigns to tensor 'this->hidden', which outlives it; return the new value instead [ferro:OutsideWrite]}}
    return hidden;
  }
};
[[ferro::script]] Tensor<float> global(Tensor<float> x) {
  state = x; // expected-error {{assigns to tensor '::state'}}
  Tensor<float> local = x;
  local = add(local, x);
  x = local;
  return x;
}
