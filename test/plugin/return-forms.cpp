// Every accepted return form becomes its module type, and the user's own
// tokens stay: an alias that only names a return type is not unused.
// RUN: %ferro-clang -std=c++23 -stdlib=libstdc++ -Wall -Wextra -Werror -fsyntax-only %s
#include "ferro/ferro.h"
#include <array>
using namespace ferro;
#define IS(call, ...) static_assert(std::is_same_v<decltype(call), __VA_ARGS__>)

struct Pair {
  Tensor<float> first;
  Tensor<double> second;
};

// [A03] [S06]
[[ferro::script]] Result<Tensor<float>> result(Tensor<float> x) { return x; }
IS(result({}), Result<TracedModule<float>>);
[[ferro::script]] std::tuple<Tensor<float>, Tensor<int>> tuple(Tensor<float> x, Tensor<int> y) { return {x, y}; }
IS(tuple({}, {}), TracedOutputs<std::tuple<Tensor<float>, Tensor<int>>>);
[[ferro::script]] Pair aggregate(Tensor<float> x, Tensor<double> y) { return {x, y}; }
IS(aggregate({}, {}), TracedOutputs<Pair>);
[[ferro::script]] const Tensor<float> constant(Tensor<float> x) { return x; }
[[ferro::script]] Result<Result<Result<Result<Tensor<float>>>>> four(Tensor<float> x) { return {{{{x}}}}; } // [S07]

// [A04]
[[ferro::script]] auto deduced(Tensor<double> x) { return x; }
IS(deduced({}), TracedModule<double>);
[[ferro::script]] decltype(auto) decltypeAuto(Tensor<int> x) { return add(x, x); }
IS(decltypeAuto({}), TracedModule<int>);

// [S11]
static void unusedOtherwise() {
  using Local = Tensor<float>;
  auto lambda = [] [[ferro::script]] (Tensor<float> x) -> Local { return x; };
  (void)lambda;
}
void use() { unusedOtherwise(); }
