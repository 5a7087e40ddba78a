#pragma once
#include "ferro/ferro.h"
[[ferro::script]] inline ferro::Tensor<float> scaled(ferro::Tensor<float> x) { return mul(x, x); }
[[ferro::script]] ferro::Tensor<float> weighted(ferro::Tensor<float> x, ferro::Tensor<float> w);
