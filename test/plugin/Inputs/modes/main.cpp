#include "scaled.h"
using namespace ferro;
[[ferro::script]] Tensor<float> weighted(Tensor<float> x, Tensor<float> w) {
  auto product = mul(x, w);
  return sum(product);
}
static_assert(std::is_same_v<decltype(scaled({})), TracedModule<float>>);
int main() {
  TracedModule<float> module = weighted({1, 2, 3}, {4, 5, 6});
  auto lambda = [] [[ferro::script]] (Tensor<float> x) { return x + x; };
  static_assert(std::is_same_v<decltype(lambda({})), TracedModule<float>>);
  std::printf("%g %g %g line %d\n", module.item(), scaled({3}).item(), lambda({2}).item(), __LINE__);
}
