// A script in a system header would stay eager, so it is an error, whether the
// file itself has scripts or not.
// RUN: split-file %s %t
// RUN: not %ferro-clang -isystem %t/system -fsyntax-only %t/with.cpp 2>&1 | FileCheck %s
// RUN: not %ferro-clang -isystem %t/system -fsyntax-only %t/without.cpp 2>&1 | FileCheck %s --check-prefix=FINAL
// RUN: %ferro-clang -I %t/system -fsyntax-only %t/with.cpp

// CHECK: model.h:2:40: error: script 'model' is in a system header, which is not rewritten; include its folder with -I [ferro:SystemHeaderScript]
// FINAL: model.h:2:3: error: this 'ferro::script' was not found when the file was rewritten; {{.*}} [ferro:UnrewrittenAttribute]

//--- system/model.h
#include "ferro/ferro.h"
[[ferro::script]] ferro::Tensor<float> model(ferro::Tensor<float> x);
//--- with.cpp
#include <model.h>
[[ferro::script]] ferro::Tensor<float> mine(ferro::Tensor<float> x) { return x; }
//--- without.cpp
#include <model.h>
