// Matrix products with their epilogues, and movement, against the reference.
#include "Kernels.h"

#include "graph/Text.h"

#include <gtest/gtest.h>

using namespace ferro;
using namespace ferro::test;
using graph::Graph;
using graph::OpKind;
using graph::ValueId;

static Graph product(OpKind op, std::vector<graph::Type> types) {
  Graph graph;
  graph.name = "product";
  std::vector<ValueId> operands;
  for (const graph::Type &type : types)
    operands.push_back(graph.addInput(
        type, std::string(1, static_cast<char>('a' + operands.size()))));
  graph.outputs = {graph.addNode(op, operands)};
  return graph;
}
static graph::Type f32(Shape shape, Strides strides = {}) {
  return {DType::F32, shape, strides};
}

// [C21] [C23] [C25]
TEST(Product, MatchesTheReferenceForEveryOp) {
  EXPECT_EQ(
      checkRegion(product(OpKind::Mm, {f32({37, 19}), f32({19, 45})}), 16, 8),
      "");
  EXPECT_EQ(
      checkRegion(product(OpKind::MmBt, {f32({37, 19}), f32({45, 19})}), 16, 8),
      "");
  EXPECT_EQ(checkRegion(product(OpKind::Mv, {f32({37, 19}), f32({19})}), 16, 8),
            "");
  EXPECT_EQ(
      checkRegion(product(OpKind::Dot, {f32({1000}), f32({1000})}), 16, 32),
      "");
  EXPECT_EQ(checkRegion(product(OpKind::Bmm, {f32({3, 7, 9}), f32({3, 9, 11})}),
                        16, 8),
            "");
  EXPECT_EQ(checkRegion(product(OpKind::Linear,
                                {f32({5, 7, 9}), f32({11, 9}), f32({11})}),
                        16, 8),
            "");
  EXPECT_EQ(
      checkRegion(product(OpKind::Linear, {f32({128, 64}), f32({10, 64})}), 16,
                  8),
      "");
}

TEST(Product, FollowsNumPyForMatmul) {
  EXPECT_EQ(checkRegion(product(OpKind::Matmul, {f32({9}), f32({9})}), 16, 8),
            "");
  EXPECT_EQ(
      checkRegion(product(OpKind::Matmul, {f32({9}), f32({9, 4})}), 16, 8), "");
  EXPECT_EQ(
      checkRegion(product(OpKind::Matmul, {f32({4, 9}), f32({9})}), 16, 8), "");
  EXPECT_EQ(checkRegion(product(OpKind::Matmul, {f32({2, 3, 4, 9}), f32({9})}),
                        16, 8),
            "");
  EXPECT_EQ(checkRegion(product(OpKind::Matmul, {f32({9}), f32({2, 3, 9, 4})}),
                        16, 8),
            "");
  EXPECT_EQ(
      checkRegion(product(OpKind::Matmul, {f32({2, 1, 5, 9}), f32({3, 9, 4})}),
                  16, 8),
      "");
  EXPECT_EQ(
      checkRegion(product(OpKind::Matmul, {f32({5, 9}), f32({2, 3, 9, 4})}), 16,
                  8),
      "");
}

TEST(Product, HandlesOddSizesAndLayouts) {
  for (std::int64_t m : {1, 5, 64, 100})
    for (std::int64_t n : {1, 3, 16, 33, 96})
      for (std::int64_t k : {1, 17, 300})
        EXPECT_EQ(checkRegion(product(OpKind::Mm, {f32({m, k}), f32({k, n})}),
                              32, 64),
                  "")
            << m << " " << n << " " << k;
  EXPECT_EQ(checkRegion(product(OpKind::Mm, {f32({20, 30}, {1, 20}),
                                             f32({30, 40}, {1, 30})}),
                        16, 16),
            "");
  EXPECT_EQ(checkRegion(product(OpKind::Mm, {f32({20, 30}, {60, 2}),
                                             f32({30, 40}, {0, 1})}),
                        16, 16),
            "");
  EXPECT_EQ(checkRegion(product(OpKind::Mm, {f32({4, 0}), f32({0, 5})}), 0),
            "");
}

