#include "passes/FuseGroups.h"

#include "graph/Infer.h"
#include "graph/Layout.h"
#include "passes/GroupRules.h"
#include "passes/Passes.h"
#include "passes/Rewrite.h"
#include "support/Check.h"

#include <algorithm>
#include <map>
#include <string>

namespace ferro::passes {

using namespace graph;

// --- preparation

static std::vector<bool> outputSet(const Graph &graph) {
  std::vector<bool> isOutput(graph.values.size());
  for (ValueId output : graph.outputs)
    isOutput[output.index] = true;
  return isOutput;
}

/// softmax(x, axis) = transpose(softmax(transpose(x), last)); row-major again
/// if the caller sees it.
static std::optional<ValueId> alongLastAxis(Rewriter &rewriter,
                                            const Node &node, bool isOutput) {
  std::size_t rank = rewriter.type(node.operands[0]).shape.size();
  std::int64_t axis = normaliseAxis(info(node.op).name,
                                    node.attributes.getInt("axis"), rank),
               last = static_cast<std::int64_t>(rank) - 1;
  if (axis == last)
    return std::nullopt;
  Attributes swap = {{"axis0", axis}, {"axis1", last}};
  ValueId turned = rewriter.add(OpKind::Transpose, {node.operands[0]}, swap);
  ValueId result = rewriter.add(node.op, {turned}, {{"axis", last}});
  ValueId back = rewriter.add(OpKind::Transpose, {result}, swap);
  return isOutput ? rewriter.add(OpKind::Contiguous, {back}) : back;
}

/// A reshape across gaps reads a row-major copy.
static std::optional<ValueId>
copyBeforeReshape(Rewriter &rewriter, const Node &node, const Type &result) {
  ValueId operand = node.operands[0];
  if (viewLayout(node.op, node.attributes, rewriter.storedType(operand),
                 result.shape))
    return std::nullopt;
  ValueId copy = rewriter.add(OpKind::Contiguous, {operand});
  return rewriter.add(node.op, {copy}, node.attributes);
}

static void materialise(Graph &graph) {
  std::vector<bool> isOutput = outputSet(graph);
  rewrite(
      graph,
      [&](Rewriter &rewriter, const Node &node) -> std::optional<ValueId> {
        switch (info(node.op).family) {
        case Family::Normalisation:
          return alongLastAxis(rewriter, node, isOutput[node.results[0].index]);
        case Family::View:
          return copyBeforeReshape(rewriter, node, graph.type(node.results[0]));
        default:
          return std::nullopt;
        }
      });
}

static bool takesViews(OpKind op) {
  Family family = info(op).family;
  return isPoint(op) || family == Family::Reduction ||
         family == Family::Normalisation;
}

/// A copy of the unit views between \p id and what computes it, for one reader.
static ValueId cloneViews(Rewriter &rewriter, ValueId id) {
  const Node *node = rewriter.producer(id);
  if (!node || !isUnitView(rewriter.graph(), *node))
    return id;
  OpKind op = node->op;
  Attributes attributes = node->attributes;
  ValueId source = cloneViews(rewriter, node->operands[0]);
  return rewriter.add(op, {source}, std::move(attributes));
}

/// Gives every reader unit views of its own, so that each can join its reader.
static void separateViews(Graph &graph) {
  rewrite(graph,
          [](Rewriter &rewriter, const Node &node) -> std::optional<ValueId> {
            if (!takesViews(node.op))
              return std::nullopt;
            std::map<ValueId, ValueId> clones;
            std::vector<ValueId> operands;
            for (ValueId operand : node.operands) {
              auto [clone, isNew] = clones.emplace(operand, operand);
              if (isNew)
                clone->second = cloneViews(rewriter, operand);
              operands.push_back(clone->second);
            }
            return rewriter.add(node.op, operands, node.attributes);
          });
  eliminateDeadOps(graph);
}

// --- joining

struct Groups {
  const Graph &graph;
  std::vector<std::int32_t> producers;
  std::vector<std::vector<std::int32_t>> consumers; // of values: nodes
  std::vector<std::int32_t> groupOf;              // of nodes; -1 stands outside
  std::vector<std::vector<std::int32_t>> members; // of groups, ascending

  explicit Groups(const Graph &source)
      : graph(source), producers(source.producers()),
        consumers(source.values.size()), groupOf(source.nodes.size(), -1) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      for (ValueId operand : graph.nodes[i].operands)
        consumers[operand.index].push_back(static_cast<std::int32_t>(i));
    makeSingles();
  }

