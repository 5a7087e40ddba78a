// A coroutine has no end to trace to.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

#include <coroutine>
template <> struct std::coroutine_traits<Tensor<float>, Tensor<float>> {
  struct promise_type {
    Tensor<float> get_return_object();
    std::suspend_never initial_suspend() noexcept;
    std::suspend_never final_suspend() noexcept;
    void return_value(Tensor<float>);
    void unhandled_exception();
  };
};
[[ferro::script]] Tensor<float> suspends(Tensor<float> x) {
  co_await std::suspend_always(); // expected-error {{script 'suspends' is a coroutine; a script is traced from its first statement to its return [ferro:CoroutineScript]}}
  co_return x;
}
template <typename T> [[ferro::script]] Tensor<T> yields(Tensor<T> x) {
  co_return x; // expected-error {{script 'yields' is a coroutine}}
}
template <typename T> [[ferro::script]] Tensor<float> awaits(Tensor<float> x, T) {
  co_await T(); // expected-error {{script 'awaits' is a coroutine}}
  co_return x;
}
