#include "../Expect.h"

#include "ferro/Creation.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace ferro;

static const auto matrix = [] {
  return tensor<float>({{1, -2, 3}, {4, 5, 0.5}});
};

// [C18] [C20]
TEST(Reduction, OfAllElements) {
  auto x = matrix();
  EXPECT_EQ(sum(x).item(), 11.5f);
  EXPECT_FLOAT_EQ(mean(x).item(), 11.5f / 6);
  EXPECT_EQ(prod(x).item(), -60);
  EXPECT_EQ(amax(x).item(), 5);
  EXPECT_EQ(amin(x).item(), -2);
  EXPECT_EQ(sum(x).ndim(), 0u);
  EXPECT_TRUE(std::isnan(amax(tensor<float>({1, NAN, 3})).item()));
  EXPECT_TRUE(std::isnan(amin(tensor<float>({1, 3, NAN})).item()));
}

// [C19]
TEST(Reduction, AlongOneAxis) {
  auto x = matrix();
  EXPECT_EQ(sum_dim(x, 0).to_vector(), (std::vector<float>{5, 3, 3.5}));
  EXPECT_EQ(sum_dim(x, -1).to_vector(), (std::vector<float>{2, 9.5}));
  EXPECT_EQ(sum_dim(x, 1, true).shape(), (Shape{2, 1}));
  EXPECT_EQ(mean_dim(x, -2).to_vector(), (std::vector<float>{2.5, 1.5, 1.75}));
  EXPECT_EQ(amax(x, {1}).to_vector(), (std::vector<float>{3, 5}));
  EXPECT_EQ(sum(x, {0, -1}, true).shape(), (Shape{1, 1}));
  EXPECT_FERRO_ERROR(sum_dim(x, 2), Code::IndexOutOfBounds,
                     "sum: axis is 2; a tensor of rank 2 has axes -2 to 1");
}

// [C11]
TEST(Reduction, SoftmaxAlongAnyAxis) {
  auto x = tensor<double>({{0, std::log(3.0)}, {std::log(2.0), 1000}});
  auto rows = softmax(x).to_vector();
  EXPECT_NEAR(rows[0], 0.25, 1e-15);
  EXPECT_NEAR(rows[1], 0.75, 1e-15);
  EXPECT_NEAR(rows[3], 1, 1e-15);
  auto columns = softmax(x, 0).to_vector();
  EXPECT_NEAR(columns[0], 1.0 / 3, 1e-15);
  EXPECT_NEAR(columns[2], 2.0 / 3, 1e-15);
  auto logs = log_softmax(x).to_vector();
  EXPECT_NEAR(logs[0], std::log(0.25), 1e-15);
  EXPECT_NEAR(logs[2], std::log(2.0) - 1000, 1e-12);
}

// [C57]
TEST(Reduction, HalvesAccumulateInMoreDigits) {
  // Alone, bf16 stops counting at 256.
  EXPECT_EQ(static_cast<float>(sum(ones<bf16>({1000})).item()), 1000);
  auto x = ones<bf16>({1, 1000});
  EXPECT_EQ(static_cast<float>(mm_bt(x, x).item()), 1000);
}

TEST(Reduction, OfStridedElements) {
  auto x = transpose_2d(matrix());
  EXPECT_EQ(sum_dim(x, 0).to_vector(), (std::vector<float>{2, 9.5}));
  EXPECT_EQ(amin(narrow(x, 0, 1, 2), {1}).to_vector(),
            (std::vector<float>{-2, 0.5}));
}
