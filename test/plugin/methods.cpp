// Methods: the object is captured, not traced; what it holds is listed.
// RUN: %ferro-clang -Wall -Wextra -Wshadow -Werror %s -o %t && %t | FileCheck %s
// RUN: env FERRO_DUMP_REWRITTEN=%t.dump %ferro-clang -fsyntax-only %s
// RUN: FileCheck %s --check-prefix=TEXT < %t.dump/methods.cpp
#include "ferro/ferro.h"
using namespace ferro;

struct Layer {
  Tensor<float> weight;
  float scale = 2;

  // TEXT: [this] { return ::ferro::detail::outside(this->weight, this->scale); }, [this](
  [[ferro::script]] Tensor<float> forward(Tensor<float> x) const { return mul(x, weight) * scale; }

  // TEXT: ::ferro::detail::outside(), [](
  [[ferro::script]] static Tensor<float> twice(Tensor<float> x) { return x + x; }

  [[ferro::script]] Tensor<float> operator()(Tensor<float> x) const;
};

// Defined elsewhere, without the attribute.
// TEXT: [this] { return ::ferro::detail::outside(this->weight, this->scale); }, [this](
Tensor<float> Layer::operator()(Tensor<float> x) const { return forward(x); }

// [S09] [A12]
int main() {
  Layer layer{{4, 5}};
  TracedModule<float> module = layer.forward({1, 2});
  std::printf("%g %s(%s)\n", module.item(), detail::lastSite->name, detail::lastSite->parameters);
  // CHECK: 8 Layer::forward(x)
  std::printf("%g %g\n", Layer::twice({3}).item(), layer({1, 2}).item()); // CHECK-NEXT: 6 8
}
