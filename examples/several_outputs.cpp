// A script may return several tensors, take numbers beside tensors, and report
// a failure in its result instead of throwing.
#include <ferro/ferro.h>
#include <iostream>

using namespace ferro;

struct Statistics {
  Tensor<float> mean, variance;
};

// One pass of the code over x computes both. `axis` is part of the signature.
[[ferro::script]] Statistics statistics(Tensor<float> x, int axis = -1) {
  auto average = mean(x, {axis}, /*keepdim=*/true);
  return {average, mean(square(x - average), {axis}, /*keepdim=*/true)};
}

[[ferro::script]] Result<Tensor<float>> product(Tensor<float> a,
                                                Tensor<float> b) {
  if (a.size(1) != b.size(0))
    return Error(Code::ShapeMismatch, "product",
                 "a has shape " + toString(a.shape()) + ", b " +
                     toString(b.shape()));
  return matmul(a, b);
}

int main() {
  auto x = tensor<float>({{1, 2, 3}, {4, 6, 8}});

  auto [rowMeans, rowVariances] = statistics(x);
  std::cout << rowMeans << '\n' << rowVariances << '\n';
  auto columns = statistics(x, 0);
  std::cout << columns.mean << '\n';

  if (auto result = product(x, x); !result)
    std::cout << result.error().what() << '\n';
}
