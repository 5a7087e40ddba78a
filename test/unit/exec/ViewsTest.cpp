#include "exec/Views.h"

#include "graph/Infer.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace ferro;
using exec::ViewLayout;
using graph::Attributes;
using graph::OpKind;

static std::optional<ViewLayout> layoutOf(OpKind op,
                                          const Attributes &attributes,
                                          const Shape &shape,
                                          const Strides &strides) {
  graph::Type type{DType::F32, shape, {}};
  Shape result = graph::inferType(op, {&type, 1}, attributes).shape;
  return exec::viewLayout(op, attributes, shape, strides, result);
}

/// The storage positions of a layout's elements, in row-major order.
static std::vector<std::int64_t>
positions(const Shape &shape, const Strides &strides, std::int64_t offset = 0) {
  std::vector<std::int64_t> found{offset};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::vector<std::int64_t> next;
    for (std::int64_t at : found)
      for (std::int64_t i = 0; i < shape[axis]; ++i)
        next.push_back(at + i * strides[axis]);
    found = next;
  }
  return found;
}

TEST(Views, MoveNoElement) {
  Shape shape{2, 3, 4};
  Strides strides = contiguousStrides(shape);
  auto transposed =
      layoutOf(OpKind::Transpose,
               {{"axis0", std::int64_t(0)}, {"axis1", std::int64_t(-1)}}, shape,
               strides);
  EXPECT_EQ(transposed->shape, (Shape{4, 3, 2}));
  EXPECT_EQ(transposed->strides, (Strides{1, 4, 12}));

  auto permuted =
      layoutOf(OpKind::Permute, {{"axes", Dims{2, 0, 1}}}, shape, strides);
  EXPECT_EQ(permuted->strides, (Strides{1, 12, 4}));

  auto narrowed = layoutOf(OpKind::Narrow,
                           {{"axis", std::int64_t(1)},
                            {"start", std::int64_t(1)},
                            {"length", std::int64_t(2)}},
                           shape, strides);
  EXPECT_EQ(narrowed->offset, 4);
  EXPECT_EQ(narrowed->shape, (Shape{2, 2, 4}));
  EXPECT_EQ(narrowed->strides, strides);

  auto expanded =
      layoutOf(OpKind::Expand, {{"shape", Dims{5, -1, 4}}}, {3, 1}, {1, 1});
  EXPECT_EQ(expanded->shape, (Shape{5, 3, 4}));
  EXPECT_EQ(expanded->strides, (Strides{0, 1, 0}));

  auto squeezed = layoutOf(OpKind::Squeeze, {{"axis", std::int64_t(1)}},
                           {2, 1, 3}, {3, 3, 1});
  EXPECT_EQ(squeezed->strides, (Strides{3, 1}));
  auto unsqueezed =
      layoutOf(OpKind::Unsqueeze, {{"axis", std::int64_t(-1)}}, {2, 3}, {3, 1});
  EXPECT_EQ(unsqueezed->shape, (Shape{2, 3, 1}));
}

TEST(Views, ReshapeOfAColumnOfBlocksIsAViewAndOfATransposeIsNot) {
  // Two axes that lie densely inside a wider row can be joined.
  auto joined =
      layoutOf(OpKind::Reshape, {{"shape", Dims{5, 6}}}, {5, 2, 3}, {20, 3, 1});
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->strides, (Strides{20, 1}));
  EXPECT_FALSE(layoutOf(OpKind::Reshape, {{"shape", Dims{6}}}, {3, 2}, {1, 3}));
  EXPECT_FALSE(layoutOf(OpKind::Flatten,
                        {{"start", std::int64_t(0)}, {"end", std::int64_t(-1)}},
                        {5, 6}, {20, 1}));
}

// Wherever a reshape is a view, its elements are the operand's in order.
TEST(Views, ReshapeKeepsTheOrderOfElements) {
  std::mt19937 random(7);
  int views = 0;
  for (int round = 0; round < 2000; ++round) {
    Shape dense;
    for (int i = 0; i < 4; ++i)
      dense.push_back(std::int64_t(1) << random() % 3);
    Strides strides = contiguousStrides(dense);
    Shape shape = dense;
    if (random() % 2)
      std::swap(shape[random() % 4], shape[0]),
          strides = contiguousStrides(shape);
    if (random() % 2) {
      std::size_t a = random() % 4, b = random() % 4;
      std::swap(shape[a], shape[b]);
      std::swap(strides[a], strides[b]);
    }
    Shape target;
    for (std::int64_t rest = numel(shape); rest > 1;) {
      std::int64_t extent = std::min<std::int64_t>(rest, 1 << random() % 4);
      if (target.size() + 1 == maxRank)
        extent = rest;
      target.push_back(extent);
      rest /= extent;
    }
    auto layout =
        layoutOf(OpKind::Reshape, {{"shape", target}}, shape, strides);
    if (!layout)
      continue;
    ++views;
    EXPECT_EQ(positions(layout->shape, layout->strides),
              positions(shape, strides))
        << toString(shape) << toString(strides) << " as " << toString(target);
  }
  EXPECT_GT(views, 500);
}
