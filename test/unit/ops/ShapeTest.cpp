#include "../Expect.h"

#include "ferro/Creation.h"

#include <gtest/gtest.h>

using namespace ferro;

static const auto cube = [] { return reshape(arange<int>(24), {2, 3, 4}); };

// [C28]
TEST(Shape, ReshapeInfersOneExtent) {
  auto x = cube();
  EXPECT_EQ(reshape(x, {6, -1}).shape(), (Shape{6, 4}));
  EXPECT_TRUE(reshape(x, {4, 6}).shares_storage(x));
  auto turned = transpose(x, 0, 2); // a copy, in row-major order
  EXPECT_FALSE(reshape(turned, {24}).shares_storage(x));
  EXPECT_EQ(reshape(turned, {24}).to_vector()[1], 12);
  EXPECT_FERRO_ERROR(reshape(x, {5, -1}), Code::ShapeMismatch,
                     "reshape: input is [2, 3, 4], shape is [5, -1]; both must "
                     "have 24 elements");
}

// [C29]
TEST(Shape, FlattenSqueezeUnsqueeze) {
  auto x = cube();
  EXPECT_EQ(flatten(x).shape(), (Shape{24}));
  EXPECT_EQ(flatten(x, 1).shape(), (Shape{2, 12}));
  EXPECT_EQ(flatten(x, 0, -2).shape(), (Shape{6, 4}));
  EXPECT_EQ(unsqueeze(x, -1).shape(), (Shape{2, 3, 4, 1}));
  EXPECT_EQ(squeeze(unsqueeze(x, 1), 1).shape(), (Shape{2, 3, 4}));
  EXPECT_FERRO_ERROR(squeeze(x, 1), Code::ShapeMismatch,
                     "squeeze: input is [2, 3, 4], axis is 1; the axis must "
                     "have extent 1");
}

// [C30]
TEST(Shape, TransposeAndPermute) {
  auto m = tensor<int>({{1, 2, 3}, {4, 5, 6}});
  EXPECT_EQ(transpose_2d(m).to_vector(), (std::vector<int>{1, 4, 2, 5, 3, 6}));
  EXPECT_TRUE(transpose_2d(m).shares_storage(m));
  auto x = permute(cube(), {2, 0, 1});
  EXPECT_EQ(x.shape(), (Shape{4, 2, 3}));
  EXPECT_EQ(x.strides(), (Strides{1, 12, 4}));
  EXPECT_EQ(x.to_vector()[1], 4); // [0, 0, 1] was [0, 1, 0]
  EXPECT_FERRO_CODE(transpose_2d(cube()), Code::ShapeMismatch);
}

// [C27]
TEST(Shape, HeadsComeBeforeTokensAndBack) {
  auto x = view(arange<float>(2 * 3 * 4 * 5), {2, 3, 4, 5});
  auto heads = permute_0213(x);
  EXPECT_EQ(heads.shape(), (Shape{2, 4, 3, 5}));
  EXPECT_TRUE(heads.shares_storage(x));
  EXPECT_EQ(heads.to_vector()[5], 20); // [0, 0, 1, 0] was [0, 1, 0, 0]
  EXPECT_EQ(permute_0213(heads).to_vector(), x.to_vector());
  EXPECT_FERRO_CODE(permute_0213(cube()), Code::IndexOutOfBounds);
}

// [C31]
TEST(Shape, ExpandRepeatsWithoutCopy) {
  auto x = tensor<int>({{1}, {2}});
  auto wide = expand(x, {3, -1, 2});
  EXPECT_EQ(wide.shape(), (Shape{3, 2, 2}));
  EXPECT_EQ(wide.strides(), (Strides{0, 1, 0}));
  EXPECT_TRUE(wide.shares_storage(x));
  EXPECT_EQ(wide.to_vector(),
            (std::vector<int>{1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2}));
}

// [C32]
TEST(Shape, CatSplitChunk) {
  auto x = tensor<int>({{1, 2}, {3, 4}});
  EXPECT_EQ(cat({x, x * 10}, 1).to_vector(),
            (std::vector<int>{1, 2, 10, 20, 3, 4, 30, 40}));
  EXPECT_EQ(cat(std::vector{x, x}).shape(), (Shape{4, 2}));
  auto parts = split(arange<int>(7), 3);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].to_vector(), (std::vector<int>{3, 4, 5}));
  EXPECT_EQ(parts[2].to_vector(), (std::vector<int>{6}));
  auto chunks = chunk(cube(), 2, -1);
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[1].shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(chunks[1].to_vector()[0], 2);
  EXPECT_FERRO_ERROR(split(x, 0), Code::InvalidArgument,
                     "split: size is 0; it must be at least 1");
  EXPECT_FERRO_ERROR(cat({x, tensor<int>({{1, 2, 3}})}), Code::ShapeMismatch,
                     "cat: operand 0 is [2, 2], operand 1 is [1, 3]; shapes "
                     "may differ only along axis 0");
}

// [C33]
TEST(Shape, ViewsSeeTheSameElements) {
  auto x = cube();
  auto slice = narrow(x, 1, 1, 2);
  EXPECT_EQ(slice.offset(), 4);
  EXPECT_EQ(slice.shape(), (Shape{2, 2, 4}));
  x.mutable_data()[4] = 99;
  EXPECT_EQ(slice.to_vector()[0], 99);
  slice.add_(1);
  EXPECT_EQ(x.to_vector()[4], 100);
  EXPECT_EQ(x.to_vector()[3], 3);

  EXPECT_TRUE(view(x, {4, 6}).shares_storage(x));
  EXPECT_FERRO_ERROR(view(transpose_2d(view(x, {4, 6})), {24}),
                     Code::InvalidArgument,
                     "view: input is [6, 4] with strides [1, 6], shape is "
                     "[24]; the strides must allow it without a copy, so use "
                     "reshape");

  auto dense = contiguous(slice);
  EXPECT_FALSE(dense.shares_storage(x));
  EXPECT_TRUE(dense.is_contiguous());
  EXPECT_EQ(dense.to_vector(), slice.to_vector());
  EXPECT_TRUE(contiguous(x).shares_storage(x));
}

TEST(Shape, OfNothing) {
  auto none = empty<float>({0, 3});
  EXPECT_EQ((none + 1).shape(), (Shape{0, 3}));
  EXPECT_EQ(transpose_2d(none).to_vector().size(), 0u);
  EXPECT_EQ(cat({none, ones<float>({2, 3})}).shape(), (Shape{2, 3}));
  EXPECT_EQ(split(none, 2).size(), 1u);
}

TEST(Shape, MetaTensorsOnlyInfer) {
  auto x = meta<float>({1000, 1000, 1000});
  auto y = sum_dim(matmul(x, transpose(x, 1, 2)) * 2 + 1, 0);
  EXPECT_EQ(y.shape(), (Shape{1000, 1000}));
  EXPECT_EQ(y.device().kind, DeviceKind::Meta);
  EXPECT_FERRO_CODE(x + mean(ones<float>({2})), Code::DeviceMismatch);
}