TEST(Product, MatchesTheReferenceForEveryDType) {
  for (DType dtype : {DType::F16, DType::BF16, DType::F64, DType::I8,
                      DType::I16, DType::I32, DType::I64, DType::U8})
    EXPECT_EQ(checkRegion(product(OpKind::Mm, {{dtype, {33, 20}, {}},
                                               {dtype, {20, 18}, {}}}),
                          8, 8),
              "")
        << toString(dtype);
}

// [C26]
TEST(Product, FusesItsEpilogue) {
  for (Shape shape : {Shape{128, 64}, Shape{1, 64}, Shape{3, 5, 64}}) {
    Graph graph;
    graph.name = "epilogue";
    ValueId x = graph.addInput(f32(shape), "x");
    ValueId w = graph.addInput(f32({50, 64}), "w");
    ValueId b = graph.addInput(f32({50}), "b");
    Shape wide = shape;
    wide[wide.size() - 1] = 50;
    ValueId residual = graph.addInput(f32(wide), "residual");
    ValueId y = graph.addNode(OpKind::Linear, {x, w, b});
    ValueId act = graph.addNode(OpKind::Gelu, {y});
    graph.outputs = {graph.addNode(OpKind::Add, {act, residual}), y};
    EXPECT_EQ(checkRegion(graph, 32, 16), "") << toString(shape);
  }
}

TEST(Product, FusesStridedAndRowWiseEpilogues) {
  Graph graph;
  graph.name = "strided_epilogue";
  ValueId a = graph.addInput(f32({30, 20}), "a");
  ValueId b = graph.addInput(f32({20, 37}), "b");
  ValueId column = graph.addInput(f32({30, 1}), "column");
  ValueId transposed = graph.addInput(f32({30, 37}, {1, 30}), "transposed");
  ValueId y =
      graph.addNode(OpKind::Mul, {graph.addNode(OpKind::Mm, {a, b}), column});
  graph.outputs = {graph.addNode(OpKind::Sub, {y, transposed})};
  EXPECT_EQ(checkRegion(graph, 16, 16), "");
}

// A product of one element: nothing of its epilogue may leave its loop.
TEST(Product, FusesTheEpilogueOfOneElement) {
  for (const char *type : {"f32[30]", "f32[30]{0}", "f16[30]{2}"})
    EXPECT_EQ(
        checkText("graph @g(%a: " + std::string(type) +
                  ", %b: f32[]) -> (bool[]) {\n" +
                  "  %0 = dot %a, %a : " + std::string(type, 3) + "[]\n" +
                  "  %1 = add %0, %b : f32[]\n  %2 = gt %1, %b : bool[]\n" +
                  "  return %2\n}\n"),
        "");
}

TEST(Product, GivesTheSameBitsForAnyRanges) {
  Graph graph = product(OpKind::Mm, {f32({200, 300}), f32({300, 250})});
  std::mt19937 random(7);
  auto inputs = randomInputs(graph, random);
  CompiledRegion compiled(graph);
  auto expected = compiled.run(inputs);
  for (Ranges ranges : {Ranges::OneByOne, Ranges::Backwards, Ranges::Threads})
    EXPECT_EQ(compiled.run(inputs, ranges), expected);
}

// [C32] [C33]
TEST(Movement, CopiesAndJoins) {
  for (std::int64_t axis : {0, 1, -1}) {
    Graph graph;
    graph.name = "cat";
    Shape shapes[] = {{4, 6}, {4, 6}, {4, 6}};
    shapes[1][axis < 0 ? 1 : axis] = 33;
    shapes[2][axis < 0 ? 1 : axis] = 0;
    std::vector<ValueId> parts;
    for (const Shape &shape : shapes)
      parts.push_back(graph.addInput(
          f32(shape), std::string(1, static_cast<char>('a' + parts.size()))));
    graph.outputs = {graph.addNode(OpKind::Cat, parts, {{"axis", axis}})};
    EXPECT_EQ(checkRegion(graph, 0), "") << axis;
  }
  Graph graph;
  graph.name = "copy";
  ValueId x = graph.addInput({DType::I16, {5, 40, 3}, {1, 15, 5}}, "x");
  graph.outputs = {graph.addNode(OpKind::Contiguous, {x})};
  EXPECT_EQ(checkRegion(graph, 0), "");
}
