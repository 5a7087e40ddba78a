// Reductions, softmax and norms against the reference.
#include "Kernels.h"

#include "graph/Text.h"

#include <gtest/gtest.h>

using namespace ferro;
using namespace ferro::test;
using graph::Graph;
using graph::OpKind;
using graph::ValueId;

static Graph reduction(OpKind op, DType dtype, Shape shape, Dims axes,
                       bool keepdim = false) {
  Graph graph;
  graph.name = "reduction";
  ValueId x = graph.addInput({dtype, shape, {}}, "x");
  graph.outputs = {
      graph.addNode(op, {x}, {{"axes", axes}, {"keepdim", keepdim}})};
  return graph;
}

static const OpKind reductions[] = {OpKind::Sum, OpKind::Mean, OpKind::Prod,
                                    OpKind::Amax, OpKind::Amin};

// [C18] [C19] [C20]
TEST(Reduction, MatchesTheReferenceOverEverySetOfAxes) {
  for (OpKind op : reductions)
    for (Dims axes : {Dims{}, Dims{0}, Dims{1}, Dims{2}, Dims{0, 1}, Dims{1, 2},
                      Dims{0, 2}, Dims{0, 1, 2}, Dims{-1}})
      EXPECT_EQ(checkRegion(reduction(op, DType::F32, {3, 4, 5}, axes), 32, 4),
                "")
          << graph::info(op).name << toString(axes);
}

TEST(Reduction, MatchesTheReferenceForEveryDType) {
  for (OpKind op : reductions)
    for (DType dtype :
         {DType::Bool, DType::U8, DType::I8, DType::I16, DType::I32, DType::I64,
          DType::F16, DType::BF16, DType::F32, DType::F64})
      for (bool keepdim : {false, true}) {
        if (dtype == DType::Bool && op != OpKind::Amax && op != OpKind::Amin &&
            op != OpKind::Sum)
          continue;
        EXPECT_EQ(
            checkRegion(reduction(op, dtype, {6, 21}, {1}, keepdim), 16, 4), "")
            << graph::info(op).name << toString(dtype);
        EXPECT_EQ(
            checkRegion(reduction(op, dtype, {21, 6}, {0}, keepdim), 16, 4), "")
            << graph::info(op).name << toString(dtype);
      }
}

TEST(Reduction, HandlesEveryLengthAroundAVector) {
  for (std::int64_t size :
       {1, 2, 7, 15, 16, 17, 31, 33, 64, 65, 127, 129, 1000, 4097})
    for (OpKind op : {OpKind::Sum, OpKind::Amax}) {
      EXPECT_EQ(checkRegion(reduction(op, DType::F32, {3, size}, {1}), 16, 64),
                "")
          << size;
      EXPECT_EQ(checkRegion(reduction(op, DType::F32, {size, 3}, {0}), 16, 64),
                "")
          << size;
      EXPECT_EQ(checkRegion(reduction(op, DType::F32, {3, size}, {0}), 8, 8),
                "")
          << size;
    }
}

// Long reductions go in two stages through the workspace.
TEST(Reduction, SplitsLongReductions) {
  EXPECT_EQ(
      checkRegion(reduction(OpKind::Sum, DType::F32, {1000003}, {}), 16, 1000),
      "");
  EXPECT_EQ(
      checkRegion(reduction(OpKind::Mean, DType::F32, {700, 701}, {}), 16, 1),
      "");
  EXPECT_EQ(checkRegion(reduction(OpKind::Sum, DType::F32, {50000, 10}, {0}),
                        16, 200),
            "");
  EXPECT_EQ(
      checkRegion(reduction(OpKind::Amin, DType::F64, {3, 300000}, {1}), 0),
      "");
  EXPECT_EQ(
      checkRegion(reduction(OpKind::Sum, DType::I32, {2, 200000}, {1}), 0), "");
  EXPECT_EQ(
      checkRegion(reduction(OpKind::Mean, DType::F16, {300000}, {}), 2, 1), "");
}

TEST(Reduction, SumsWithLittleError) {
  Graph graph = reduction(OpKind::Sum, DType::F32, {1 << 20}, {});
  graph::Literal ones{DType::F32, {1 << 20}, {}};
  ones.bytes.resize(4 << 20);
  auto *values = reinterpret_cast<float *>(ones.bytes.data());
  for (int i = 0; i < 1 << 20; ++i)
    values[i] = 0.1f;
  graph::Literal expected = exec::interpret(graph, std::vector{ones})[0];
  EXPECT_EQ(difference(CompiledRegion(graph).run({ones})[0], expected, 4), "");
}

