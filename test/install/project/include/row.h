#pragma once

#include <ferro/ferro.h>

ferro::Tensor<float> row_softmax(const ferro::Tensor<float> &x);
