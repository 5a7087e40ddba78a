// Wrappers nest at most four deep; five is one of the unsupported returns.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

template <int depth> struct Wrapped {
  using type = Result<typename Wrapped<depth - 1>::type>;
};
template <> struct Wrapped<0> {
  using type = Tensor<float>;
};

// [S07]
[[ferro::script]] Wrapped<3>::type three(Tensor<float> x) { return {{{x}}}; }
[[ferro::script]] Wrapped<4>::type four(Tensor<float> x) { return {{{{x}}}}; }
[[ferro::script]] Wrapped<5>::type five(Tensor<float> x) { return {{{{{x}}}}}; } // expected-error {{script 'five' returns 'Wrapped<5>::type'; a script returns Tensor<T>, ferro::Result<X>, std::expected<X, E>, or a tuple, pair or aggregate of tensors, in at most 4 wrappers [ferro:UnsupportedReturn]}}
// The bound holds long before the stack does.
[[ferro::script]] Wrapped<900>::type deep(Tensor<float> x); // expected-error {{in at most 4 wrappers [ferro:UnsupportedReturn]}}
