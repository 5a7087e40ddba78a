#include "../Expect.h"

#include "ferro/Creation.h"

#include <gtest/gtest.h>

using namespace ferro;

static const auto a = [] { return tensor<float>({{1, 2, 3}, {4, 5, 6}}); };
static const auto b = [] { return tensor<float>({{1, 0}, {-1, 2}, {0.5, 3}}); };
static const std::vector<float> ab{0.5, 13, 2, 28};

// [C21] [C22]
TEST(Matrix, MmAndMmBt) {
  EXPECT_EQ(mm(a(), b()).to_vector(), ab);
  EXPECT_EQ(mm_bt(a(), transpose_2d(b())).to_vector(), ab);
  EXPECT_FERRO_ERROR(mm(a(), a()), Code::ShapeMismatch,
                     "mm: lhs is [2, 3], rhs is [2, 3]; lhs columns must equal "
                     "rhs rows");
}

// [C23]
TEST(Matrix, MvAndDot) {
  auto v = tensor<float>({1, -1, 2});
  EXPECT_EQ(mv(a(), v).to_vector(), (std::vector<float>{5, 11}));
  EXPECT_EQ(dot(v, v).item(), 6);
  EXPECT_EQ(dot(v, v).ndim(), 0u);
}

// [C24]
TEST(Matrix, BmmMultipliesBatchByBatch) {
  auto left = cat({unsqueeze(a(), 0), unsqueeze(a() * 2, 0)});
  auto right = cat({unsqueeze(b(), 0), unsqueeze(b() * 10, 0)});
  auto product = bmm(left, right);
  EXPECT_EQ(product.shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(product.to_vector(),
            (std::vector<float>{0.5, 13, 2, 28, 10, 260, 40, 560}));
}

// [C25]
TEST(Matrix, MatmulByRank) {
  auto v = tensor<float>({1, -1, 2});
  EXPECT_EQ(matmul(v, v).item(), 6);
  EXPECT_EQ(matmul(a(), v).to_vector(), (std::vector<float>{5, 11}));
  EXPECT_EQ(matmul(v, b()).to_vector(), (std::vector<float>{3, 4}));
  EXPECT_EQ(matmul(a(), b()).to_vector(), ab);
  // [4, 1, 2, 3] times [5, 3, 2]: batches broadcast.
  auto batches = matmul(expand(a(), {4, 1, 2, 3}), expand(b(), {5, 3, 2}));
  EXPECT_EQ(batches.shape(), (Shape{4, 5, 2, 2}));
  auto all = batches.to_vector();
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i], ab[i % 4]);
}

// [C26]
TEST(Matrix, LinearWithAndWithoutBias) {
  auto weight = transpose_2d(b());
  auto bias = tensor<float>({100, 200});
  EXPECT_EQ(linear_fused(a(), weight).to_vector(), ab);
  EXPECT_EQ(linear_fused(a(), weight, bias).to_vector(),
            (std::vector<float>{100.5, 213, 102, 228}));
  EXPECT_EQ(linear(tensor<float>({1, 2, 3}), weight, bias).to_vector(),
            (std::vector<float>{100.5, 213}));
  EXPECT_EQ(linear(rand({2, 3, 4, 3}), weight).shape(), (Shape{2, 3, 4, 2}));
  EXPECT_FERRO_ERROR(linear(a(), b()), Code::ShapeMismatch,
                     "linear: input is [2, 3], weight is [3, 2]; the last "
                     "extents must be equal");
}

TEST(Matrix, EmptyInnerExtentGivesZeros) {
  EXPECT_EQ(mm(empty<float>({2, 0}), empty<float>({0, 2})).to_vector(),
            (std::vector<float>{0, 0, 0, 0}));
}
