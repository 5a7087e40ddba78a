// An explicit instantiation cannot repeat the module type.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

template <typename T> [[ferro::script]] Tensor<T> instantiated(Tensor<T> x) { return x; }
template Tensor<float> instantiated(Tensor<float>); // expected-error {{explicit instantiation of script 'instantiated'; its return type is not the one written here, so leave it to implicit instantiation [ferro:ExplicitInstantiation]}}
template <typename T> [[ferro::script]] Tensor<T> specialised(Tensor<T> x) { return x; }
template <> Tensor<int> specialised(Tensor<int> x) { return x; } // expected-error {{explicit instantiation of script 'specialised'}}

template <typename T> struct Fine {
  [[ferro::script]] Tensor<T> method(Tensor<T> x) { return x; }
};
template struct Fine<float>;
