#pragma once
#include <ferro/ferro.h>

// A script in a header, which both sources include.
[[ferro::script]] inline ferro::Tensor<float> twice(ferro::Tensor<float> x) {
  return x + x;
}
