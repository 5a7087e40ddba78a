// Clang's errors stand where the user wrote what they mean, once each.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
// RUN: not %ferro-clang -fsyntax-only -fno-caret-diagnostics %s 2>&1 | FileCheck %s
#include "ferro/ferro.h"
using namespace ferro;

[[ferro::script]] Tensor<float> body(Tensor<float> x) {
  return mul(x, undefined); // expected-error {{use of undeclared identifier 'undefined'}}
  // CHECK: errors.cpp:[[#@LINE-1]]:17: error: use of undeclared
}

[[ferro::script]] Tensor<floot> parameter(Tensor<float> x) { return x; } // expected-error {{use of undeclared identifier 'floot'}}
// CHECK: errors.cpp:[[#@LINE-1]]:26: error: {{.*}}'floot'

auto local = [] [[ferro::script]] (Tensor<float> x) { return undefined; }; // expected-error {{use of undeclared identifier 'undefined'}}
// CHECK: errors.cpp:[[#@LINE-1]]:62: error: use of undeclared

/* after a script */ [[ferro::script]] Tensor<float> one(Tensor<float> x) { return x; } int after = "text"; // expected-error {{cannot initialize a variable of type 'int'}}
// CHECK: errors.cpp:[[#@LINE-1]]:93: error: cannot initialize

[[ferro::script]] auto
several(
    Tensor<float> x,
    missing y) // expected-error {{unknown type name 'missing'}}
// CHECK: errors.cpp:[[#@LINE-1]]:5: error: unknown type name
{
  return x;
}

	/* tabs */ [[ferro::script]]	Tensor<float> tabs(Tensor<float> x) {	return y; } // expected-error {{use of undeclared identifier 'y'}}
// CHECK: errors.cpp:[[#@LINE-1]]:76: error: use of undeclared
