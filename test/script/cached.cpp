// A second process finds the code on disk: it maps no compiler and could not
// start one.
// RUN: rm -rf %t.cache && %ferro-clang %s -o %t %ferro-libs
// RUN: env FERRO_CACHE_DIR=%t.cache %t | FileCheck %s --check-prefix=COLD
// RUN: env FERRO_CACHE_DIR=%t.cache FERRO_COMPILERD=/nowhere %t | FileCheck %s --check-prefix=WARM
// RUN: not --crash env FERRO_CACHE_DIR=%t.empty FERRO_COMPILER=/nowhere %t 2>&1 | FileCheck %s --check-prefix=NONE
#include <ferro/ferro.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

using namespace ferro;

// [B55]
[[ferro::script]] Tensor<float> scaled(Tensor<float> x) { return softmax(x * 3.0f, -1); }

static bool mapsCompiler() {
  std::ifstream maps("/proc/self/maps");
  std::string text{std::istreambuf_iterator<char>(maps), {}};
  return text.find("LLVM") != text.npos || text.find("libferro_compiler") != text.npos;
}

int main() {
  auto y = scaled(tensor<float>({1, 2, 3}));
  cache::Stats stats = cache::stats();
  std::printf("%.4f compiles %d disk hits %d maps %d\n", sum(y).item(),
              static_cast<int>(stats.compiles), static_cast<int>(stats.diskHits), mapsCompiler());
  // COLD: 1.0000 compiles 1 disk hits 0 maps 0
  // WARM: 1.0000 compiles 0 disk hits 1 maps 0
  // NONE: compiler: no compiler library; FERRO_COMPILER is /nowhere
}
