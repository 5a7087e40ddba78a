// What a script captures, read back from its module.
// RUN: %ferro-clang %s -o %t %ferro-libs && %t | FileCheck %s
#include <ferro/ferro.h>

#include <iostream>

using namespace ferro;

static Tensor<float> plain(Tensor<float> x, Tensor<float> y) {
  [[maybe_unused]] auto unread = exp(x);
  return relu(x * y) + x;
}

[[ferro::script]] Tensor<float> script(Tensor<float> x, Tensor<float> y) {
  [[maybe_unused]] auto unread = exp(x);
  return relu(x * y) + x;
}

[[ferro::script]] Tensor<bool> notDifferentiable(Tensor<float> x) { return gt(x, x * 0.0f); }

[[ferro::script]] Tensor<float> unused(Tensor<float> x, Tensor<float>, int, Tensor<float> y) { return x + y; }

int main() {
  auto x = tensor<float>({1, -2, 3}), y = tensor<float>({4, 5, 6});
  TracedModule<float> module = script(x, y);

  // The graph is what one tracer saw, with every operation by the table's name,
  // as it came: nobody has optimised it. [S04] [A09]
  // CHECK:     exp
  // CHECK:     mul
  // CHECK:     relu
  // CHECK:     add
  std::cout << module.graph();
  // CHECK: kernels without exp: 1
  std::cout << "kernels without exp: " << (module.kernels().find("exp") == std::string::npos) << '\n';

  // The same trace without the attribute, which does not know the names. [S04]
  std::string graph = traced("script", plain, x, y).graph();
  for (auto [from, to] : {std::pair("%arg0", "%x"), std::pair("%arg1", "%y")})
    while (graph.find(from) != std::string::npos)
      graph.replace(graph.find(from), 5, to);
  std::cout << "the same graph: " << (graph == module.graph()) << '\n'; // CHECK: the same graph: 1

  // A result without a gradient is a graph like any other. [A14]
  auto flags = notDifferentiable(x);
  std::cout << flags.traced() << ' ' << flags.to_vector()[1] << flags.to_vector()[2] << '\n'; // CHECK: 1 01

  // A parameter that is not read, or has no name, keeps its place. [A16]
  auto sum = unused(x, y, 3, y);
  std::cout << sum.input_count() << ' ' << sum(x, y, 3, x).to_vector()[2] << '\n'; // CHECK: 4 6
}
