// A script keeps its name and its parameters and returns a module. The library is
// a mock: the plugin is tested by itself.
// [S29]
// RUN: %ferro-clang -Wall -Wextra -Wshadow -Werror %s -o %t && %t | FileCheck %s
#include "ferro/ferro.h"
using namespace ferro;

// [A01] [A02] [S08]
[[ferro::script]] Tensor<double> weighted(Tensor<double> a, const Tensor<double> &w, int times = 2) {
  auto product = mul(a, w);
  return sum(product) * times;
}
static_assert(std::is_same_v<decltype(weighted), TracedModule<double>(Tensor<double>, const Tensor<double> &, int)>);

int main() {
  TracedModule<double> module = weighted({1, 2, 3}, {4, 5, 6}); // CHECK: 64
  std::printf("%g\n", module.item());

  // CHECK-NEXT: weighted {{.*}}free-function.cpp:9(a,w,times) flags 1
  auto *site = detail::lastSite;
  std::printf("%s %s:%d(%s) flags %d\n", site->name, site->file, site->line, site->parameters,
              static_cast<int>(site->flags));

  weighted({1}, {1});
  std::printf("%d calls\n", site->calls); // CHECK-NEXT: 2 calls
}
