// Compiles a function once and for all: the saved module runs where neither a
// compiler nor the function's source is installed.
#include <ferro/ferro.h>
#include <iostream>

using namespace ferro;

[[ferro::script]] Tensor<float> gelu_rows(Tensor<float> x, Tensor<float> bias) {
  return softmax(gelu(x + bias));
}

int main() {
  manual_seed(1);
  auto x = randn({4, 16}), bias = randn({16});
  TracedModule<float> module = gelu_rows(x, bias);
  module.save("gelu_rows.ferro");
  std::cout << module.kernels(); // one fused kernel

  TracedModule<float> loaded = load<float>("gelu_rows.ferro");
  bool same = loaded(x, bias).to_vector() == module.to_vector();
  std::cout << (same ? "the same bits\n" : "something else\n");

  try {
    loaded(x, x); // not the shapes that it was saved for
  } catch (const Error &error) {
    std::cout << error.what() << '\n';
  }
}
