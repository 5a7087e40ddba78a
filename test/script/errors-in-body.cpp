// The whole body is one callable: an early return of an error, and an error
// that an operation throws in it, become the error of the result. [A06]
// RUN: %ferro-clang %s -o %t %ferro-libs && %t | FileCheck %s
#include <ferro/ferro.h>

#include <cstdio>

using namespace ferro;

[[ferro::script]] Result<Tensor<float>> checked(Tensor<float> x, Tensor<float> y) {
  if (x.shape().size() != 1)
    return Error(Code::InvalidArgument, "checked", "x is not a vector");
  auto sum = x + y;
  return relu(sum);
}

[[ferro::script]] Tensor<float> throws(Tensor<float> x, Tensor<float> y) { return x + y; }

int main() {
  auto x = tensor<float>({1, -2, 3}), two = tensor<float>({1, 2}), matrix = tensor<float>({{1, 2}, {3, 4}});
  auto good = checked(x, x);
  std::printf("%d %g\n", static_cast<bool>(good), good->to_vector()[2]); // CHECK: 1 6
  auto early = checked(matrix, x);
  std::printf("%d %s\n", static_cast<bool>(early), early.error().what()); // CHECK: 0 checked: x is not a vector
  auto thrown = checked(x, two);
  std::printf("%d %s\n", thrown.error().code() == Code::ShapeMismatch, thrown.error().what()); // CHECK: 1 add: {{.*}}[3]{{.*}}[2]
  try {
    throws(x, two);
  } catch (const Error &error) {
    std::printf("caught %s\n", error.what()); // CHECK: caught add:
  }
}
