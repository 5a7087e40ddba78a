// Headers are rewritten too, in memory, and every declaration of a function
// agrees: declared here, defined there, overloaded, with default arguments.
// RUN: split-file %s %t
// RUN: %ferro-clang -Wall -Wextra -Werror %t/main.cpp -o %t/main && %t/main | FileCheck %s
// CHECK: 1 2 3 14

//--- layers.h
#pragma once
#include "ferro/ferro.h"
namespace layers {
inline namespace v1 {
[[ferro::script]] ferro::Tensor<float> one(ferro::Tensor<float> x, float scale = 1);
[[ferro::script]] inline ferro::Tensor<int> one(ferro::Tensor<int> x) { return add(x, x); }
} // namespace v1
inline ferro::Tensor<float> eager(ferro::Tensor<float> x) { return x; }
} // namespace layers

//--- main.cpp
#include "layers.h"
using namespace ferro;
namespace layers {
Tensor<float> one(Tensor<float> x, float scale); // plain redeclaration
}
static_assert(std::is_same_v<decltype(layers::one(Tensor<float>{})), TracedModule<float>>);
Tensor<float> layers::one(Tensor<float> x, float scale) { return x * scale; }

[[ferro::script]] static auto trailing(Tensor<float> x) -> Tensor<float>;
auto trailing(Tensor<float> x) -> Tensor<float> { return x + x + x; }

int main() {
  std::printf("%g %d %g %d\n", layers::one(Tensor<float>{1}).item(), layers::one(Tensor<int>{1}).item(), trailing({1}).item(),
              __LINE__);
}
