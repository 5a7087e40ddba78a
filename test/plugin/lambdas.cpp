// Lambdas are scripts of their own, also inside ordinary functions.
// RUN: %ferro-clang -Wall -Wextra -Wshadow -Werror %s -o %t && %t | FileCheck %s
#include "ferro/ferro.h"
using namespace ferro;

auto global = [] [[ferro::script]] (Tensor<float> x) { return x + x; };

int main() {
  float scale = 3;
  Tensor<float> bias{1};
  auto affine = [&scale, bias, twice = 2 * scale] [[ferro::script]] (Tensor<float> x) -> Tensor<float> {
    return (x * scale + bias) * twice;
  };
  static_assert(std::is_same_v<decltype(affine({1})), TracedModule<float>>);
  std::printf("%g %s outside %zu\n", affine({2}).item(), detail::lastSite->name, detail::lastOutside);
  // CHECK: 42 main::lambda outside 3
  scale = 5;
  std::printf("%g\n", affine({2}).item()); // CHECK-NEXT: 66

  auto captureAll = [=] [[ferro::script]] (auto x) { return x * scale; };
  std::printf("%g %g\n", captureAll(Tensor<float>{2}).item(), global({2}).item()); // CHECK-NEXT: 10 4

  // A script in a script.
  auto outer = [&] [[ferro::script]] (Tensor<float> x) {
    auto inner = [] [[ferro::script]] (Tensor<float> y) { return y + y; };
    return inner(x) * scale;
  };
  std::printf("%g\n", outer({1}).item()); // CHECK-NEXT: 10
}
