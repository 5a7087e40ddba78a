// What the body reads from outside is never stale and costs no new trace when
// it is a tensor: members, globals, captures, through scripts in scripts.
// RUN: %ferro-clang %s -o %t %ferro-libs && %t | FileCheck %s
// The new text brings no warning with it. [S11]
// RUN: %ferro-clang -Wall -Wextra -Wshadow -Wpedantic -Werror -fsyntax-only %s
// RUN: %ferro-rewrite %s -o %t.cpp -- -std=c++20 -I %ferro-include
// RUN: %gxx -Wall -Wextra -Wshadow -Wpedantic -Werror -fsyntax-only %t.cpp
#include <ferro/ferro.h>

#include <cstdio>

using namespace ferro;

static float scale = 2;

struct Layer {
  Tensor<float> w;
  [[ferro::script]] Tensor<float> forward(Tensor<float> x) const { return x * w; }
};
struct Net {
  Layer layer;
  [[ferro::script]] Tensor<float> forward(Tensor<float> x) const { return sum(layer.forward(x)) * scale; }
};
static std::vector<float> hiddenFactors = {3};
[[ferro::script]] Tensor<float> open(Tensor<float> x) { return x * hiddenFactors[0]; }

static int traces() { return static_cast<int>(script_stats().traces); }

int main() {
  auto x = tensor<float>({1, 2, 3});
  Net net{{tensor<float>({1, 1, 1})}};
  std::printf("%g after %d\n", net.forward(x).item(), traces()); // CHECK: 12 after 1

  // A thousand new weights, by assignment of a member of a member. [A15]
  for (int step = 0; step < 1000; ++step)
    net.layer.w = net.layer.w + tensor<float>({1, 0, 0});
  std::printf("%g after %d\n", net.forward(x).item(), traces()); // CHECK: 2012 after 1
  for (int step = 0; step < 1000; ++step) {
    net.layer.w = tensor<float>({1, 1, static_cast<float>(step)});
    if (net.forward(x).item() != 2 * (1 + 2 + 3 * step))
      std::printf("stale at %d\n", step);
  }
  std::printf("after %d\n", traces()); // CHECK-NEXT: after 1

  scale = 5;
  std::printf("%g after %d\n", net.forward(x).item(), traces()); // CHECK-NEXT: 15000 after 2
  scale = 2;
  net.forward(x);
  std::printf("after %d\n", traces()); // CHECK-NEXT: after 2

  float local = 2;
  auto lambda = [&local] [[ferro::script]] (Tensor<float> y) { return y * local; };
  auto first = lambda(x);
  local = 7;
  // The module reads the capture anew as well.
  std::printf("%g %g\n", lambda(x).to_vector()[0], first(x).to_vector()[0]); // CHECK-NEXT: 7 7

  // What cannot be listed is traced at every call: never stale either. [A08]
  int before = traces();
  float three = open(x).to_vector()[0];
  hiddenFactors[0] = 4;
  std::printf("%g %g after %d\n", three, open(x).to_vector()[0], traces() - before); // CHECK-NEXT: 3 4 after 2
}
