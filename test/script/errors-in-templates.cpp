// What is wrong in a body is said once, in the user's words: none of the
// runtime's own code is in the way. Where only an instantiation shows that a
// script is none, the rule is the one error.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <ferro/ferro.h>

#include <string>

using namespace ferro;

[[ferro::script]] Tensor<float> wrongValue(Tensor<float> x) { return std::string("x"); } // expected-error {{no viable conversion from returned value of type 'std::string'}}
[[ferro::script]] Result<Tensor<float>> wrongElement(Tensor<float> x) {
  return cast<double>(x); // expected-error {{no viable conversion from returned value of type 'Tensor<double>'}}
}
[[ferro::script]] auto noMember(auto x) { return x.nothing(); } // expected-error {{no member named 'nothing' in 'ferro::Tensor<float>'}}
template <typename T> [[ferro::script]] Tensor<T> wrongInTemplate(Tensor<T> x) {
  return std::string("x"); // expected-error {{no viable conversion from returned value of type 'std::string'}}
}
auto lambda = [] [[ferro::script]] (auto x) { return x.nothing(); }; // expected-error {{no member named 'nothing' in 'ferro::Tensor<float>'}}

[[ferro::script]] auto text(auto x) { return std::string("x"); }
template <typename T> [[ferro::script]] T number(Tensor<float> x) { return static_cast<T>(x.ndim()); }
struct Options {};
[[ferro::script]] Tensor<float> options(Tensor<float> x, auto) { return x; }

void use(Tensor<float> x) {
  noMember(x);
  wrongInTemplate(x);
  lambda(x);
  text(x);
  number<int>(x);
  options(x, Options());
}
// expected-error@*:* 2 {{a script returns a tensor, a tuple of tensors or an aggregate of tensors}}
// expected-error@*:* {{a script's parameters are tensors, numbers, enums, strings or sequences of numbers}}
// expected-note@*:* 0+ {{}}
