// A function that a macro wrote cannot be rewritten in the file.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

#define MAKE(name) [[ferro::script]] Tensor<float> name(Tensor<float> x) { return x; }
MAKE(made) // expected-error {{script 'made' comes from a macro; a script is rewritten in the file, so it must be written there [ferro:MacroScript]}}

#define SCRIPT [[ferro::script]]
SCRIPT Tensor<float> marked(Tensor<float> x) { return x; } // expected-error {{script 'marked' comes from a macro}}

#define BEGIN {
[[ferro::script]] Tensor<float> braces(Tensor<float> x) BEGIN return x; } // expected-error {{script 'braces' comes from a macro}}

#define NAMED(name) name
[[ferro::script]] Tensor<float> NAMED(named)(Tensor<float> x) { return x; } // expected-error {{script 'named' comes from a macro}}

// A whole type, and whatever the body does, may come from macros.
#define TENSOR Tensor<float>
#define TWICE(x) add(x, x)
[[ferro::script]] TENSOR fine(TENSOR x) { return TWICE(x); }