  const Node &node(std::int32_t index) const {
    return graph.nodes[static_cast<std::size_t>(index)];
  }
  std::int32_t &group(std::int32_t index) {
    return groupOf[static_cast<std::size_t>(index)];
  }
  std::int32_t group(std::int32_t index) const {
    return groupOf[static_cast<std::size_t>(index)];
  }

  /// A group for every computing node; a unit view that only one group reads
  /// belongs to it. Readers come later, so the walk goes backwards.
  void makeSingles() {
    std::vector<bool> isOutput = outputSet(graph);
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
      const Node &each = graph.nodes[i];
      Family family = info(each.op).family;
      if (family == Family::Literal)
        continue;
      if (family != Family::View) {
        FERRO_CHECK(family != Family::Group, "a graph is fused once");
        groupOf[i] = static_cast<std::int32_t>(members.size());
        members.push_back({static_cast<std::int32_t>(i)});
        continue;
      }
      std::int32_t reader = soleReader(each.results[0], isOutput);
      if (reader < 0 || !isUnitView(graph, each))
        continue;
      groupOf[i] = group(reader);
      if (group(reader) >= 0)
        members[static_cast<std::size_t>(group(reader))].insert(
            members[static_cast<std::size_t>(group(reader))].begin(),
            static_cast<std::int32_t>(i));
    }
  }

  /// The group member that alone reads \p id, or -1.
  std::int32_t soleReader(ValueId id, const std::vector<bool> &isOutput) const {
    const auto &readers = consumers[id.index];
    if (isOutput[id.index] || readers.empty() ||
        readers.front() != readers.back())
      return -1;
    OpKind op = node(readers.front()).op;
    return takesViews(op) || info(op).family == Family::View ? readers.front()
                                                             : -1;
  }

  bool isInside(std::int32_t index, std::int32_t a, std::int32_t b) const {
    return group(index) >= 0 && (group(index) == a || group(index) == b);
  }

  /// Whether a path leaves the two groups and comes back, which would make each
  /// wait for the other once they are one.
  bool pathReturns(std::int32_t a, std::int32_t b) const {
    std::vector<bool> seenNode(graph.nodes.size()), seenGroup(members.size());
    std::vector<std::int32_t> pending;
    auto visitReaders = [&](std::int32_t index) {
      for (ValueId result : node(index).results)
        for (std::int32_t reader : consumers[result.index])
          pending.push_back(reader);
    };
    auto visitGroup = [&](std::int32_t index) {
      seenGroup[static_cast<std::size_t>(index)] = true;
      for (std::int32_t member : members[static_cast<std::size_t>(index)])
        visitReaders(member);
    };
    visitGroup(a);
    visitGroup(b);
    std::erase_if(pending,
                  [&](std::int32_t reader) { return isInside(reader, a, b); });
    while (!pending.empty()) {
      std::int32_t index = pending.back();
      pending.pop_back();
      if (isInside(index, a, b))
        return true;
      if (std::int32_t owner = group(index); owner >= 0) {
        if (!seenGroup[static_cast<std::size_t>(owner)])
          visitGroup(owner);
      } else if (!seenNode[static_cast<std::size_t>(index)]) {
        seenNode[static_cast<std::size_t>(index)] = true;
        visitReaders(index);
      }
    }
    return false;
  }

  std::optional<std::string_view> kind(std::vector<std::int32_t> nodes) const {
    return classify({graph, producers, consumers, std::move(nodes)});
  }

  std::string_view kind(std::int32_t index) const {
    std::optional<std::string_view> found =
        kind(members[static_cast<std::size_t>(index)]);
    FERRO_CHECK(found, "every group is legal");
    return *found;
  }

  bool join(std::int32_t a, std::int32_t b) {
    if (a == b || a < 0 || b < 0)
      return false;
    auto &into = members[static_cast<std::size_t>(a)],
         &from = members[static_cast<std::size_t>(b)];
    std::vector<std::int32_t> nodes;
    std::merge(into.begin(), into.end(), from.begin(), from.end(),
               std::back_inserter(nodes));
    if (!kind(nodes) || pathReturns(a, b))
      return false;
    for (std::int32_t index : from)
      group(index) = a;
    into = std::move(nodes);
    from.clear();
    return true;
  }

  /// The computing nodes behind the operands of \p index, latest first.
  std::vector<std::int32_t> computedOperands(std::int32_t index) const {
    std::vector<std::int32_t> result;
    for (ValueId operand : node(index).operands) {
      std::int32_t producer = producers[operand.index];
      while (producer >= 0 && group(producer) >= 0 &&
             info(node(producer).op).family == Family::View)
        producer = producers[node(producer).operands[0].index];
      if (producer >= 0 && group(producer) >= 0)
        result.push_back(producer);
    }
    std::sort(result.begin(), result.end(), std::greater<>());
    return result;
  }

  bool joinProducers() {
    bool changed = false;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      auto index = static_cast<std::int32_t>(i);
      if (group(index) < 0 || !takesViews(node(index).op))
        continue;
      for (std::int32_t producer : computedOperands(index))
        changed |= join(group(producer), group(index));
    }
    return changed;
  }

  /// Element-wise groups, and reductions, of one domain that read the same
  /// value.
  bool joinNeighbours() {
    bool changed = false;
    for (std::size_t value = 0; value < graph.values.size(); ++value) {
      if (numel(graph.values[value].type.shape) == 1)
        continue;
      const auto &readers = consumers[value];
      for (std::size_t i = 1; i < readers.size(); ++i) {
        std::int32_t a = group(readers[i - 1]), b = group(readers[i]);
        if (a < 0 || b < 0 || a == b)
          continue;
        std::string_view shared = kind(a);
        if (shared == kind(b) &&
            (shared == "elementwise" || shared == "reduction"))
          changed |= join(a, b);
      }
    }
    return changed;
  }
};

