#include "graph/Layout.h"
#include "graph/Text.h"
#include "passes/Passes.h"
#include "support/Check.h"

#include <algorithm>
#include <map>
#include <string>

namespace ferro::passes {

using namespace graph;
using artifact::Place;
using artifact::Plan;
using artifact::Slot;

static constexpr std::uint64_t alignment =
    64; // a cache line, and the widest vector

static std::uint64_t bytesOf(const Type &type) {
  return static_cast<std::uint64_t>(numel(type.shape)) * byteSize(type.dtype);
}

static std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

// Free ranges by offset; neighbours are joined.
struct Arena {
  bool reuse;
  std::uint64_t end = 0;
  std::map<std::uint64_t, std::uint64_t> free{}; // offset -> bytes

  /// The smallest free range that is large enough; else one at the end, which a
  /// free range there makes shorter.
  std::uint64_t allocate(std::uint64_t bytes) {
    auto best = free.end();
    for (auto range = free.begin(); range != free.end(); ++range)
      if (range->second >= bytes &&
          (best == free.end() || range->second < best->second))
        best = range;
    if (best == free.end() && !free.empty() &&
        std::prev(free.end())->first + std::prev(free.end())->second == end) {
      best = std::prev(free.end());
      end = best->first + bytes;
      best->second = bytes;
    }
    if (best == free.end()) {
      end += bytes;
      return end - bytes;
    }
    auto [offset, size] = *best;
    free.erase(best);
    if (size > bytes)
      free[offset + bytes] = size - bytes;
    return offset;
  }

  void release(std::uint64_t offset, std::uint64_t bytes) {
    if (!reuse || bytes == 0)
      return;
    auto [range, isNew] = free.emplace(offset, bytes);
    FERRO_CHECK(isNew, "a range is released once");
    if (auto next = std::next(range);
        next != free.end() && offset + range->second == next->first) {
      range->second += next->second;
      free.erase(next);
    }
    if (range == free.begin())
      return;
    if (auto before = std::prev(range);
        before->first + before->second == offset) {
      before->second += range->second;
      free.erase(range);
    }
  }
};

/// Where a value lies: the value whose storage it shares, and how.
struct Alias {
  ValueId root;
  std::uint64_t byteOffset = 0;
  Type type; // with strides
};

struct Planner {
  const Graph &graph;
  Arena arena;
  Plan plan{};
  std::vector<Alias> aliases{};
  std::vector<Slot> slots{};              // of roots
  std::vector<std::int32_t> lastReader{}; // of roots: node

  Alias aliasOf(const Node &view) const {
    Alias source = aliases[view.operands[0].index];
    Type type = graph.type(view.results[0]);
    auto layout = viewLayout(view.op, view.attributes, source.type, type.shape);
    FERRO_CHECK(layout, "fused graphs have no views that need a copy");
    type.strides = storedStrides(type.shape, layout->strides);
    auto bytes =
        static_cast<std::uint64_t>(layout->offset) * byteSize(type.dtype);
    return {source.root, source.byteOffset + bytes, type};
  }

  void findAliases() {
    for (std::size_t i = 0; i < graph.values.size(); ++i)
      aliases.push_back(
          {{static_cast<std::uint32_t>(i)}, 0, graph.values[i].type});
    for (const Node &node : graph.nodes) {
      Family family = info(node.op).family;
      FERRO_CHECK(family == Family::View || family == Family::Literal ||
                      family == Family::Group,
                  "memory is planned after fusion");
      if (family == Family::View)
        aliases[node.results[0].index] = aliasOf(node);
    }
  }

  void findLastReaders() {
    lastReader.assign(graph.values.size(), -1);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      if (graph.nodes[i].op == OpKind::Fused)
        for (ValueId operand : graph.nodes[i].operands)
          lastReader[aliases[operand.index].root.index] =
              static_cast<std::int32_t>(i);
  }

  void placeInputsAndConstants() {
    slots.resize(graph.values.size());
    for (std::size_t i = 0; i < graph.inputs.size(); ++i)
      slots[graph.inputs[i].index] = {Place::Input,
                                      static_cast<std::uint32_t>(i), 0};
    for (const Node &node : graph.nodes)
      if (node.op == OpKind::Constant) {
        slots[node.results[0].index] = {
            Place::Constant, static_cast<std::uint32_t>(plan.constants.size()),
            0};
        plan.constants.push_back(node.attributes.getLiteral("value"));
      }
  }

