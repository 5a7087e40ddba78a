// What may be called without a new trace: operations, scripts, pure functions,
// mathematics, and what the standard library computes from its arguments.
// RUN: %ferro-rewrite --expand %s -- -std=c++20 %mock > %t.txt
// RUN: not grep 'Flags::[N]one' %t.txt
// RUN: grep -c 'Flags::[C]losed' %t.txt | grep -x 6
#include "ferro/ferro.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
using namespace ferro;

[[ferro::pure]] float pure(float x);
struct Shape {
  int n;
  [[ferro::pure]] int size() const;
};
template <typename T> [[ferro::pure]] T pureTemplate(T x);

// [S02]
[[ferro::script]] Tensor<float> operations(Tensor<float> x) { return sum(mul(x + x, x * 2)); }
[[ferro::script]] Tensor<float> scripts(Tensor<float> x) { return operations(operations(x)); } // [A20]
[[ferro::script]] Tensor<float> pureCalls(Tensor<float> x, int n) {
  return x * pure(2) * pureTemplate(3.0f) * static_cast<float>(Shape{n}.size());
}
[[ferro::script]] Tensor<float> maths(Tensor<float> x, int n) {
  return x * std::sqrt(2.0f) * static_cast<float>(std::pow(2.0, n)) * std::max(1.0f, 2.0f);
}
[[ferro::script]] Tensor<float> standard(Tensor<float> x, std::string mode) {
  std::vector<Tensor<float>> list{x, x};
  list.push_back(std::move(x));
  auto [first, second] = std::make_tuple(list[0], list.back());
  std::array<int, 2> numbers{1, 2};
  return mode == "sum" ? first + second : first * static_cast<float>(numbers[0] + numbers.size());
}
template <typename T> struct Model {
  T factor;
  Tensor<T> w;
  [[ferro::script]] Tensor<T> forward(Tensor<T> x) const { return sum(mul(x, w)) * factor; }
};
