#include "twice.h"

#include <cstdio>

[[ferro::script]] ferro::Tensor<float>
scale(ferro::Tensor<float> x); // scale.cpp

int main() {
  auto x = ferro::tensor<float>({1, 2, 3});
  ferro::TracedModule<float> scaled = scale(x), doubled = twice(x);
  std::printf("%g %g, traced %d %d\n", scaled.to_vector()[2],
              doubled(doubled).to_vector()[2], scaled.traced(),
              doubled.traced());
}
