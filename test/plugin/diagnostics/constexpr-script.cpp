// A script is not evaluated at compile time.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

[[ferro::script]] constexpr Tensor<float> early(Tensor<float> x) { return x; } // expected-error {{script 'early' is constexpr; a script runs compiled code and cannot be evaluated at compile time [ferro:ConstexprScript]}}
[[ferro::script]] consteval Tensor<float> now(Tensor<float> x) { return x; } // expected-error {{script 'now' is consteval}}
auto lambda = [] [[ferro::script]] (Tensor<float> x) constexpr { return x; }; // expected-error {{script lambda is constexpr}}
