#include <ferro/ferro.h>
#include <iostream>
using namespace ferro;

[[ferro::script]] Tensor<float> weighted_sum(Tensor<float> a, Tensor<float> w) {
  return sum(a * w);
}

int main() {
  auto a = tensor<float>({1, 2, 3}), w = tensor<float>({4, 5, 6});
  TracedModule<float> m = weighted_sum(a, w); // traced, compiled and run: 32
  std::cout << m.item() << ' ' << m(w, w).item() << '\n'; // 77 by the same code
  m.save("weighted_sum.ferro"); // and where no compiler is installed
}
