// The public header alone, with warnings as errors. The attribute below is
// unknown to a compiler without the plugin: the header silences the warning.
#include "ferro/ferro.h"

#include <gtest/gtest.h>

[[ferro::script]] static ferro::Tensor<float>
weightedSum(ferro::Tensor<float> values, ferro::Tensor<float> weights) {
  return sum(mul(values, weights));
}

TEST(Umbrella, AnnotatedFunctionsRunEagerlyWithoutThePlugin) {
  auto result = weightedSum(ferro::tensor<float>({1, 2, 3}),
                            ferro::tensor<float>({4, 5, 6}));
  EXPECT_EQ(result.item(), 32);
}
