#include "exec/Interpreter.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <cstring>

using namespace ferro;
using graph::Graph;
using graph::Literal;
using graph::OpKind;
using graph::Type;
using graph::ValueId;

static Literal literal(const Shape &shape, const std::vector<float> &values) {
  Literal result{DType::F32, shape, std::vector<std::byte>(values.size() * 4)};
  std::memcpy(result.bytes.data(), values.data(), result.bytes.size());
  return result;
}

static std::vector<float> valuesOf(const Literal &from) {
  std::vector<float> values(from.bytes.size() / 4);
  std::memcpy(values.data(), from.bytes.data(), from.bytes.size());
  return values;
}

TEST(Interpreter, RunsConstantsViewsAndSeveralOutputs) {
  Graph graph;
  Type matrix{DType::F32, {2, 3}, {}};
  ValueId x = graph.addInput(matrix, "x");
  ValueId two = graph.addConstant(literal({}, {2}));
  ValueId doubled = graph.addNode(OpKind::Mul, {x, two});
  ValueId turned =
      graph.addNode(OpKind::Transpose, {doubled},
                    {{"axis0", std::int64_t(0)}, {"axis1", std::int64_t(1)}});
  ValueId total = graph.addNode(OpKind::Sum, {turned},
                                {{"axes", Dims{1}}, {"keepdim", false}});
  graph.outputs = {turned, total};

  Literal input = literal({2, 3}, {1, 2, 3, 4, 5, 6});
  auto outputs = exec::interpret(graph, {&input, 1});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].shape, (Shape{3, 2}));
  EXPECT_EQ(valuesOf(outputs[0]), (std::vector<float>{2, 8, 4, 10, 6, 12}));
  EXPECT_EQ(valuesOf(outputs[1]), (std::vector<float>{10, 14, 18}));
}

TEST(Interpreter, RunsTheRegionOfAGroup) {
  Type vector{DType::F32, {3}, {}};
  auto region = std::make_shared<Graph>();
  ValueId a = region->addInput(vector), b = region->addInput(vector);
  ValueId sum = region->addNode(OpKind::Add, {a, b});
  ValueId difference = region->addNode(OpKind::Sub, {a, b});
  region->outputs = {difference, sum};

  Graph graph;
  ValueId x = graph.addInput(vector), y = graph.addInput(vector);
  graph::Node node{
      OpKind::Fused, {{"kind", std::string("elementwise")}}, {y, x}, {}, {},
      region};
  for (int i = 0; i < 2; ++i) {
    node.results.push_back(
        ValueId{static_cast<std::uint32_t>(graph.values.size())});
    graph.values.push_back({vector, {}});
  }
  graph.outputs = node.results;
  graph.nodes.push_back(node);

  Literal inputs[] = {literal({3}, {1, 2, 3}), literal({3}, {10, 20, 30})};
  auto outputs = exec::interpret(graph, inputs);
  EXPECT_EQ(valuesOf(outputs[0]), (std::vector<float>{9, 18, 27}));
  EXPECT_EQ(valuesOf(outputs[1]), (std::vector<float>{11, 22, 33}));
}

TEST(Interpreter, NamesTheInputThatDoesNotFit) {
  Graph graph;
  graph.name = "f";
  graph.outputs = {graph.addInput({DType::F32, {2}, {}}, "x")};
  Literal wrong = literal({3}, {1, 2, 3});
  try {
    exec::interpret(graph, {&wrong, 1});
    FAIL() << "an input of another shape was taken";
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), Code::SignatureMismatch);
    EXPECT_STREQ(error.what(), "f: input 0 is f32[3]; the graph takes f32[2]");
  }
}
