// What a body reads from outside is listed, so that a known signature needs no
// new trace: tensors become hidden inputs, numbers and strings join the key.
// RUN: %ferro-rewrite --expand %s -- -std=c++20 %mock | FileCheck %s
#include "ferro/ferro.h"
using namespace ferro;

enum class Mode { Fast, Exact };
namespace config {
inline namespace v1 {
float scale = 2;
}
Tensor<float> bias;
const int fixed = 3;
Mode mode;
std::string name;
std::vector<long> axes;
} // namespace config
[[ferro::pure]] float half(float x);

// [A15] [S03]
// CHECK-LABEL: globals(
// CHECK: "globals", {{.*}} ::ferro::detail::ScriptFlags::Closed, "x,scale"
// CHECK: [] { return ::ferro::detail::outside(::config::scale, ::config::bias, ::config::mode, ::config::name, ::config::axes); }
[[ferro::script]] Tensor<float> globals(Tensor<float> x, float scale) {
  using namespace config;
  using config::v1::scale; // hides the parameter here, not in the list
  auto y = mul(x, half(scale) * fixed) + bias + bias;
  if (mode == Mode::Fast && name == "net" && axes.size() == 2)
    y = y * scale;
  return y;
}

struct Layer {
  Tensor<float> w;
  int count;
};
struct Net {
  Layer first;
  Layer *second;
  static inline float factor = 2;

  // CHECK-LABEL: forward(
  // CHECK: ScriptFlags::Closed
  // CHECK: [this] { return ::ferro::detail::outside(this->first.w, this->first.count, ::Net::factor); }
  [[ferro::script]] Tensor<float> forward(Tensor<float> x) const {
    for (int i = 0; i < this->first.count; ++i)
      x = mul(x, first.w);
    return x * factor;
  }

  // Reads of a callee belong to the caller.
  // CHECK-LABEL: twice(
  // CHECK: ScriptFlags::Closed
  // CHECK: [this] { return ::ferro::detail::outside(this->first.w, this->first.count, ::Net::factor); }
  [[ferro::script]] Tensor<float> twice(Tensor<float> x) const { return forward(forward(x)); }
};

Net net;
// CHECK-LABEL: callsMethod(
// CHECK: ScriptFlags::Closed
// CHECK: [] { return ::ferro::detail::outside(::net.first.w, ::net.first.count, ::Net::factor); }
[[ferro::script]] Tensor<float> callsMethod(Tensor<float> x) { return net.twice(x); }

// An object of the body's own is not outside.
// CHECK-LABEL: ownObject(
// CHECK: ScriptFlags::Closed
// CHECK: callScript(ferro_site, ::ferro::detail::outside(),
[[ferro::script]] Tensor<float> ownObject(Tensor<float> x) {
  Layer layer{x, 2};
  auto &w = layer.w;
  auto scaled = [&](int n) { return w * static_cast<float>(n); };
  return scaled(layer.count);
}

// Sizes and types are not read.
// CHECK-LABEL: unevaluated(
// CHECK: callScript(ferro_site, ::ferro::detail::outside(),
[[ferro::script]] Tensor<float> unevaluated(Tensor<float> x) {
  return x * static_cast<float>(sizeof(config::scale) + sizeof(decltype(config::bias)));
}

// A recursive script lists what one round reads.
// CHECK-LABEL: recursive(
// CHECK: ScriptFlags::Closed
// CHECK: ::ferro::detail::outside(::config::scale)
[[ferro::script]] Tensor<float> recursive(Tensor<float> x, int depth) {
  return depth == 0 ? x : recursive(x * config::scale, depth - 1);
}
