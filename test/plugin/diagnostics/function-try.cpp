// The body's braces are around everything.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

[[ferro::script]] Tensor<float> tries(Tensor<float> x) try { // expected-error {{script 'tries' has a function try block; write the try block inside the body [ferro:FunctionTry]}}
  return x;
} catch (...) {
  return x;
}
[[ferro::script]] Tensor<float> fine(Tensor<float> x) {
  try {
    return x;
  } catch (...) {
    return x;
  }
}