TEST(Reduction, GivesNeutralValuesForNoElements) {
  EXPECT_EQ(checkRegion(reduction(OpKind::Sum, DType::F32, {3, 0}, {1}), 0),
            "");
  EXPECT_EQ(checkRegion(reduction(OpKind::Prod, DType::I64, {0, 4}, {0}), 0),
            "");
  EXPECT_EQ(checkRegion(reduction(OpKind::Mean, DType::F32, {0}, {}), 0), "");
  EXPECT_EQ(checkRegion(reduction(OpKind::Sum, DType::F32, {0, 3}, {1}), 0),
            "");
}

static Graph softmax(OpKind op, DType dtype, Shape shape, std::int64_t axis) {
  Graph graph;
  graph.name = "softmax";
  ValueId x = graph.addInput({dtype, shape, {}}, "x");
  graph.outputs = {graph.addNode(op, {x}, {{"axis", axis}})};
  return graph;
}

// [C11]
TEST(Softmax, MatchesTheReferenceAlongEveryAxis) {
  for (OpKind op : {OpKind::Softmax, OpKind::LogSoftmax})
    for (DType dtype : {DType::F16, DType::BF16, DType::F32, DType::F64})
      for (std::int64_t axis : {0, 1, 2})
        EXPECT_EQ(checkRegion(softmax(op, dtype, {3, 10, 33}, axis), 8,
                              op == OpKind::LogSoftmax),
                  "")
            << toString(dtype) << axis;
  EXPECT_EQ(checkRegion(softmax(OpKind::Softmax, DType::F32, {1, 1}, 0)), "");
  EXPECT_EQ(checkRegion(softmax(OpKind::Softmax, DType::F32, {200000}, 0), 16),
            "");
  EXPECT_EQ(
      checkRegion(softmax(OpKind::LogSoftmax, DType::F32, {128, 10}, 1), 8, 1),
      "");
}

// Rows around one, two and several vectors, in numbers that end inside a
// range; long ones ask for no rows ahead.
TEST(Softmax, MatchesTheReferenceForEveryLengthOfRows) {
  for (OpKind op : {OpKind::Softmax, OpKind::LogSoftmax})
    for (std::int64_t size :
         {1, 7, 8, 15, 16, 17, 24, 31, 32, 33, 40, 48, 64, 1000, 1024, 5000})
      EXPECT_EQ(checkRegion(softmax(op, DType::F32, {19, size}, 1), 8,
                            op == OpKind::LogSoftmax),
                "")
          << size;
}

// A NaN makes its row NaN and no other; so do infinities that cancel.
TEST(Softmax, KeepsNaNAndInfinitiesInTheirRows) {
  Graph graph = softmax(OpKind::Softmax, DType::F32, {6, 50}, 1);
  std::mt19937 random(5);
  auto inputs = randomInputs(graph, random);
  auto *values = reinterpret_cast<float *>(inputs[0].bytes.data());
  values[49] = NAN;
  values[50] = INFINITY;
  std::fill_n(values + 150, 50, -INFINITY);
  values[210] = -INFINITY;
  values[260] = 1e30f;
  EXPECT_EQ(difference(CompiledRegion(graph).run(inputs)[0],
                       exec::interpret(graph, inputs)[0], 8),
            "");
}

// (x - mean) / sqrt(var + eps) * weight + bias, one kernel.
static Graph layerNorm(Shape shape) {
  Graph graph;
  graph.name = "layer_norm";
  std::int64_t last = shape.back();
  ValueId x = graph.addInput({DType::F32, shape, {}}, "x");
  ValueId weight = graph.addInput({DType::F32, {last}, {}}, "weight");
  ValueId bias = graph.addInput({DType::F32, {last}, {}}, "bias");
  ValueId epsilon = graph.addInput({DType::F32, {}, {}}, "epsilon");
  graph::Attributes row{{"axes", Dims{-1}}, {"keepdim", true}};
  ValueId centred =
      graph.addNode(OpKind::Sub, {x, graph.addNode(OpKind::Mean, {x}, row)});
  ValueId variance = graph.addNode(
      OpKind::Mean, {graph.addNode(OpKind::Square, {centred})}, row);
  ValueId positive = graph.addNode(
      OpKind::Add, {variance, graph.addNode(OpKind::Square, {epsilon})});
  ValueId scaled = graph.addNode(
      OpKind::Mul, {centred, graph.addNode(OpKind::Rsqrt, {positive})});
  graph.outputs = {
      graph.addNode(OpKind::Add,
                    {graph.addNode(OpKind::Mul, {scaled, weight}), bias}),
      variance};
  return graph;
}

