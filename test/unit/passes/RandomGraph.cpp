#include "RandomGraph.h"

#include "graph/Verify.h"

#include "ferro/Error.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

namespace ferro::testing {

using namespace graph;

static std::int64_t below(Random &random, std::int64_t bound) {
  return static_cast<std::int64_t>(random() %
                                   static_cast<std::uint64_t>(bound));
}
static bool chance(Random &random, int percent) {
  return below(random, 100) < percent;
}

static DType randomDType(Random &random) {
  return chance(random, 60) ? DType::F32
                            : static_cast<DType>(below(random, numDTypes));
}

static Shape randomShape(Random &random) {
  static constexpr std::int64_t extents[] = {1, 2, 3, 3, 4};
  Shape shape;
  for (std::int64_t i = below(random, 4); i > 0; --i)
    shape.push_back(chance(random, 2) ? 0 : extents[below(random, 5)]);
  return shape;
}

/// A literal whose elements are the doubles that \p draw gives.
template <typename F>
static Literal makeLiteral(DType dtype, const Shape &shape, F &&draw) {
  Literal literal{dtype, shape, {}};
  for (std::int64_t i = 0; i < numel(shape); ++i)
    visit(dtype, [&]<typename T>(T) {
      double number = draw();
      T value;
      if constexpr (std::is_same_v<T, bool>)
        value = number > 0;
      else if constexpr (std::is_integral_v<T>)
        value = number == number && number < 100
                    ? static_cast<T>(static_cast<std::int64_t>(number))
                    : T(7);
      else
        value = static_cast<T>(static_cast<float>(number));
      auto *bytes = reinterpret_cast<const std::byte *>(&value);
      literal.bytes.insert(literal.bytes.end(), bytes, bytes + sizeof value);
    });
  return literal;
}

Literal randomLiteral(Random &random, DType dtype, const Shape &shape) {
  static constexpr double special[] = {
      0.0, -0.0, std::numeric_limits<double>::infinity(),
      std::numeric_limits<double>::quiet_NaN()};
  return makeLiteral(dtype, shape, [&] {
    return chance(random, 15)
               ? special[below(random, 4)]
               : static_cast<double>(below(random, 801) - 400) / 100;
  });
}

/// One of the numbers that identities look for, everywhere.
static Literal neutralLiteral(Random &random, DType dtype, const Shape &shape) {
  static constexpr double numbers[] = {0.0, -0.0, 1.0, -1.0, 2.0};
  double number = numbers[below(random, 5)];
  return makeLiteral(dtype, shape, [&] { return number; });
}

/// Along axes of stride 0 every element is the first.
static Literal repeated(Literal literal, const Strides &strides) {
  std::size_t width = byteSize(literal.dtype);
  for (std::int64_t i = 0; i < numel(literal.shape); ++i) {
    std::int64_t rest = i, source = 0, step = 1;
    for (std::size_t axis = strides.size(); axis-- > 0;) {
      source += strides[axis] == 0 ? 0 : rest % literal.shape[axis] * step;
      rest /= literal.shape[axis];
      step *= literal.shape[axis];
    }
    std::memmove(&literal.bytes[static_cast<std::size_t>(i) * width],
                 &literal.bytes[static_cast<std::size_t>(source) * width],
                 width);
  }
  return literal;
}

std::vector<Literal> randomInputs(Random &random, const Graph &graph) {
  std::vector<Literal> inputs;
  for (ValueId input : graph.inputs) {
    const Type &type = graph.type(input);
    Literal literal = randomLiteral(random, type.dtype, type.shape);
    inputs.push_back(type.strides.empty() ? literal
                                          : repeated(literal, type.strides));
  }
  return inputs;
}

bool sameElements(const Literal &a, const Literal &b) {
  if (a.dtype != b.dtype || !(a.shape == b.shape) ||
      a.bytes.size() != b.bytes.size())
    return false;
  return visit(a.dtype, [&]<typename T>(T) {
    for (std::size_t at = 0; at < a.bytes.size(); at += sizeof(T)) {
      T x, y;
      std::memcpy(&x, &a.bytes[at], sizeof x);
      std::memcpy(&y, &b.bytes[at], sizeof y);
      bool areNan = x != x && y != y;
      if (!areNan && std::memcmp(&x, &y, sizeof x) != 0)
        return false;
    }
    return true;
  });
}

struct Generator {
  Random &random;
  Graph graph;
  std::vector<bool> isConstant; // values that follow from constants alone

