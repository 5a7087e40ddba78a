// The attribute comes before the body.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

Tensor<float> late(Tensor<float> x) { return x; }
[[ferro::script]] Tensor<float> late(Tensor<float> x); // expected-error {{script 'late' was defined before this attribute; the attribute belongs on its first declaration [ferro:AttributeAfterBody]}}

Tensor<float> fine(Tensor<float> x);
[[ferro::script]] Tensor<float> fine(Tensor<float> x) { return x; }
