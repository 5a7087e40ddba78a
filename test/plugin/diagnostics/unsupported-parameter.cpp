// What a script may take.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include "ferro/ferro.h"
using namespace ferro;

struct Weights {
  Tensor<float> w;
};
enum class Mode { Fast, Exact };

// [A05] [A18]
[[ferro::script]] Tensor<float> aggregate(Tensor<float> x, const Weights &weights) { return mul(x, weights.w); } // expected-error {{parameter 'weights' of script 'aggregate' has type 'const Weights &'; a script takes tensors, numbers, enumerators, strings and shapes [ferro:UnsupportedParameter]}}
[[ferro::script]] Tensor<float> pointer(Tensor<float> x, const float *) { return x; } // expected-error {{parameter 2 of script 'pointer' has type 'const float *'}}
[[ferro::script]] Tensor<float> list(std::vector<Tensor<float>> xs) { return xs[0]; } // expected-error {{parameter 'xs' of script 'list'}}

[[ferro::script]] Tensor<float> accepted(Tensor<float> x, const Tensor<int> &, bool, long double, Mode, const char *,
                                         std::string, const std::vector<long> &, Tensor<double> &&) {
  return x;
}
