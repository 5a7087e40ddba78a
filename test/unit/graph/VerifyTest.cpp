#include "graph/Verify.h"

#include "ExpectError.h"
#include "graph/Text.h"

#include <gtest/gtest.h>

#include <memory>

using namespace ferro;
using namespace ferro::graph;

static Graph sample() {
  return parse(
      "graph @g(%x: f32[2]) { %a = neg %x  %b = add %a, %x  return %b }");
}

// [B12]
TEST(Verify, AcceptsUnusedInputsAndRepeatedOutputs) {
  Graph graph = parse("graph @g(%x: f32[2], %unused: f64[3]) { %a = neg %x "
                      "return %a, %a, %unused }");
  EXPECT_NO_THROW(verify(graph));
}

TEST(Verify, NamesTheNodeThatBreaksARule) {
  Graph order = sample();
  std::swap(order.nodes[0], order.nodes[1]);
  EXPECT_FERRO_ERROR(
      verify(order), TracingError,
      "graph @g: node 0 (add): value 1 is read before it is made");

  Graph twice = sample();
  twice.nodes[1].results = {twice.inputs[0]};
  EXPECT_FERRO_ERROR(verify(twice), TracingError,
                     "graph @g: node 1 (add): value 0 is made twice");

  Graph type = sample();
  type.values[2].type.dtype = DType::F64;
  EXPECT_FERRO_ERROR(
      verify(type), TracingError,
      "graph @g: node 1 (add): result 0 is f64[2]; the op gives f32[2]");

  Graph missing = sample();
  missing.outputs = {ValueId{9}};
  EXPECT_FERRO_ERROR(verify(missing), TracingError,
                     "graph @g: return: value 9 does not exist; there are 3");

  Graph attribute = sample();
  attribute.nodes[0].attributes.set("axis", std::int64_t(1));
  EXPECT_FERRO_ERROR(
      verify(attribute), TracingError,
      "graph @g: node 0 (neg): found 1 attributes; the op has 0");

  Graph strides = sample();
  strides.values[0].type.strides = {1, 1};
  EXPECT_FERRO_ERROR(verify(strides), TracingError,
                     "graph @g: input 0: f32[2]{1, 1} has another number of "
                     "strides than axes");
}

static Graph grouped(const std::string &kind, const std::string &body) {
  return parse("graph @g(%x: f32[2]) { %a = fused %x {kind = \"" + kind +
               "\"} : f32[2] {\n graph @region(%0: f32[2]) { " + body +
               " } } return %a }");
}

TEST(Verify, ChecksGroups) {
  EXPECT_NO_THROW(verify(grouped("elementwise", "%1 = neg %0 return %1")));
  EXPECT_THROW(grouped("elementwise", "return %0"), Error);
  EXPECT_THROW(grouped("quick", "%1 = neg %0 return %1"), Error);
  EXPECT_THROW(grouped("elementwise", "%1 = neg %0 return %1, %1"), Error);
  EXPECT_THROW(grouped("elementwise", "%1 = cast %0 {dtype = f64} return %1"),
               Error);
  Graph noRegion = grouped("elementwise", "%1 = neg %0 return %1");
  noRegion.nodes[0].region = nullptr;
  EXPECT_FERRO_ERROR(verify(noRegion), TracingError,
                     "graph @g: node 0 (fused): has no region");
  Graph strided = grouped("elementwise", "%1 = neg %0 return %1");
  auto region = std::make_shared<Graph>(*strided.nodes[0].region);
  region->values[0].type.strides = {3};
  strided.nodes[0].region = region;
  EXPECT_NO_THROW(verify(strided))
      << "a region's input may say how its operand is strided";
}
