// What a script may return.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

struct Mixed {
  Tensor<float> value;
  int count;
};
struct Nine {
  Tensor<float> a, b, c, d, e, f, g, h, i;
};

// [S06] [A18]
[[ferro::script]] float number(Tensor<float> x) { return x.item(); } // expected-error {{script 'number' returns 'float'; a script returns Tensor<T>, ferro::Result<X>, std::expected<X, E>, or a tuple, pair or aggregate of tensors, in at most 4 wrappers [ferro:UnsupportedReturn]}}
[[ferro::script]] void nothing(Tensor<float>) {}                    // expected-error {{returns 'void'}}
[[ferro::script]] const Tensor<float> &reference(const Tensor<float> &x) { return x; } // expected-error {{returns 'const Tensor<float> &'}}
[[ferro::script]] Mixed mixed(Tensor<float> x) { return {x, 1}; }   // expected-error {{returns 'Mixed'}}
[[ferro::script]] Nine nine(Tensor<float>) { return {}; }           // expected-error {{returns 'Nine'}}
[[ferro::script]] auto deduced(Tensor<float> x) { return x.item(); } // expected-error {{returns 'float'}}
[[ferro::script]]                                                    // expected-note {{marked as a script here [ferro:ScriptMarkedHere]}}
auto trailing(Tensor<float>) -> std::vector<int> { return {}; }      // expected-error {{returns 'std::vector<int>'}}
[[ferro::script]] std::tuple<Tensor<float>, float> tuple(Tensor<float> x) { return {x, 1.f}; } // expected-error {{returns 'std::tuple<Tensor<float>, float>'}}
auto lambda = [] [[ferro::script]] (Tensor<float> x) { return x.item(); }; // expected-error {{script lambda returns 'float'}}
