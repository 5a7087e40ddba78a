// A launch finds the instantiations of other files and of loaded libraries,
// and none of one that is gone; it takes mapped outputs, pointers and numbers,
// and hands its arguments back.
// [H25] [H26] [H27]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang -fPIC -shared library.cpp -o liblater.so %ferro-libs
// RUN: %ferro-clang main.cpp other.cpp -o main %ferro-libs && ./main | FileCheck %s
// CHECK: other 3 7
// CHECK: before NotInstantiated kernels::fill: the program has no instantiation with N = 8; it has <2>; add one with `template void kernels::fill<8>(...);`
// CHECK: loaded 3
// CHECK: closed NotInstantiated
// CHECK: mapped 9
// CHECK: SignatureMismatch kernels::fill: parameter 2 (value): the argument does not convert to its type
// CHECK: pointer 6

#--- kernels.h
#pragma once
#include <cutile/cutile.h>
namespace [[cutile::module]] kernels {
using namespace cutile;
template <int N> [[cutile::entry]] void fill(TensorView<f32, N> &y, f32 value) {
  y.store(value + y.load() * f32(0));
}
template <typename E, int N>
[[cutile::entry]] void mapped(MappedPartitionMut<E, TileShape<N>, TileMap<1>> y, E value) {
  for (auto index : y.iter_indices())
    y.store(full<E, N>(value), index);
}
[[cutile::entry]] [[cutile::unsafe]] inline void first(TensorView<f32, 4> &y, const f32 *p) { y.store(full<f32, 4>(*p)); }
}
#--- library.cpp
#include "kernels.h"
template void kernels::fill<8>(cutile::TensorView<float, 8> &, float);
#--- other.cpp
#include "kernels.h"
template void kernels::fill<2>(cutile::TensorView<float, 2> &, float);
#--- main.cpp
#include "kernels.h"
#include <dlfcn.h>
#include <ferro/ferro.h>
#include <cstdio>
static void fill(const char *when, std::int64_t tile) {
  try {
    auto y = ferro::zeros<float>({10});
    auto [partition, value] = kernels::fill(y.partition({tile}), 3).sync();
    std::printf("%s %g %d\n", when, partition.unpartition().data()[9], value + 4);
  } catch (const ferro::Error &error) {
    std::printf("%s %s %s\n", when, std::string(ferro::toString(error.code())).c_str(), error.what());
  }
}
int main() {
  fill("other", 2);
  fill("before", 8);
  void *library = dlopen("./liblater.so", RTLD_NOW);
  fill("loaded", 8);
  dlclose(library);
  fill("closed", 8);
  auto y = ferro::zeros<float>({8});
  kernels::mapped(y.partition({2}).map({1}, 2), 9.0f).sync();
  std::printf("mapped %g\n", y.data()[7]);
  try {
    struct Number {};
    kernels::fill(y.partition({2}), Number()).sync();
  } catch (const ferro::Error &error) {
    std::printf("%s %s\n", std::string(ferro::toString(error.code())).c_str(), error.what());
  }
  auto x = ferro::full<float>({1}, 6);
  kernels::first(y.partition({4}), x).sync();
  std::printf("pointer %g\n", y.data()[7]);
}
