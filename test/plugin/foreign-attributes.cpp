// Attributes of others, and ours in comments and strings, are left alone.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

[[nodiscard, gnu::pure]] [[error::script_like]] int unrelated(int x); // expected-warning {{unknown attribute 'error::script_like' ignored}}
const char *text = "[[fero::script]]"; // [[ferro::scirpt]]
#if 0
[[fero::script]] int neverCompiled;
#endif
[[ferro::pure]] int pure(int x);
[[nodiscard, ferro::script, gnu::noinline]] Tensor<float> among(Tensor<float> x) { return x; }
