// A template is rewritten once, as the pattern that it is.
// RUN: %ferro-clang -Wall -Wextra -Wshadow -Werror %s -o %t && %t | FileCheck %s
#include "ferro/ferro.h"
using namespace ferro;

// [A12]
template <typename T> [[ferro::script]] Tensor<T> square(Tensor<T> x) { return mul(x, x); }

template <typename T, typename... Rest> [[ferro::script]] Tensor<T> total(Tensor<T> first, Rest... rest) {
  return (first + ... + rest);
}

[[ferro::script]] auto abbreviated(auto x) { return x + x; }

template <typename T> struct Scale {
  T factor;
  [[ferro::script]] Tensor<T> operator()(Tensor<T> x) const { return x * factor; }
  template <typename U> [[ferro::script]] Tensor<T> times(Tensor<T> x, const U &count) const;
};
template <typename T> template <typename U> Tensor<T> Scale<T>::times(Tensor<T> x, const U &count) const {
  return (*this)(x) * count;
}

int main() {
  static_assert(std::is_same_v<decltype(square(Tensor<double>{2})), TracedModule<double>>);
  std::printf("%g %g\n", square(Tensor<float>{3}).item(), square(Tensor<double>{4}).item()); // CHECK: 9 16
  std::printf("%d\n", total(Tensor<int>{1}, Tensor<int>{2}, Tensor<int>{3}).item()); // CHECK-NEXT: 6
  std::printf("%g\n", abbreviated(Tensor<float>{4}).item()); // CHECK-NEXT: 8

  Scale<float> scale{3};
  std::printf("%g %s outside %zu\n", scale({2}).item(), detail::lastSite->name, detail::lastOutside);
  // CHECK-NEXT: 6 Scale::operator() outside 1
  std::printf("%g\n", scale.times({2}, 5).item()); // CHECK-NEXT: 30
}
