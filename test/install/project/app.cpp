#include "row.h"
#include "twice.h"

#include <cstdio>

[[ferro::script]] ferro::Tensor<float>
scale(ferro::Tensor<float> x); // scale.cpp

int main() {
  auto x = ferro::tensor<float>({1, 2, 3});
  ferro::TracedModule<float> scaled = scale(x), doubled = twice(x);
  auto row = row_softmax(ferro::tensor<float>({{3, 3}}));
  std::printf("%g %g, traced %d %d, row %g\n", scaled.to_vector()[2],
              doubled(doubled).to_vector()[2], scaled.traced(),
              doubled.traced(), row.to_vector()[1]);
}