  std::int64_t pick(std::int64_t bound) { return below(random, bound); }

  /// Mostly a recent value, so that chains grow; sometimes any, so that they
  /// meet.
  ValueId value() {
    auto count = static_cast<std::int64_t>(graph.values.size());
    std::int64_t index =
        chance(random, 60) ? count - 1 - pick(std::min<std::int64_t>(count, 4))
                           : pick(count);
    return {static_cast<std::uint32_t>(index)};
  }

  /// A value of the type of \p like, if one is found quickly.
  ValueId valueLike(ValueId like) {
    for (int attempt = 0; attempt < 8; ++attempt)
      if (ValueId found = value();
          graph.type(found).dtype == graph.type(like).dtype &&
          graph.type(found).shape == graph.type(like).shape)
        return found;
    return value();
  }

  std::int64_t axis(const Shape &shape) {
    auto rank = static_cast<std::int64_t>(shape.size());
    return rank == 0 ? 0 : pick(2 * rank) - rank;
  }

  Dims someAxes(const Shape &shape) {
    if (!shape.empty() && chance(random, 50))
      return {-1};
    Dims axes;
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (chance(random, 40))
        axes.push_back(static_cast<std::int64_t>(i));
    return axes;
  }

  Dims shuffledAxes(std::size_t rank) {
    Dims axes;
    for (std::size_t i = 0; i < rank; ++i)
      axes.push_back(static_cast<std::int64_t>(i));
    std::shuffle(axes.begin(), axes.end(), random);
    return axes;
  }

  Dims expanded(Shape shape) {
    for (std::int64_t &extent : shape)
      if (extent == 1 && chance(random, 70))
        extent = 1 + pick(4);
    if (shape.size() < 4 && chance(random, 40))
      shape.insert(0, 1 + pick(3));
    return shape;
  }

  /// Other extents with the same product, one of them left to inference.
  Dims regrouped(const Shape &shape) {
    Dims result;
    std::int64_t rest = numel(shape);
    while (rest > 1 && result.size() < 4 && !chance(random, 20)) {
      std::int64_t extent = 1 + pick(4);
      if (rest % extent != 0)
        continue;
      result.push_back(extent);
      rest /= extent;
    }
    result.insert(static_cast<std::size_t>(
                      pick(static_cast<std::int64_t>(result.size()) + 1)),
                  rest == 0 ? 0 : -1);
    return result;
  }

  Attributes narrow(const Shape &shape) {
    std::int64_t along = axis(shape),
                 rank = static_cast<std::int64_t>(shape.size());
    std::int64_t extent =
        rank == 0
            ? 0
            : shape[static_cast<std::size_t>(along < 0 ? along + rank : along)];
    std::int64_t start = pick(extent + 1);
    return {{"axis", along},
            {"start", start},
            {"length", start < extent ? 1 + pick(extent - start) : 0}};
  }

  Attributes attributes(OpKind op, const Shape &shape) {
    if (info(op).family == Family::Reduction)
      return {{"axes", someAxes(shape)}, {"keepdim", chance(random, 60)}};
    switch (op) {
    case OpKind::Softmax:
    case OpKind::LogSoftmax:
    case OpKind::Squeeze:
    case OpKind::Cat:
      return {{"axis", chance(random, 50) ? -1 : axis(shape)}};
    case OpKind::Unsqueeze:
      return {{"axis", pick(static_cast<std::int64_t>(shape.size()) + 1)}};
    case OpKind::Reshape:
      return {{"shape", regrouped(shape)}};
    case OpKind::Flatten:
      return {{"start", pick(static_cast<std::int64_t>(shape.size()) + 1)},
              {"end", std::int64_t(-1)}};
    case OpKind::Transpose:
      return {{"axis0", axis(shape)}, {"axis1", axis(shape)}};
    case OpKind::Permute:
      return {{"axes", shuffledAxes(shape.size())}};
    case OpKind::Expand:
      return {{"shape", expanded(shape)}};
    case OpKind::Narrow:
      return narrow(shape);
    case OpKind::Cast:
      return {{"dtype", randomDType(random)}};
    default:
      return {};
    }
  }