// --- emission

struct Emitter {
  const Groups &groups;
  Graph target{};
  std::vector<ValueId> renamed; // old value -> new
  std::vector<bool> isEmitted;  // groups
  std::vector<Type> stored{};   // new values with their strides
  std::map<ValueId, std::vector<ValueId>> views{}; // new views by operand
  std::map<ValueId, std::int32_t> viewNode{};      // new view -> its node

  const Graph &source() const { return groups.graph; }

  bool isSmallConstant(ValueId id) const {
    std::int32_t producer = groups.producers[id.index];
    return producer >= 0 && groups.node(producer).op == OpKind::Constant &&
           numel(source().type(id).shape) == 1;
  }

  /// Whether \p id is made in the region of \p group rather than read by it.
  bool isLocal(ValueId id, std::int32_t group) const {
    if (isSmallConstant(id))
      return true;
    std::int32_t producer = groups.producers[id.index];
    if (producer < 0 || groups.group(producer) != group)
      return false;
    const Node &node = groups.node(producer);
    return info(node.op).family != Family::View ||
           isLocal(node.operands[0], group);
  }

  /// The new value of \p id; makes what it takes.
  ValueId outer(ValueId id) {
    if (renamed[id.index].index != ~0u)
      return renamed[id.index];
    std::int32_t producer = groups.producers[id.index];
    const Node &node = groups.node(producer);
    if (info(node.op).family == Family::View)
      return renamed[id.index] = view(node);
    if (node.op == OpKind::Constant) {
      renamed[id.index] = target.addNode(node.op, {}, node.attributes);
      stored.push_back(target.values.back().type);
      return renamed[id.index];
    }
    emit(groups.group(producer));
    return renamed[id.index];
  }

  ValueId view(const Node &node) {
    ValueId operand = outer(node.operands[0]);
    for (ValueId known : views[operand]) {
      const Node &made =
          target.nodes[static_cast<std::size_t>(viewNode.at(known))];
      if (made.op == node.op && made.attributes == node.attributes)
        return known;
    }
    ValueId result = target.addNode(node.op, {operand}, node.attributes);
    target.nodes.back().location = node.location;
    viewNode[result] = static_cast<std::int32_t>(target.nodes.size() - 1);
    views[operand].push_back(result);
    Type type = target.type(result);
    auto layout =
        viewLayout(node.op, node.attributes, stored[operand.index], type.shape);
    FERRO_CHECK(layout, "reshapes across gaps read a copy by now");
    type.strides = storedStrides(type.shape, layout->strides);
    stored.push_back(type);
    return result;
  }

  bool leaves(ValueId id, std::int32_t group) const {
    const auto &readers = groups.consumers[id.index];
    bool isOutput = std::find(source().outputs.begin(), source().outputs.end(),
                              id) != source().outputs.end();
    return isOutput || std::any_of(readers.begin(), readers.end(),
                                   [&](std::int32_t reader) {
                                     return groups.group(reader) != group;
                                   });
  }

