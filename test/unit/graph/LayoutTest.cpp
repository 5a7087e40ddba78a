#include "graph/Layout.h"

#include <gtest/gtest.h>

#include <random>

using namespace ferro;
using namespace ferro::graph;

/// Storage offsets of all elements, in row-major order.
static std::vector<std::int64_t> offsets(const Shape &shape,
                                         const Strides &strides) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < numel(shape); ++i) {
    std::int64_t rest = i, offset = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      offset += rest % shape[axis] * strides[axis];
      rest /= shape[axis];
    }
    result.push_back(offset);
  }
  return result;
}

TEST(Layout, ReshapeWithinAndAcrossGaps) {
  EXPECT_EQ(reshapeStrides({4, 6}, {6, 1}, {2, 2, 6}), Strides({12, 6, 1}));
  EXPECT_EQ(reshapeStrides({4, 6}, {1, 4}, {4, 2, 3}), Strides({1, 12, 4}));
  EXPECT_EQ(reshapeStrides({4, 6}, {1, 4}, {24}), std::nullopt);
  EXPECT_EQ(reshapeStrides({4, 3}, {6, 1}, {2, 2, 3}), Strides({12, 6, 1}));
  EXPECT_EQ(reshapeStrides({3, 1}, {0, 0}, {3}), Strides({0}));
}

// Whatever a reshape finds must read the same elements in the same order.
TEST(Layout, ReshapeReadsTheSameElements) {
  std::mt19937 random(3);
  int views = 0, copies = 0;
  for (int round = 0; round < 3000; ++round) {
    Shape shape;
    Strides strides;
    for (unsigned i = 0, rank = 1 + random() % 4; i < rank; ++i) {
      shape.push_back(1 + random() % 4);
      strides.push_back(random() % 13);
    }
    if (random() %
        2) // a permuted or narrowed row-major tensor, where views are likely
      strides = contiguousStrides(shape);
    if (random() % 2 && shape.size() > 1) {
      std::swap(shape[0], shape[1]);
      std::swap(strides[0], strides[1]);
    }
    Shape target;
    std::int64_t rest = numel(shape);
    while (target.size() < maxRank - 1 && random() % 6) {
      std::int64_t extent = 1 + random() % 4;
      if (rest % extent == 0) {
        target.push_back(extent);
        rest /= extent;
      }
    }
    target.push_back(rest);
    if (auto found = reshapeStrides(shape, strides, target)) {
      ++views;
      EXPECT_EQ(offsets(target, *found), offsets(shape, strides))
          << toString(shape) << toString(strides) << toString(target);
    } else {
      ++copies;
    }
  }
  EXPECT_GT(views, 500);
  EXPECT_GT(copies, 500);
}

TEST(Layout, Views) {
  Type x{DType::F32, {2, 3, 4}, {}};
  auto narrow = viewLayout(OpKind::Narrow,
                           {{"axis", std::int64_t(1)},
                            {"start", std::int64_t(2)},
                            {"length", std::int64_t(1)}},
                           x, {2, 1, 4});
  EXPECT_EQ(narrow->offset, 8);
  EXPECT_EQ(narrow->strides, Strides({12, 4, 1}));
  auto permute =
      viewLayout(OpKind::Permute, {{"axes", Dims{2, 0, -2}}}, x, {4, 2, 3});
  EXPECT_EQ(permute->strides, Strides({1, 12, 4}));
  Type column{DType::F32, {3, 1}, {5, 1}};
  EXPECT_EQ(
      viewLayout(OpKind::Expand, {{"shape", Dims{2, 3, 4}}}, column, {2, 3, 4})
          ->strides,
      Strides({0, 5, 0}));
  EXPECT_EQ(
      viewLayout(OpKind::Transpose,
                 {{"axis0", std::int64_t(0)}, {"axis1", std::int64_t(-1)}}, x,
                 {4, 3, 2})
          ->strides,
      Strides({1, 4, 12}));
}

TEST(Layout, UnitAxesAndEmptinessDoNotMatter) {
  EXPECT_TRUE(isRowMajor({2, 1, 3}, {3, 99, 1}));
  EXPECT_TRUE(isRowMajor({0, 3}, {7, 7}));
  EXPECT_TRUE(isRowMajor({}, {}));
  EXPECT_FALSE(isRowMajor({2, 3}, {1, 2}));
  EXPECT_EQ(storedStrides({2, 1}, {1, 0}), Strides());
}
