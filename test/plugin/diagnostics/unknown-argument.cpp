// The attribute's arguments.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

// RUN: not %ferro-clang -fsyntax-only -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
// [A11]
[[ferro::script(ful_graph)]] Tensor<float> near(Tensor<float> x) { return x; } // expected-error {{unknown argument 'ful_graph' of 'ferro::script'; did you mean 'full_graph'? [ferro:UnknownArgument]}}
// CHECK: fix-it:"{{.*}}unknown-argument.cpp":{8:17-8:26}:"full_graph"
[[ferro::script(fast)]] Tensor<float> far(Tensor<float> x) { return x; } // expected-error {{unknown argument 'fast' of 'ferro::script'; it takes 'full_graph' or nothing}}
[[ferro::script(full_graph = true)]] Tensor<float> value(Tensor<float> x) { return x; } // expected-error {{unknown argument '='}}
[[ferro::script("full_graph")]] Tensor<float> text(Tensor<float> x) { return x; } // expected-error {{[ferro:UnknownArgument]}}

[[ferro::script(full_graph)]] Tensor<float> fine(Tensor<float> x) { return x; }
[[ferro::script()]] Tensor<float> empty(Tensor<float> x) { return x; }
[[using ferro: script(full_graph)]] Tensor<float> usingScope(Tensor<float> x) { return x; }
