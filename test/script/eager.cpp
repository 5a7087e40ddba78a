// The plain function under the script is still there: eager() runs its body op
// by op and compiles nothing. [A19]
// RUN: %ferro-clang %s -o %t %ferro-libs && %t | FileCheck %s
#include <ferro/ferro.h>

#include <cstdio>

using namespace ferro;

struct Model {
  Tensor<float> w;
  [[ferro::script]] Tensor<float> forward(Tensor<float> x) const { return sum(x * w); }
};

[[ferro::script]] Tensor<float> script(Tensor<float> x, float scale) { return x * scale; }

int main() {
  auto x = tensor<float>({1, 2, 3});
  Model model{tensor<float>({4, 5, 6})};
  auto y = eager(script, x, 2.0f);
  auto z = eager([&](Tensor<float> a) { return model.forward(a); }, x);
  auto stats = script_stats();
  // CHECK: 6 32 not traced, 0 traces
  std::printf("%g %g %s, %d traces\n", y.to_vector()[2], z.item(), y.traced() || z.traced() ? "traced" : "not traced",
              static_cast<int>(stats.traces));
  script(x, 2);
  std::printf("%d\n", static_cast<int>(script_stats().traces)); // CHECK: 1
}
