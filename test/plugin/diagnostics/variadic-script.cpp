// What stands behind an ellipsis cannot be passed on.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

[[ferro::script]] Tensor<float> format(Tensor<float> x, ...) { return x; } // expected-error {{script 'format' takes C variadic arguments; use a parameter pack [ferro:VariadicScript]}}
template <typename... Ts> [[ferro::script]] Tensor<float> pack(Tensor<float> x, Ts...) { return x; }
