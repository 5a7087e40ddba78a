// Every form a script can take computes the same with the plugin, with another
// compiler's eager run, and through ferro-rewrite.
// RUN: %ferro-clang %s -o %t.plugin %ferro-libs && %t.plugin | FileCheck %s
// RUN: %clangxx %s -o %t.eager %ferro-libs && %t.eager | FileCheck %s
// RUN: %gxx %s -o %t.gcc %ferro-libs && %t.gcc | FileCheck %s
// RUN: %ferro-rewrite %s -o %t.cpp -- -std=c++20 -I %ferro-include
// RUN: %gxx %t.cpp -o %t.rewritten %ferro-libs && %t.rewritten | FileCheck %s
#include <ferro/ferro.h>

#include <cstdio>
#include <tuple>

using namespace ferro;

[[ferro::script]] Tensor<float> free_function(Tensor<float> a, const Tensor<float> &b) {
  return sum(a * b);
}

[[ferro::script]] auto deduced(Tensor<float> a) -> Tensor<float> { return relu(a); }

template <typename T>
[[ferro::script]] Tensor<T> pattern(Tensor<T> a, T scale) {
  return a * scale;
}

struct Layer {
  Tensor<float> weight;
  float bias = 1;
  [[ferro::script]] Tensor<float> forward(Tensor<float> x) const {
    return mv(weight, x) + bias;
  }
};

[[ferro::script]] std::tuple<Tensor<float>, Tensor<float>> both(Tensor<float> a) {
  return {neg(a), sum(a)};
}

[[ferro::script]] Result<Tensor<float>> checked(Tensor<float> a, Tensor<float> b) {
  return mm(a, b);
}

static void show(const char *name, const Tensor<float> &tensor) {
  std::printf("%s:", name);
  for (float value : tensor.to_vector())
    std::printf(" %g", value);
  std::printf("\n");
}

int main() {
  auto a = tensor<float>({1, -2, 3});
  show("free", free_function(a, a));        // CHECK: free: 14
  show("deduced", deduced(a));              // CHECK: deduced: 1 0 3
  show("pattern", pattern(a, 2.0f));        // CHECK: pattern: 2 -4 6
  Layer layer{tensor<float>({{1, 0, 0}, {0, 1, 1}})};
  show("method", layer.forward(a));         // CHECK: method: 2 2
  layer.weight = tensor<float>({{1, 1, 1}, {0, 0, 2}});
  layer.bias = 0;
  show("method", layer.forward(a));         // CHECK: method: 2 6
  auto [negative, total] = both(a);
  show("negative", negative);               // CHECK: negative: -1 2 -3
  show("total", total);                     // CHECK: total: 2
  auto lambda = [] [[ferro::script]] (Tensor<float> x) -> Tensor<float> { return x + x; };
  show("lambda", lambda(a));                // CHECK: lambda: 2 -4 6
  auto product = checked(ones<float>({1, 3}), ones<float>({3, 1}));
  show("result", *product);                 // CHECK: result: 3
}
