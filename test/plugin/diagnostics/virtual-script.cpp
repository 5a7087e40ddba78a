// A virtual function's overriders could not follow.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

struct Model {
  virtual ~Model();
  [[ferro::script]] virtual Tensor<float> forward(Tensor<float> x); // expected-error {{script 'Model::forward' is virtual; a script's return type is its module, which overriders would have to repeat [ferro:VirtualScript]}}
  virtual Tensor<float> eager(Tensor<float> x);
};
struct Derived : Model {
  [[ferro::script]] Tensor<float> eager(Tensor<float> x) override; // expected-error {{script 'Derived::eager' is virtual}}
};
