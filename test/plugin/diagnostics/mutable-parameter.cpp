// Results are returned, not written.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

[[ferro::script]] Tensor<float> writes(Tensor<float> x, Tensor<float> &out) { return out = x; } // expected-error {{parameter 'out' of script 'writes' is a non-const reference; a script returns its results [ferro:MutableParameter]}}
template <typename T> [[ferro::script]] Tensor<T> counts(Tensor<T> x, int &n) { ++n; return x; } // expected-error {{parameter 'n' of script 'counts'}}