  void emit(std::int32_t group) {
    isEmitted[static_cast<std::size_t>(group)] = true;
    const std::vector<std::int32_t> &members =
        groups.members[static_cast<std::size_t>(group)];
    auto region = std::make_shared<Graph>();
    std::map<ValueId, ValueId> inside; // old value -> region value
    Node fused{
        OpKind::Fused, {{"kind", std::string(groups.kind(group))}}, {}, {}, {},
        nullptr};

    // Inputs come first in the region's values, so all operands before any
    // node.
    for (std::int32_t index : members)
      for (ValueId operand : groups.node(index).operands)
        if (isRegionNode(index, group) &&
            readsOutside(operand, groups.node(index), group) &&
            !inside.contains(operand)) {
          ValueId made = outer(operand);
          fused.operands.push_back(made);
          inside[operand] = region->addInput(stored[made.index]);
        }
    std::vector<ValueId> results;
    for (std::int32_t index : members) {
      const Node &node = groups.node(index);
      if (!isRegionNode(index, group))
        continue;
      std::vector<ValueId> operands;
      for (ValueId operand : node.operands) {
        if (!inside.contains(operand)) // a constant of one element
          inside[operand] = region->addNode(
              OpKind::Constant, {},
              groups.node(groups.producers[operand.index]).attributes);
        operands.push_back(inside[operand]);
      }
      ValueId made = inside[node.results[0]] =
          region->addNode(node.op, operands, node.attributes);
      region->nodes.back().location = node.location;
      bool isView = info(node.op).family == Family::View;
      if (!isView) {
        appendName(region->name, info(node.op).name);
        if (fused.location.file.empty())
          fused.location = node.location;
      }
      if (!isView && leaves(node.results[0], group)) {
        region->outputs.push_back(made);
        results.push_back(node.results[0]);
      }
    }
    for (ValueId result : results) {
      target.values.push_back({source().type(result), {}});
      stored.push_back(source().type(result));
      renamed[result.index] = {
          static_cast<std::uint32_t>(target.values.size() - 1)};
      fused.results.push_back(renamed[result.index]);
    }
    fused.region = std::move(region);
    target.nodes.push_back(std::move(fused));
  }

  /// Views whose source lies outside stay outside.
  bool isRegionNode(std::int32_t index, std::int32_t group) const {
    const Node &node = groups.node(index);
    return info(node.op).family != Family::View ||
           isLocal(node.operands[0], group);
  }

  /// Matrix products and copies read even small constants from memory.
  bool readsOutside(ValueId operand, const Node &reader,
                    std::int32_t group) const {
    bool burnsIn =
        takesViews(reader.op) || info(reader.op).family == Family::View;
    return !isLocal(operand, group) || (!burnsIn && isSmallConstant(operand));
  }

  /// "linear_relu"; long groups are named by their first ops and a count.
  static void appendName(std::string &name, std::string_view op) {
    static constexpr std::size_t longEnough = 40;
    if (name.size() + op.size() < longEnough)
      name += (name.empty() ? "" : "_") + std::string(op);
    else if (!name.ends_with("_etc"))
      name += "_etc";
  }

  Graph run() {
    target.name = source().name;
    for (ValueId input : source().inputs) {
      renamed[input.index] = target.addInput(source().type(input),
                                             source().values[input.index].name);
      stored.push_back(source().type(input));
    }
    for (std::size_t i = 0; i < source().nodes.size(); ++i) {
      std::int32_t group = groups.groupOf[i];
      bool isComputed =
          group >= 0 && info(source().nodes[i].op).family != Family::View;
      if (isComputed && !isEmitted[static_cast<std::size_t>(group)])
        emit(group);
    }
    for (ValueId output : source().outputs)
      target.outputs.push_back(outer(output));
    return std::move(target);
  }
};

static bool isFused(const Graph &graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const Node &node) { return node.op == OpKind::Fused; });
}

void fuseGroups(Graph &graph, Fusion fusion) {
  if (isFused(graph))
    return;
  eliminateDeadOps(graph);
  materialise(graph);
  separateViews(graph);
  Groups groups(graph);
  if (fusion == Fusion::Joined) {
    while (groups.joinProducers()) {
    }
    while (groups.joinNeighbours() && groups.joinProducers()) {
    }
  }
  graph = Emitter{groups,
                  {},
                  std::vector<ValueId>(graph.values.size()),
                  std::vector<bool>(groups.members.size())}
              .run();
}

void fuseGroups(Graph &graph) { fuseGroups(graph, Fusion::Joined); }

} // namespace ferro::passes
