// The element type of the tensor that was meant is known.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

// RUN: not %ferro-clang -fsyntax-only -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
[[ferro::script]] double number(Tensor<double> x) { return x.item(); } // expected-error {{[ferro:UnsupportedReturn]}}
// CHECK: return-fix-it.cpp:7:19: error: {{.*}}[ferro:UnsupportedReturn]
// CHECK: fix-it:"{{.*}}return-fix-it.cpp":{7:19-7:25}:"ferro::Tensor<double>"