  /// What a caller will hold gets a buffer of its own; outputs that share a
  /// value share the buffer.
  void placeOutputs(const std::vector<std::int32_t> &producers) {
    for (ValueId output : graph.outputs) {
      const Alias &alias = aliases[output.index];
      Slot &root = slots[alias.root.index];
      std::int32_t producer = producers[alias.root.index];
      bool isComputed =
          producer >= 0 &&
          graph.nodes[static_cast<std::size_t>(producer)].op == OpKind::Fused;
      if (isComputed && root.place != Place::Output) {
        root = {Place::Output,
                static_cast<std::uint32_t>(plan.outputBytes.size()), 0};
        plan.outputBytes.push_back(bytesOf(graph.type(alias.root)));
      }
      plan.outputs.push_back({slotOf(output), alias.type});
    }
  }

  Slot slotOf(ValueId id) const {
    const Alias &alias = aliases[id.index];
    Slot slot = slots[alias.root.index];
    slot.byteOffset += alias.byteOffset;
    return slot;
  }

  void placeResults(const Node &node) {
    for (ValueId result : node.results) {
      if (slots[result.index].place == Place::Output)
        continue;
      std::uint64_t bytes = aligned(bytesOf(graph.type(result)));
      plan.naiveBytes += bytes;
      slots[result.index] = {Place::Arena, 0, arena.allocate(bytes)};
    }
  }

  void release(ValueId root) {
    const Slot &slot = slots[root.index];
    if (slot.place == Place::Arena)
      arena.release(slot.byteOffset, aligned(bytesOf(graph.type(root))));
  }

  /// Operands end after the results are placed: a kernel may write a result
  /// while it still reads.
  void releaseAfter(std::size_t index) {
    const Node &node = graph.nodes[index];
    std::vector<ValueId> roots;
    for (ValueId operand : node.operands)
      roots.push_back(aliases[operand.index].root);
    std::sort(roots.begin(), roots.end());
    roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
    for (ValueId root : roots)
      if (lastReader[root.index] == static_cast<std::int32_t>(index))
        release(root);
    for (ValueId result : node.results)
      if (lastReader[result.index] < 0)
        release(result);
  }

  Plan run() {
    findAliases();
    findLastReaders();
    placeInputsAndConstants();
    placeOutputs(graph.producers());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node &node = graph.nodes[i];
      if (node.op != OpKind::Fused)
        continue;
      placeResults(node);
      artifact::Step step{static_cast<std::uint32_t>(plan.steps.size()), {}};
      for (ValueId operand : node.operands)
        step.buffers.push_back(slotOf(operand));
      for (ValueId result : node.results)
        step.buffers.push_back(slotOf(result));
      plan.steps.push_back(std::move(step));
      releaseAfter(i);
    }
    plan.arenaBytes = arena.end;
    return std::move(plan);
  }
};

Plan planMemory(const Graph &graph, bool reuse) {
  return Planner{graph, Arena{reuse}}.run();
}

// --- text

static std::string text(const Slot &slot) {
  static constexpr const char *places[] = {"input", "output", "constant",
                                           "arena"};
  std::string result = places[static_cast<std::size_t>(slot.place)];
  if (slot.place != Place::Arena)
    result += " " + std::to_string(slot.index);
  if (slot.place == Place::Arena || slot.byteOffset > 0)
    result += " + " + std::to_string(slot.byteOffset);
  return result;
}

std::string toString(const Plan &plan) {
  std::string result = "plan {\n";
  for (const artifact::Step &step : plan.steps) {
    result += "  kernel " + std::to_string(step.kernel) + "(";
    for (std::size_t i = 0; i < step.buffers.size(); ++i)
      result += (i ? ", " : "") + text(step.buffers[i]);
    result += ")\n";
  }
  for (const artifact::OutputView &output : plan.outputs)
    result += "  return " + text(output.slot) + " : " +
              graph::toString(output.type) + "\n";
  for (std::size_t i = 0; i < plan.outputBytes.size(); ++i)
    result += "  output " + std::to_string(i) + ": " +
              std::to_string(plan.outputBytes[i]) + " bytes\n";
  std::uint64_t saved = plan.naiveBytes - plan.arenaBytes;
  result += "  arena: " + std::to_string(plan.arenaBytes) + " bytes, " +
            std::to_string(plan.naiveBytes) + " without reuse";
  if (saved > 0)
    result += " (" + std::to_string(saved * 100 / plan.naiveBytes) + "% saved)";
  return result + "\n}\n";
}

} // namespace ferro::passes
