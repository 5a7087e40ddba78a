#include "PlanExecutor.h"

#include "exec/Interpreter.h"
#include "graph/Layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace ferro::testing {

using namespace graph;
using artifact::Place;
using artifact::Plan;
using artifact::Slot;

using Bytes = std::vector<std::byte>;

static constexpr auto poison = std::byte(0xCD);

/// Calls body(offset in storage, offset row-major), both in bytes, for every
/// element.
template <typename F> static void forEachElement(const Type &type, F &&body) {
  Strides strides = stridesOf(type);
  auto width = static_cast<std::int64_t>(byteSize(type.dtype));
  for (std::int64_t i = 0; i < numel(type.shape); ++i) {
    std::int64_t rest = i, offset = 0;
    for (std::size_t axis = type.shape.size(); axis-- > 0;) {
      offset += rest % type.shape[axis] * strides[axis];
      rest /= type.shape[axis];
    }
    body(static_cast<std::size_t>(offset * width),
         static_cast<std::size_t>(i * width));
  }
}

struct Executor {
  std::vector<Bytes> inputs, outputs, constants;
  Bytes arena;

  Bytes &place(const Slot &slot) {
    switch (slot.place) {
    case Place::Input:
      return inputs.at(slot.index);
    case Place::Output:
      return outputs.at(slot.index);
    case Place::Constant:
      return constants.at(slot.index);
    case Place::Arena:
      return arena;
    }
    __builtin_unreachable();
  }

  Literal read(const Slot &slot, const Type &type) {
    std::size_t width = byteSize(type.dtype);
    Literal literal{type.dtype, type.shape,
                    Bytes(static_cast<std::size_t>(numel(type.shape)) * width)};
    const Bytes &from = place(slot);
    forEachElement(type, [&](std::size_t storage, std::size_t row) {
      ASSERT_LE(slot.byteOffset + storage + width, from.size());
      std::memcpy(&literal.bytes[row], &from[slot.byteOffset + storage], width);
    });
    return literal;
  }

  void write(const Slot &slot, const Literal &literal) {
    Bytes &to = place(slot);
    ASSERT_LE(slot.byteOffset + literal.bytes.size(), to.size());
    if (!literal.bytes.empty())
      std::memcpy(&to[slot.byteOffset], literal.bytes.data(),
                  literal.bytes.size());
  }

  void run(const Graph &region, const artifact::Step &step) {
    ASSERT_EQ(step.buffers.size(),
              region.inputs.size() + region.outputs.size());
    std::vector<Literal> operands;
    for (std::size_t i = 0; i < region.inputs.size(); ++i)
      operands.push_back(read(step.buffers[i], region.type(region.inputs[i])));
    std::vector<Literal> results = exec::interpret(region, operands);
    for (std::size_t i = 0; i < results.size(); ++i)
      write(step.buffers[region.inputs.size() + i], results[i]);
  }
};

static Bytes layOut(const Literal &literal, const Type &type) {
  std::size_t size = 0, width = byteSize(type.dtype);
  forEachElement(type, [&](std::size_t storage, std::size_t) {
    size = std::max(size, storage + width);
  });
  Bytes bytes(size, poison);
  forEachElement(type, [&](std::size_t storage, std::size_t row) {
    std::memcpy(&bytes[storage], &literal.bytes[row], width);
  });
  return bytes;
}

std::vector<Literal> execute(const Graph &graph, const Plan &plan,
                             const std::vector<Literal> &inputs) {
  Executor executor;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    executor.inputs.push_back(layOut(inputs[i], graph.type(graph.inputs[i])));
  for (std::uint64_t bytes : plan.outputBytes)
    executor.outputs.emplace_back(bytes, poison);
  for (const Literal &constant : plan.constants)
    executor.constants.push_back(constant.bytes);
  executor.arena.assign(plan.arenaBytes, poison);
  std::size_t next = 0;
  for (const Node &node : graph.nodes)
    if (node.op == OpKind::Fused) {
      EXPECT_EQ(plan.steps.at(next).kernel, next);
      executor.run(*node.region, plan.steps[next++]);
    }
  EXPECT_EQ(next, plan.steps.size());
  std::vector<Literal> results;
  for (const artifact::OutputView &output : plan.outputs)
    results.push_back(executor.read(output.slot, output.type));
  return results;
}

} // namespace ferro::testing
