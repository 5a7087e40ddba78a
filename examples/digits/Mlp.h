// A classifier with one hidden layer. The two scripts are all there is to it.
#pragma once

#include <ferro/ferro.h>

#include <vector>

struct Mlp {
  ferro::Tensor<float> weight1, bias1; ///< [128, 64], [128]
  ferro::Tensor<float> weight2, bias2; ///< [10, 128], [10]

  /// The score of each class: [n, 64] to [n, 10].
  [[ferro::script]] ferro::Tensor<float>
  forward(ferro::Tensor<float> images) const {
    auto hidden = relu(linear(images, weight1, bias1));
    return linear(hidden, weight2, bias2);
  }

  /// The mean cross-entropy of the scores and the targets.
  [[ferro::script]] ferro::Tensor<float>
  loss(ferro::Tensor<float> images, ferro::Tensor<float> targets) const {
    auto logProbabilities = log_softmax(forward(images), -1);
    return -mean(sum(logProbabilities * targets, {-1}));
  }

  /// Handles: they share the elements of the members.
  std::vector<ferro::Tensor<float>> parameters() const {
    return {weight1, bias1, weight2, bias2};
  }
};
