// Modules are found by their name and by the names of what is in them, in the
// process and in a file.
// [F07] [F15] [F25]
// RUN: rm -rf %t && split-file %s %t && cd %t
// RUN: %ferro-clang main.cpp other.cpp -o main %ferro-libs && ./main | FileCheck %s
// RUN: %ferro-compile --list main | FileCheck %s --check-prefix=LIST
// RUN: strip main && %ferro-compile --list main | FileCheck %s --check-prefix=LIST
// RUN: %ferro-compile --module app::lib main | grep 'int one()'
// RUN: not %ferro-compile --module absent main 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: ModuleNotFound: {{.*}}main has no module absent; --list shows those it has

// The header's module is in both objects, and once in the list.
// CHECK: list app::lib kernels
// CHECK: nested app::lib
// CHECK: absolute kernels
// CHECK: prefix 0
// CHECK: error ModuleNotFound registry: no module has the name nowhere; registered are app::lib, kernels
// LIST-DAG: app::lib {{[0-9a-f]{32}$}}
// LIST-DAG: kernels {{[0-9a-f]{32}$}}
// LIST:       imports app::lib
// LIST-NEXT:  kernel kernels::k line 6

#--- lib.h
#pragma once
#include <cutile/cutile.h>
namespace app { inline namespace one { namespace [[cutile::module]] lib { inline int one() { return 1; } } } }
#--- other.cpp
#include "lib.h"
int other() { return app::lib::one(); }
#--- main.cpp
#include "lib.h"
#include <ferro/Error.h>
#include <ferro/Registry.h>
#include <cstdio>
namespace [[cutile::module]] kernels {
[[cutile::entry]] void k(int n) { n = app::lib::one(); (void)n; }
}
int main() {
  namespace registry = ferro::registry;
  std::printf("list");
  for (const auto &module : registry::list())
    std::printf(" %s", module.name.c_str());
  std::printf("\nnested %s\n", registry::find("app::lib::deep::inside")->name.c_str());
  std::printf("absolute %s\n", registry::find("::kernels::k")->name.c_str());
  std::printf("prefix %d\n", registry::find("kernel").has_value());
  try {
    registry::text("nowhere");
  } catch (const ferro::Error &error) {
    std::printf("error %s %s\n", std::string(ferro::toString(error.code())).c_str(), error.what());
  }
}
