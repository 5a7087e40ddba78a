// A body that reads what cannot be listed is not Closed: it is traced at each
// call. Every function here is one reason.
// RUN: %ferro-rewrite --expand %s -- -std=c++20 %mock > %t.txt
// RUN: not grep 'Flags::[C]losed' %t.txt
// RUN: grep -c 'Flags::[N]one' %t.txt | grep -x 19
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

[[ferro::script]] Tensor<float> container(Tensor<float> x) { return mul(x, weights[0]); }
[[ferro::script]] Tensor<float> rangeFor(Tensor<float> x) {
  for (auto &w : weights)
    x = mul(x, w);
  return x;
}
[[ferro::script]] Tensor<float> smart(Tensor<float> x) { return mul(x, *owned); }
[[ferro::script]] Tensor<float> deref(Tensor<float> x) { return mul(x, *pointer); }
[[ferro::script]] Tensor<float> element(Tensor<float> x, int i) { return mul(x, array[i]); }
[[ferro::script]] Tensor<float> whole(Tensor<float> x) {
  Layer copy = layer;
  return mul(x, copy.w);
}
[[ferro::script]] Tensor<float> call(Tensor<float> x) { return x * ordinary(2); }
[[ferro::script]] Tensor<float> indirect(Tensor<float> x) { return x * functionPointer(2); }
[[ferro::script]] Tensor<float> staticLocal(Tensor<float> x) {
  static int calls = 0;
  return x * static_cast<float>(++calls);
}
[[ferro::script]] Tensor<float> counts(Tensor<float> x) {
  ++counter;
  return x;
}
[[ferro::script]] Tensor<float> readsVolatile(Tensor<float> x) { return x * device; }
[[ferro::script]] Tensor<float> random(Tensor<float> x) { return add(x, randn_like(x)); }
[[ferro::script]] Tensor<float> prints(Tensor<float> x) {
  std::printf("traced\n");
  return x;
}

[[ferro::script]] Tensor<float> elsewhere(Tensor<float> x);
[[ferro::script]] Tensor<float> callsElsewhere(Tensor<float> x) { return elsewhere(x); }
[[ferro::script]] Tensor<float> callsOpen(Tensor<float> x) { return container(x); }
template <typename F> [[ferro::script]] Tensor<float> callback(Tensor<float> x, F f) { return x * f(2); }

struct Net {
  Layer *next;
  float helper() const;
  [[ferro::script]] Tensor<float> arrow(Tensor<float> x) { return mul(x, next->w); }
  [[ferro::script]] Tensor<float> self(Tensor<float> x) { return mul(x, use(*this)); }
  static Tensor<float> use(const Net &);
  [[ferro::script]] Tensor<float> method(Tensor<float> x) { return x * helper(); }
};