  /// The strides of a permuted, padded or repeated tensor.
  Strides randomStrides(const Shape &shape) {
    Strides strides = Dims::filled(shape.size(), 0);
    std::int64_t step = 1;
    for (std::int64_t each : shuffledAxes(shape.size())) {
      auto i = static_cast<std::size_t>(each);
      if (chance(random, 10))
        continue;
      strides[i] = step;
      step *= std::max<std::int64_t>(shape[i], 1) + pick(2);
    }
    return strides;
  }

  void addInput() {
    Type type{randomDType(random), randomShape(random), {}};
    if (!type.shape.empty() && chance(random, 30))
      type.strides = randomStrides(type.shape);
    graph.addInput(type, chance(random, 50)
                             ? "x" + std::to_string(graph.inputs.size())
                             : "");
    isConstant.push_back(false);
  }

  void addConstant() {
    DType dtype = randomDType(random);
    Shape shape = chance(random, 60) ? Shape() : randomShape(random);
    graph.addConstant(chance(random, 60) ? neutralLiteral(random, dtype, shape)
                                         : randomLiteral(random, dtype, shape));
    isConstant.push_back(true);
  }

  /// A scalar of which some arithmetic with \p like is an identity.
  ValueId neutralLike(ValueId like) {
    isConstant.push_back(true);
    return graph.addConstant(
        neutralLiteral(random, graph.type(like).dtype, {}));
  }

  std::vector<ValueId> operandsFor(const OpInfo &op) {
    std::int64_t count =
        op.maxOperands < 0
            ? 1 + pick(3)
            : op.minOperands + pick(op.maxOperands - op.minOperands + 1);
    std::vector<ValueId> operands;
    for (std::int64_t i = 0; i < count; ++i)
      operands.push_back(i > 0 && chance(random, 50) ? valueLike(operands[0])
                                                     : value());
    if (op.dtypes == DTypeRule::Promote && operands.size() == 2 &&
        chance(random, 25))
      operands[static_cast<std::size_t>(pick(2))] = neutralLike(operands[0]);
    return operands;
  }

  /// Adds a node of \p op if the operands drawn suit it.
  bool tryAdd(const OpInfo &op) {
    std::vector<ValueId> operands = operandsFor(op);
    if (op.kind == OpKind::Pow && isConstant[operands[1].index])
      return false;
    try {
      graph.addNode(op.kind, operands,
                    attributes(op.kind, graph.type(operands[0]).shape));
    } catch (const Error &) {
      return false;
    }
    if (numel(graph.values.back().type.shape) >
        2000) { // keeps the interpreter quick
      graph.values.pop_back();
      graph.nodes.pop_back();
      return false;
    }
    isConstant.push_back(
        std::all_of(operands.begin(), operands.end(),
                    [&](ValueId id) { return isConstant[id.index]; }));
    return true;
  }

  /// Draws an op, then operands until some suit it, so that ops that are hard
  /// to please come up as well.
  void addAnyNode() {
    for (int attempt = 0; attempt < 4; ++attempt) {
      const OpInfo &op = opTable()[static_cast<std::size_t>(
          pick(static_cast<std::int64_t>(opTable().size())))];
      if (op.family == Family::Literal || op.family == Family::Group)
        continue;
      for (int draw = 0; draw < 16; ++draw)
        if (tryAdd(op))
          return;
    }
  }

  Graph run(int nodes) {
    graph.name = "random";
    for (std::int64_t i = 1 + pick(4); i > 0; --i)
      addInput();
    for (int i = 0; i < nodes; ++i)
      chance(random, 10) ? addConstant() : addAnyNode();
    graph.outputs.push_back(
        {static_cast<std::uint32_t>(graph.values.size() - 1)});
    for (std::int64_t i = pick(8); i > 0; --i)
      graph.outputs.push_back(value());
    verify(graph);
    return std::move(graph);
  }
};

Graph randomGraph(Random &random, int nodes) {
  return Generator{random, {}, {}}.run(nodes);
}

} // namespace ferro::testing
