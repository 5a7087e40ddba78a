// Without the plugin a file with modules is ordinary C++.
// RUN: %clangxx -Wall -Wextra -Werror %s -o %t %ferro-libs && %t | FileCheck %s
// RUN: %gxx -Wall -Wextra -Werror %s -o %t %ferro-libs && %t | FileCheck %s
// CHECK: 3 of 0 modules
#include <cutile/cutile.h>
#include <ferro/Registry.h>

#include <cstdio>

namespace [[cutile::module]] kernels {
[[cutile::hint(sm_90, occupancy = 2)]] inline int twice(int n) {
  [[cutile::hint(sm_90, latency = 4)]] n = 2 * n;
  return n;
}
[[cutile::entry(print_ir)]] inline void k(int &n) { n = twice(n) + 1; }
} // namespace kernels

int main() {
  int n = 1;
  kernels::k(n);
  std::printf("%d of %zu modules\n", n, ferro::registry::list().size());
}
