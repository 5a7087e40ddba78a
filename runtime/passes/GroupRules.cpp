#include "passes/GroupRules.h"

#include "graph/Infer.h"

#include "ferro/Shape.h"

#include <algorithm>
#include <set>

namespace ferro::passes {

using namespace graph;

static constexpr std::size_t maxNodes = 128;
static constexpr std::size_t maxBuffers = 32;
/// Reducing this many elements or more to a single one is worth several
/// threads, which only a reduction that nothing in its group waits for can use.
static constexpr std::int64_t largeRow = 64 * 1024;

bool isPoint(OpKind op) { return isElementwise(op) || op == OpKind::Cast; }

static Shape withoutUnits(const Shape &shape) {
  Shape result;
  for (std::int64_t extent : shape)
    if (extent != 1)
      result.push_back(extent);
  return result;
}

bool isUnitView(const Graph &graph, const Node &node) {
  switch (node.op) {
  case OpKind::Expand:
  case OpKind::Squeeze:
  case OpKind::Unsqueeze:
    return true;
  case OpKind::Reshape:
  case OpKind::Flatten:
    return withoutUnits(graph.type(node.operands[0]).shape) ==
           withoutUnits(graph.type(node.results[0]).shape);
  default:
    return false;
  }
}

/// Whether computing an element again costs less than storing it.
static bool isCheap(OpKind op) {
  switch (op) {
  case OpKind::Pow:
  case OpKind::Exp:
  case OpKind::Log:
  case OpKind::Sin:
  case OpKind::Cos:
  case OpKind::Erf:
  case OpKind::Sigmoid:
  case OpKind::Tanh:
  case OpKind::Gelu:
  case OpKind::GeluTanh:
  case OpKind::GeluSigmoid:
  case OpKind::Silu:
    return false;
  default:
    return true;
  }
}

static bool isReducing(OpKind op) {
  Family family = info(op).family;
  return family == Family::Reduction || family == Family::Normalisation;
}

/// For each axis of a value the axis of the domain that walks it; -1 where the
/// extent is 1.
using AxisMap = Dims;

static AxisMap identity(const Shape &shape) {
  AxisMap map;
  for (std::size_t i = 0; i < shape.size(); ++i)
    map.push_back(shape[i] == 1 ? -1 : static_cast<std::int64_t>(i));
  return map;
}

// The rules, checked from the group's results back to its operands.
struct Rules {
  const Candidate &candidate;
  Shape domain;
  std::int32_t product = -1;
  std::vector<std::int32_t> reducing;
  std::size_t reducedAxes = 0; // trailing; meaningful if isTrailing
  bool isTrailing = false;
  std::vector<std::optional<AxisMap>> maps; // by place in candidate.nodes

  const Graph &graph() const { return candidate.graph; }
  const Node &node(std::int32_t index) const {
    return graph().nodes[static_cast<std::size_t>(index)];
  }
  ValueId result(std::int32_t index) const { return node(index).results[0]; }
  const Shape &shape(ValueId id) const { return graph().type(id).shape; }
  const Shape &shape(std::int32_t index) const { return shape(result(index)); }

  /// The place of a node in the candidate, or -1.
  std::ptrdiff_t place(std::int32_t index) const {
    auto found =
        std::lower_bound(candidate.nodes.begin(), candidate.nodes.end(), index);
    return found != candidate.nodes.end() && *found == index
               ? found - candidate.nodes.begin()
               : -1;
  }
  bool isInside(std::int32_t index) const {
    return index >= 0 && place(index) >= 0;
  }

  bool escapes(std::int32_t index) const {
    ValueId id = result(index);
    const auto &readers = candidate.consumers[id.index];
    bool isOutput = std::find(graph().outputs.begin(), graph().outputs.end(),
                              id) != graph().outputs.end();
    return isOutput ||
           std::any_of(readers.begin(), readers.end(),
                       [&](std::int32_t reader) { return !isInside(reader); });
  }

