// Modules of a library that is loaded later appear, and go when it is unloaded;
// a module that the program has as well stays.
// [S14] [S18] [F13]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang -fPIC -shared library.cpp -o liblater.so %ferro-libs
// RUN: %ferro-clang main.cpp -o main %ferro-libs && ./main | FileCheck %s
// CHECK: before: mine shared
// CHECK: loaded: later mine shared
// CHECK: closed: mine shared
// CHECK: again: later mine shared

#--- shared.h
#pragma once
#include <cutile/cutile.h>
namespace [[cutile::module]] shared { inline int f() { return 1; } }
#--- library.cpp
#include "shared.h"
namespace [[cutile::module]] later { inline int g() { return shared::f(); } }
#--- main.cpp
#include "shared.h"
#include <dlfcn.h>
#include <ferro/Registry.h>
#include <cstdio>
namespace [[cutile::module]] mine { inline int h() { return 1; } }
static void show(const char *when) {
  std::printf("%s:", when);
  for (const auto &module : ferro::registry::list())
      std::printf(" %s", module.name.c_str());
  std::printf("\n");
}
// Registered before any static of the program.
static const int early = (show("before"), 0);
int main(int, char **) {
  void *library = dlopen("./liblater.so", RTLD_NOW);
  show("loaded");
  dlclose(library);
  show("closed");
  library = dlopen("./liblater.so", RTLD_NOW);
  show("again");
  return early;
}
