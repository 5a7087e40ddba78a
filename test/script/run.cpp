// ferro-run computes a saved module's results where no compiler is installed.
// RUN: rm -rf %t && mkdir -p %t && cd %t && %ferro-clang %s -o make %ferro-libs && ./make > expected
// RUN: env FERRO_CACHE=0 FERRO_COMPILER=/nowhere %ferro-run model.ferro --input x.npy --output y.npy
// RUN: ./make y.npy | diff - expected
// RUN: %ferro-run model.ferro --info | FileCheck %s
// RUN: not %ferro-run model.ferro --input wrong.npy 2>&1 | FileCheck %s --check-prefix=WRONG
#include <ferro/Npy.h>
#include <ferro/ferro.h>

#include <cstdio>

using namespace ferro;

// CHECK: model
// WRONG: f32[5]
static Tensor<float> weight;

[[ferro::script]] Tensor<float> model(Tensor<float> x) { return tanh(mv(weight, x)); }

static void show(std::span<const float> values) {
  for (float value : values)
    std::printf("%a\n", static_cast<double>(value));
}

int main(int count, char **arguments) {
  manual_seed(3);
  weight = randn({4, 6});
  auto x = randn({6});
  if (count == 2) {
    show(npy::load<float>(arguments[1]).data());
    return 0;
  }
  auto module = model(x);
  show(module.data());
  module.save("model.ferro");
  npy::save("x.npy", x);
  npy::save("wrong.npy", randn({5}));
}