  bool isReadInside(std::int32_t index) const {
    const auto &readers = candidate.consumers[result(index).index];
    return std::any_of(readers.begin(), readers.end(),
                       [&](std::int32_t reader) { return isInside(reader); });
  }

  // --- the group as a whole

  bool collect() {
    std::int32_t last = -1;
    for (std::int32_t index : candidate.nodes) {
      const Node &each = node(index);
      if (info(each.op).family == Family::MatrixProduct) {
        if (product >= 0)
          return false;
        product = index;
      } else if (isReducing(each.op)) {
        reducing.push_back(index);
      } else if (!isPoint(each.op) && info(each.op).family != Family::View) {
        return false; // cat and contiguous stay alone
      }
      last = index;
    }
    if (product >= 0) {
      domain = shape(product);
      return reducing.empty();
    }
    domain = reducing.empty() ? shape(last)
                              : shape(node(reducing.front()).operands[0]);
    return reducing.empty() || checkReductions();
  }

  /// How many trailing axes \p index reduces, or nothing if they are not
  /// trailing.
  std::optional<std::size_t> trailingAxes(std::int32_t index) const {
    const Node &each = node(index);
    std::string_view name = info(each.op).name;
    std::size_t rank = domain.size();
    if (info(each.op).family == Family::Normalisation) {
      auto axis = static_cast<std::size_t>(
          normaliseAxis(name, each.attributes.getInt("axis"), rank));
      return axis + 1 == rank ? std::optional<std::size_t>(1) : std::nullopt;
    }
    std::set<std::size_t> axes;
    for (std::int64_t axis : each.attributes.getInts("axes"))
      axes.insert(static_cast<std::size_t>(normaliseAxis(name, axis, rank)));
    if (axes.empty())
      return rank;
    bool reachesEnd =
        *axes.begin() + axes.size() == rank; // distinct and below rank
    return reachesEnd ? std::optional(axes.size()) : std::nullopt;
  }

  std::int64_t rows() const {
    std::int64_t product = 1;
    for (std::size_t i = 0; i + reducedAxes < domain.size(); ++i)
      product *= domain[i];
    return product;
  }

  bool checkReductions() {
    std::optional<std::size_t> first = trailingAxes(reducing.front());
    isTrailing = first.has_value();
    reducedAxes = first.value_or(0);
    for (std::int32_t index : reducing)
      if (!(shape(node(index).operands[0]) == domain) ||
          trailingAxes(index) != first)
        return false;
    bool hasRowOfItsOwn =
        std::any_of(reducing.begin(), reducing.end(), [&](std::int32_t index) {
          return info(node(index).op).family == Family::Normalisation;
        });
    bool mustBeAlone =
        !isTrailing ||
        (rows() == 1 && numel(domain) >= largeRow && !hasRowOfItsOwn);
    if (!mustBeAlone)
      return true;
    isTrailing = false; // from here on the rules of a lone reduction hold
    return reducing.size() == 1 && !isReadInside(reducing.front());
  }

  // --- shapes and the axes that walk them

  /// The domain with its reduced axes as 1 or dropped.
  Shape rowShape(bool keeps) const {
    Shape result;
    for (std::size_t i = 0; i < domain.size(); ++i) {
      bool isReduced = i + reducedAxes >= domain.size();
      if (!isReduced || keeps)
        result.push_back(isReduced ? 1 : domain[i]);
    }
    return result;
  }

  bool isLoneReduction(std::int32_t index) const {
    return !isTrailing && !reducing.empty() && reducing.front() == index;
  }

  /// The axis map of a value that leaves the group, if its shape may leave.
  std::optional<AxisMap> escapingMap(std::int32_t index) const {
    const Shape &found = shape(index);
    if (isLoneReduction(index))
      return AxisMap();
    if (found == domain)
      return identity(domain);
    // Leading axes of a row shape are the domain's, so its identity is the map.
    if (isTrailing && (found == rowShape(true) || found == rowShape(false)))
      return identity(found);
    return std::nullopt;
  }