// [B42]
TEST(LayerNorm, MatchesTheReferenceInOneKernel) {
  for (Shape shape :
       {Shape{5, 7}, Shape{3, 4, 100}, Shape{2, 1024}, Shape{9, 1000}})
    EXPECT_EQ(checkRegion(layerNorm(shape), 16, 4), "") << toString(shape);
}

TEST(Reduction, ReadsStridedOperandsAndProducersOnTheWay) {
  for (const char *text :
       {"graph @g(%a: f32[5, 7]{1, 5}) -> (f32[5]) {\n  %0 = exp %a : f32[5, "
        "7]\n  %1 = sum %0 {axes = [1], keepdim = false} : f32[5]\n  return "
        "%1\n}\n",
        "graph @g(%a: f32[5, 7]{1, 5}) -> (f32[7]) {\n  %0 = exp %a : f32[5, "
        "7]\n  %1 = sum %0 {axes = [0], keepdim = false} : f32[7]\n  return "
        "%1\n}\n",
        "graph @g(%a: f32[40, 70]{1, 40}, %b: f32[70]) -> (f32[]) {\n  %0 = "
        "mul %a, %b : f32[40, 70]\n  %1 = mean %0 {axes = [], keepdim = false} "
        ": f32[]\n  return %1\n}\n",
        "graph @g(%a: f32[40, 1], %b: f32[70]) -> (f32[40]) {\n  %0 = mul %a, "
        "%b : f32[40, 70]\n  %1 = amax %0 {axes = [1], keepdim = false} : "
        "f32[40]\n  return %1\n}\n"})
    EXPECT_EQ(checkText(text, 16, 4), "");
}

// Parts of a group that share no axis walk one domain.
TEST(Reduction, JoinsPartsThatOnlyShareTheShape) {
  EXPECT_EQ(
      checkText(
          "graph @g(%a: f32[1, 3], %b: f32[3]) -> (f32[1, 1], f32[1, 3]) {\n"
          "  %0 = sum %a {axes = [-1], keepdim = true} : f32[1, 1]\n"
          "  %1 = minimum %b, %0 : f32[1, 3]\n  return %0, %1\n}\n"),
      "");
}

TEST(Reduction, KeepsNaN) {
  Graph graph = reduction(OpKind::Amax, DType::F32, {4, 40}, {1});
  std::mt19937 random(3);
  auto inputs = randomInputs(graph, random);
  for (int at : {0, 57, 119})
    reinterpret_cast<float *>(inputs[0].bytes.data())[at] = NAN;
  EXPECT_EQ(difference(CompiledRegion(graph).run(inputs)[0],
                       exec::interpret(graph, inputs)[0], 0),
            "");
}

// Results beyond the caches are stored while the next row is computed.
TEST(Reduction, StreamedRowsMatchTheReferenceForAnyRanges) {
  for (Graph graph : {softmax(OpKind::Softmax, DType::F32, {2100, 1000}, 1),
                      softmax(OpKind::LogSoftmax, DType::F32, {2100, 1000}, 1),
                      layerNorm({2100, 1000})}) {
    std::mt19937 random(9);
    auto inputs = randomInputs(graph, random);
    auto expected = exec::interpret(graph, inputs);
    CompiledRegion compiled(graph);
    for (Ranges ranges : {Ranges::AsAsked, Ranges::OneByOne, Ranges::Backwards,
                          Ranges::Threads})
      EXPECT_EQ(difference(compiled.run(inputs, ranges)[0], expected[0], 16, 4),
                "")
          << graph.name << int(ranges);
  }
}

TEST(Reduction, GivesTheSameBitsForAnyRanges) {
  for (Graph graph : {reduction(OpKind::Sum, DType::F32, {1000003}, {}),
                      layerNorm({700, 500}),
                      softmax(OpKind::Softmax, DType::F32, {700, 500}, 1),
                      reduction(OpKind::Sum, DType::F32, {3000, 300}, {0})}) {
    std::mt19937 random(7);
    auto inputs = randomInputs(graph, random);
    CompiledRegion compiled(graph);
    auto expected = compiled.run(inputs);
    for (Ranges ranges : {Ranges::OneByOne, Ranges::Backwards, Ranges::Threads})
      EXPECT_EQ(compiled.run(inputs, ranges), expected);
  }
}
