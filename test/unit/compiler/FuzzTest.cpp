// Random groups against the reference, for a bounded time.
#include "Kernels.h"

#include "graph/Text.h"

#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>

using namespace ferro;
using namespace ferro::test;
using graph::Graph;
using graph::OpKind;
using graph::ValueId;

// Continuous ops whose results do not amplify a rounding error of their
// operands: a comparison or the sine of a large number would.
static const OpKind tame[] = {
    OpKind::Add, OpKind::Sub,  OpKind::Mul,  OpKind::Maximum, OpKind::Minimum,
    OpKind::Neg, OpKind::Abs,  OpKind::Relu, OpKind::Sigmoid, OpKind::Tanh,
    OpKind::Erf, OpKind::Gelu, OpKind::Silu, OpKind::Clamp};

struct RandomGroup {
  std::mt19937 random;
  Graph graph;
  std::vector<ValueId> values;
  Shape domain;
  DType number = DType::F32; // one a group, so that errors have one size

  explicit RandomGroup(unsigned seed) : random(seed) {
    graph.name = "group" + std::to_string(seed);
    number = pick(4) ? DType::F32 : pick(2) ? DType::F64 : DType::I32;
    std::size_t rank = 1 + pick(3);
    for (std::size_t i = 0; i < rank; ++i)
      domain.push_back(1 + static_cast<std::int64_t>(pick(pick(4) ? 40 : 300)));
  }
  std::size_t pick(std::size_t n) { return random() % n; }

  void addInputs() {
    std::size_t count = 1 + pick(4);
    for (std::size_t i = 0; i < count; ++i) {
      Shape shape = domain;
      if (i > 0)
        for (std::int64_t &extent : shape)
          if (pick(4) == 0)
            extent = 1;
      while (i > 0 && !shape.empty() && pick(4) == 0)
        shape.erase(0);
      graph::Type type{number, shape, {}};
      if (pick(4) == 0 && shape.size() > 1) { // another layout
        Strides strides = contiguousStrides(shape);
        std::swap(strides[0], strides[1]);
        strides[0] = 1;
        std::int64_t next = shape[0];
        for (std::size_t axis = 1; axis < shape.size(); ++axis) {
          strides[axis] = next;
          next *= shape[axis];
        }
        type.strides = strides;
      }
      values.push_back(graph.addInput(type, "x" + std::to_string(i)));
    }
  }

  void addOps() {
    std::size_t count = 1 + pick(8);
    for (std::size_t i = 0; i < count;) {
      OpKind op = tame[pick(std::size(tame))];
      std::vector<ValueId> operands;
      for (int k = 0; k < graph::info(op).minOperands; ++k)
        operands.push_back(values[pick(values.size())]);
      if (number == DType::I32 &&
          graph::info(op).dtypes == graph::DTypeRule::Float)
        continue;
      values.push_back(graph.addNode(op, operands));
      ++i;
    }
  }

  bool isFull(ValueId value) const { return graph.type(value).shape == domain; }

  Graph make() {
    addInputs();
    addOps();
    ValueId last = values.back();
    if (!isFull(last))
      last = graph.addNode(OpKind::Expand, {last}, {{"shape", domain}});
    if (isFloat(graph.type(last).dtype) && pick(3) == 0)
      last =
          graph.addNode(OpKind::Softmax, {last}, {{"axis", std::int64_t(-1)}});
    else if (pick(3) == 0)
      last = graph.addNode(OpKind::Amax, {last},
                           {{"axes", Dims{-1}}, {"keepdim", pick(2) == 0}});
    graph.outputs = {last};
    return graph;
  }
};

TEST(Fuzz, RandomGroupsMatchTheReference) {
  const char *seconds = std::getenv("FERRO_FUZZ_SECONDS");
  auto budget = std::chrono::duration<double>(seconds ? std::atof(seconds) : 5);
  const char *first = std::getenv("FERRO_FUZZ_SEED");
  unsigned seed = first ? static_cast<unsigned>(std::atoi(first)) : 1;
  auto start = std::chrono::steady_clock::now();
  unsigned count = 0;
  while (std::chrono::steady_clock::now() - start < budget || count < 10) {
    Graph group = RandomGroup(seed).make();
    ASSERT_EQ(checkRegion(group, 64, 64, seed), "") << "seed " << seed;
    ++seed, ++count;
  }
  RecordProperty("groups", static_cast<int>(count));
}