  /// How the operand of a reader is walked when the reader's result is walked
  /// by \p map.
  std::optional<AxisMap> operandMap(const Node &reader, ValueId operand,
                                    const AxisMap &map) const {
    const Shape &from = shape(operand), &to = shape(reader.results[0]);
    if (info(reader.op).family == Family::MatrixProduct)
      return std::nullopt;
    if (isReducing(reader.op))
      return identity(domain);
    AxisMap result;
    if (isPoint(reader.op) || reader.op == OpKind::Expand) {
      std::size_t lead = to.size() - from.size();
      for (std::size_t i = 0; i < from.size(); ++i)
        result.push_back(from[i] == 1 ? -1 : map[lead + i]);
      return result;
    }
    std::size_t at = 0; // a unit reshape keeps the other axes in order
    for (std::int64_t extent : from) {
      while (extent != 1 && to[at] == 1)
        ++at;
      result.push_back(extent == 1 ? -1 : map[at++]);
    }
    return result;
  }

  bool setMap(std::ptrdiff_t at, const AxisMap &map) {
    auto &known = maps[static_cast<std::size_t>(at)];
    if (known && !(*known == map))
      return false; // one value would be walked in two ways
    known = map;
    return true;
  }

  /// A reduction's result must broadcast back to the rows that it came from.
  bool fitsOwnMap(std::int32_t index, const AxisMap &map) const {
    if (isLoneReduction(index) || isPoint(node(index).op) ||
        info(node(index).op).family == Family::View)
      return true;
    return map == identity(shape(index));
  }

  bool isWorthwhile(std::int32_t index, const AxisMap &map) const {
    const Shape &found = shape(index);
    if (!isPoint(node(index).op) || isCheap(node(index).op) ||
        numel(found) == numel(domain) || numel(found) == 1)
      return true;
    // A value with an element a row is computed once a row.
    std::size_t rowAxes = domain.size() - (isTrailing ? reducedAxes : 0);
    return isTrailing && map == identity(found) && numel(found) == rows() &&
           found.size() >= rowAxes;
  }

  bool checkMaps() {
    maps.resize(candidate.nodes.size());
    for (std::size_t at = candidate.nodes.size(); at-- > 0;) {
      std::int32_t index = candidate.nodes[at];
      if (escapes(index)) {
        std::optional<AxisMap> map = escapingMap(index);
        if (!map || !setMap(static_cast<std::ptrdiff_t>(at), *map))
          return false;
      }
      if (!maps[at] || !fitsOwnMap(index, *maps[at]) ||
          !isWorthwhile(index, *maps[at]))
        return false;
      for (ValueId operand : node(index).operands) {
        std::int32_t producer = candidate.producers[operand.index];
        if (!isInside(producer))
          continue;
        std::optional<AxisMap> map =
            operandMap(node(index), operand, *maps[at]);
        if (!map || !setMap(place(producer), *map))
          return false;
      }
    }
    return true;
  }

  bool checkSize() const {
    std::set<ValueId> buffers;
    for (std::int32_t index : candidate.nodes) {
      if (escapes(index))
        buffers.insert(result(index));
      for (ValueId operand : node(index).operands)
        if (!isInside(candidate.producers[operand.index]))
          buffers.insert(operand);
    }
    return candidate.nodes.size() <= maxNodes && buffers.size() <= maxBuffers;
  }
};

std::optional<std::string_view> classify(const Candidate &candidate) {
  const Node &first =
      candidate.graph.nodes[static_cast<std::size_t>(candidate.nodes.front())];
  bool isAlone = candidate.nodes.size() == 1;
  if (isAlone && (first.op == OpKind::Cat || first.op == OpKind::Contiguous))
    return "movement";
  Rules rules{candidate, {}, -1, {}, 0, false, {}};
  if (!rules.collect() ||
      (!isAlone && (!rules.checkSize() || !rules.checkMaps())))
    return std::nullopt;
  if (rules.product >= 0)
    return "matmul";
  return rules.reducing.empty() ? "elementwise" : "reduction";
}

} // namespace ferro::passes
