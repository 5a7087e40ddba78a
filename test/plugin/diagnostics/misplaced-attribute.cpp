// The attribute belongs to functions.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

[[ferro::script]] int variable; // expected-error {{'ferro::script' does not belong here; write it in front of a function's declaration, or between a lambda's ']' and its parameters [ferro:MisplacedAttribute]}}
struct [[ferro::script]] Class {}; // expected-error {{[ferro:MisplacedAttribute]}}
Tensor<float> ofType(Tensor<float> x) [[ferro::script]] { return x; } // expected-error {{[ferro:MisplacedAttribute]}}
[[ferro::script]] auto lambda = [](Tensor<float> x) { return x; };    // expected-error {{[ferro:MisplacedAttribute]}}
[[ferro::pure]] int constant; // expected-error {{'ferro::pure' does not belong here}}
void body() {
  [[ferro::script]] body(); // expected-error {{[ferro:MisplacedAttribute]}}
}
#if 0
[[ferro::script]] int neverCompiled;
#endif
Tensor<float> behind [[ferro::script]] (Tensor<float> x) { return x; }
