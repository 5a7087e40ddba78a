// A near miss is an error, never an ignored attribute.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

// RUN: not %ferro-clang -fsyntax-only -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
[[fero::script]] Tensor<float> scope(Tensor<float> x) { return x; } // expected-error {{unknown attribute 'fero::script'; did you mean 'ferro::script'? [ferro:UnknownAttribute]}}
// CHECK: fix-it:"{{.*}}unknown-attribute.cpp":{7:3-7:15}:"ferro::script"
[[ferro::scirpt]] Tensor<float> name(Tensor<float> x) { return x; } // expected-error {{unknown attribute 'ferro::scirpt'; did you mean 'ferro::script'?}}
// CHECK: fix-it:"{{.*}}unknown-attribute.cpp":{9:3-9:16}:"ferro::script"
[[nodiscard, ferro::kernel]] Tensor<float> other(Tensor<float> x) { return x; } // expected-error {{unknown attribute 'ferro::kernel' [ferro:UnknownAttribute]}}
[[using ferro: scripts]] Tensor<float> usingScope(Tensor<float> x) { return x; } // expected-error {{unknown attribute 'ferro::scripts'}}
[[script]] Tensor<float> unscoped(Tensor<float> x) { return x; } // expected-error {{unknown attribute 'script'; did you mean 'ferro::script'?}}
[[ferro::pur]] int helper(int x) { return x; } // expected-error {{did you mean 'ferro::pure'?}}
void inBody() {
  auto lambda = [] [[ferro::skript]] (Tensor<float> x) { return x; }; // expected-error {{did you mean 'ferro::script'?}}
}
