// A body that reads what cannot be listed is not Closed: it is traced at each
// call. Every function here is one reason.
// RUN: %ferro-rewrite --expand %s -- -std=c++20 %mock > %t.txt
// RUN: not grep 'Flags::[C]losed' %t.txt
// RUN: grep -c 'Flags::[N]one' %t.txt | grep -x 19
// Both doors tell the reason on request, and only then.
// RUN: %ferro-clang -fsyntax-only -fplugin-arg-ferroscript-remarks -fno-caret-diagnostics %s 2>&1 | FileCheck --check-prefix=TOLD %s
// RUN: %ferro-rewrite --remarks %s -- -std=c++20 -fno-caret-diagnostics %mock 2>&1 >/dev/null | FileCheck --check-prefix=TOLD %s
// RUN: %ferro-clang -fsyntax-only %s 2>&1 | count 0
// RUN: not %ferro-clang -fsyntax-only -fplugin-arg-ferroscript-remarks -DBROKEN %s 2>&1 | FileCheck --check-prefix=BROKEN %s
// RUN: %ferro-rewrite %s -- -std=c++20 %mock 2>&1 >/dev/null | count 0
#include "ferro/ferro.h"
#include <cmath>
#include <functional>
#include <memory>
using namespace ferro;

std::vector<Tensor<float>> weights;
std::unique_ptr<Tensor<float>> owned;
Tensor<float> *pointer;
Tensor<float> array[2];
struct Layer {
  Tensor<float> w;
} layer;
float ordinary(float x);
float (*functionPointer)(float);
int counter;
volatile float device;

[[ferro::script]] Tensor<float> container(Tensor<float> x) { return mul(x, weights[0]); } // TOLD: [[#@LINE]]:{{[0-9]+}}: remark: script 'container' is traced at every call: it reads 'weights' of type 'std::vector<Tensor<float>>', which is no tensor and no value of a signature [ferro:TracedEveryCall]
[[ferro::script]] Tensor<float> rangeFor(Tensor<float> x) {
  for (auto &w : weights) // TOLD: [[#@LINE]]:{{.*}}: it reads 'weights'
    x = mul(x, w);
  return x;
}
[[ferro::script]] Tensor<float> smart(Tensor<float> x) { return mul(x, *owned); } // TOLD: [[#@LINE]]:{{.*}}: it calls 'std::unique_ptr<ferro::Tensor<float>>::operator*'
[[ferro::script]] Tensor<float> deref(Tensor<float> x) { return mul(x, *pointer); }
[[ferro::script]] Tensor<float> element(Tensor<float> x, int i) { return mul(x, array[i]); } // TOLD: [[#@LINE]]:{{.*}}: it reads 'array'
[[ferro::script]] Tensor<float> whole(Tensor<float> x) {
  Layer copy = layer; // TOLD: [[#@LINE]]:{{.*}}: it reads 'layer' of type 'struct Layer'
  return mul(x, copy.w);
}
[[ferro::script]] Tensor<float> call(Tensor<float> x) { return x * ordinary(2); } // TOLD: [[#@LINE]]:{{.*}}: it calls 'ordinary', which is no operation, no script and not marked {{\[\[}}ferro::pure]]
[[ferro::script]] Tensor<float> indirect(Tensor<float> x) { return x * functionPointer(2); }
[[ferro::script]] Tensor<float> staticLocal(Tensor<float> x) {
  static int calls = 0; // TOLD: [[#@LINE]]:{{.*}}: it keeps 'calls' from earlier calls
  return x * static_cast<float>(++calls);
}
[[ferro::script]] Tensor<float> counts(Tensor<float> x) {
  ++counter; // TOLD: [[#@LINE]]:{{.*}}: it writes to 'counter'
  return x;
}
[[ferro::script]] Tensor<float> readsVolatile(Tensor<float> x) { return x * device; } // TOLD: [[#@LINE]]:{{.*}}: it reads 'device' of type 'volatile float'
[[ferro::script]] Tensor<float> random(Tensor<float> x) { return add(x, randn_like(x)); } // TOLD: [[#@LINE]]:{{.*}}: it calls 'ferro::randn_like', whose result differs from call to call
[[ferro::script]] Tensor<float> prints(Tensor<float> x) {
  std::printf("traced\n"); // TOLD: [[#@LINE]]:{{.*}}: it calls 'printf', which
  return x;
}

[[ferro::script]] Tensor<float> elsewhere(Tensor<float> x);
[[ferro::script]] Tensor<float> callsElsewhere(Tensor<float> x) { return elsewhere(x); } // TOLD: [[#@LINE]]:{{.*}}: it calls script 'elsewhere', whose body is not in this file
[[ferro::script]] Tensor<float> callsOpen(Tensor<float> x) { return container(x); } // TOLD: [[#@LINE]]:{{.*}}: it calls script 'container', which is traced at every call itself
template <typename F> [[ferro::script]] Tensor<float> callback(Tensor<float> x, F f) { return x * f(2); } // TOLD: [[#@LINE]]:{{.*}}: it calls a function that is only known when it runs

struct Net {
  Layer *next;
  float helper() const;
  [[ferro::script]] Tensor<float> arrow(Tensor<float> x) { return mul(x, next->w); } // TOLD: [[#@LINE]]:{{.*}}: it reads 'w' through a pointer
  [[ferro::script]] Tensor<float> self(Tensor<float> x) { return mul(x, use(*this)); }
  static Tensor<float> use(const Net &);
  [[ferro::script]] Tensor<float> method(Tensor<float> x) { return x * helper(); } // TOLD: [[#@LINE]]:{{.*}}: it calls 'Net::helper'
};

#ifdef BROKEN // errors keep their lines
int broken = "text"; // BROKEN: open.cpp:[[#@LINE]]:5: error
#endif
