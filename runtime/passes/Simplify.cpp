#include "graph/Infer.h"
#include "graph/Layout.h"
#include "passes/Passes.h"
#include "passes/Rewrite.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

// The identities. "=" means the same bits, NaN payloads aside.
//
//   neg(neg(x)) = x, logical_not(logical_not(x)) = x
//   f(f(x)) = f(x)                      f in abs, relu, sign, floor, ceil
//   square(neg(x)) = square(x)
//   abs(neg(x)) = abs(x)                not unsigned: there -x wraps
//   x + neg(y) = x - y, x - neg(y) = x + y
//   x * 1 = x, x / 1 = x, pow(x, 1) = x
//   x + 0 = x                           integers; floats only for -0, as -0 + 0
//   is 0 x - 0 = x                           integers; floats only for +0, as
//   -0 - -0 is 0 pow(x, 2) = square(x), pow(x, -1) = reciprocal(x)   up to
//   pow's own rounding where(c, x, x) = x f(expand(x), y) = f(x, y)           f
//   element-wise, if the result keeps its shape cast(x, dtype of x) = x
//   cast(cast(x, T), U) = cast(x, U)    if T is a wider type of the same kind
//   reshape(reshape(x)) = reshape(x)    and flatten, squeeze, unsqueeze alike
//   permute(permute(x)) = permute(x)    and transpose alike
//   expand(expand(x)) = expand(x), narrow(narrow(x)) = narrow(x)   along one
//   axis v(x) = x                            v a view that changes nothing
//   detach(x) = x                       gradients are taken from the graph as
//   traced contiguous(x) = x                   if x is row-major already
//
// Not here, because they are not exact: x * 0, x - x, x / x, exp(log(x)),
// sums of products reordered, division turned into multiplication.
namespace ferro::passes {

using namespace graph;

// The node at hand, its operands already simplified.
struct Match {
  Rewriter &rewriter;
  const Node &node;
  const Type &result;

  ValueId operand(std::size_t i = 0) const { return node.operands[i]; }
  const Type &type(std::size_t i = 0) const {
    return rewriter.type(operand(i));
  }
  /// The node of \p op behind operand \p i, or null.
  const Node *operandOf(OpKind op, std::size_t i = 0) const {
    const Node *producer = rewriter.producer(operand(i));
    return producer && producer->op == op ? producer : nullptr;
  }
  /// Operand \p i, if its type is the result's.
  std::optional<ValueId> keep(std::size_t i = 0) const {
    bool same = type(i).dtype == result.dtype && type(i).shape == result.shape;
    return same ? std::optional(operand(i)) : std::nullopt;
  }
  std::optional<ValueId> add(OpKind op, std::vector<ValueId> operands,
                             Attributes attributes = {}) const {
    return rewriter.add(op, std::move(operands), std::move(attributes));
  }
};

using Result = std::optional<ValueId>;

// --- constants

/// Whether operand \p i is a constant all of whose elements have the bits of
/// \p value in their dtype.
static bool isEverywhere(const Match &match, std::size_t i, double value) {
  const Literal *literal = match.rewriter.constant(match.operand(i));
  if (!literal || literal->bytes.empty() || literal->dtype == DType::Bool)
    return false;
  return visit(literal->dtype, [&]<typename T>(T) {
    T expected =
        static_cast<T>(static_cast<float>(value)); // small integers: exact
    for (std::size_t at = 0; at < literal->bytes.size(); at += sizeof(T))
      if (std::memcmp(&literal->bytes[at], &expected, sizeof(T)) != 0)
        return false;
    return true;
  });
}

/// The zero that can be added to (or subtracted from) anything without a trace:
/// the dtype of the operation decides which.
static bool isNeutralZero(const Match &match, std::size_t i, double floatZero) {
  if (isFloat(match.result.dtype) && !isFloat(match.type(i).dtype))
    return floatZero == 0.0 && !std::signbit(floatZero) &&
           isEverywhere(match, i, 0);
  return isEverywhere(match, i, isFloat(match.result.dtype) ? floatZero : 0.0);
}

// --- arithmetic

static Result simplifyAdd(const Match &match) {
  for (std::size_t i : {0, 1})
    if (isNeutralZero(match, i, -0.0))
      if (Result kept = match.keep(1 - i))
        return kept;
  if (const Node *neg = match.operandOf(OpKind::Neg, 1))
    if (match.type(1).dtype == match.result.dtype)
      return match.add(OpKind::Sub, {match.operand(0), neg->operands[0]});
  return std::nullopt;
}

static Result simplifySub(const Match &match) {
  if (isNeutralZero(match, 1, +0.0))
    if (Result kept = match.keep(0))
      return kept;
  if (const Node *neg = match.operandOf(OpKind::Neg, 1))
    if (match.type(1).dtype == match.result.dtype)
      return match.add(OpKind::Add, {match.operand(0), neg->operands[0]});
  return std::nullopt;
}

static Result simplifyMul(const Match &match) {
  for (std::size_t i : {0, 1})
    if (isEverywhere(match, i, 1))
      if (Result kept = match.keep(1 - i))
        return kept;
  return std::nullopt;
}

static Result simplifyPow(const Match &match) {
  if (!match.keep(0))
    return std::nullopt;
  if (isEverywhere(match, 1, 1))
    return match.keep(0);
  if (isEverywhere(match, 1, 2))
    return match.add(OpKind::Square, {match.operand(0)});
  if (isEverywhere(match, 1, -1))
    return match.add(OpKind::Reciprocal, {match.operand(0)});
  return std::nullopt;
}

/// f(f(x)) = f(x), and f(neg(x)) = f(x) for the even ones.
static Result simplifyUnary(const Match &match) {
  OpKind op = match.node.op;
  bool isIdempotent = op != OpKind::Square;
  if (isIdempotent && match.operandOf(op))
    return match.operand(0);
  bool isEven =
      op == OpKind::Square ||
      (op == OpKind::Abs && kindOf(match.result.dtype) != DTypeKind::Unsigned);
  if (const Node *neg = match.operandOf(OpKind::Neg); neg && isEven)
    return match.add(op, {neg->operands[0]});
  return std::nullopt;
}

static Result simplifyInvolution(const Match &match) {
  const Node *inner = match.operandOf(match.node.op);
  return inner ? Result(inner->operands[0]) : std::nullopt;
}

static Result simplifyWhere(const Match &match) {
  return match.operand(1) == match.operand(2) ? match.keep(1) : std::nullopt;
}

// --- casts and copies

static Result simplifyCast(const Match &match) {
  if (Result kept = match.keep())
    return kept;
  const Node *inner = match.operandOf(OpKind::Cast);
  if (!inner)
    return std::nullopt;
  DType from = match.rewriter.type(inner->operands[0]).dtype,
        through = match.type().dtype;
  if (kindOf(from) != kindOf(through) || byteSize(through) <= byteSize(from))
    return std::nullopt;
  return match.add(OpKind::Cast, {inner->operands[0]}, match.node.attributes);
}

static Result simplifyContiguous(const Match &match) {
  Type stored = match.rewriter.storedType(match.operand());
  return isRowMajor(stored.shape, stridesOf(stored)) ? Result(match.operand())
                                                     : std::nullopt;
}

// --- views

static bool isReshape(OpKind op) {
  return op == OpKind::Reshape || op == OpKind::Flatten ||
         op == OpKind::Squeeze || op == OpKind::Unsqueeze;
}

static Result simplifyReshape(const Match &match) {
  if (Result kept = match.keep())
    return kept;
  const Node *inner = match.rewriter.producer(match.operand());
  if (!inner || !isReshape(inner->op))
    return std::nullopt;
  ValueId source = inner->operands[0];
  if (match.rewriter.type(source).shape == match.result.shape)
    return source;
  return match.add(OpKind::Reshape, {source}, {{"shape", match.result.shape}});
}

/// The axes of a transpose or permute, from 0; nothing for other ops.
static std::optional<Dims> permutation(const Node &node, std::size_t rank) {
  std::string_view name = info(node.op).name;
  Dims axes;
  if (node.op == OpKind::Transpose) {
    for (std::size_t i = 0; i < rank; ++i)
      axes.push_back(static_cast<std::int64_t>(i));
    std::swap(axes[static_cast<std::size_t>(
                  normaliseAxis(name, node.attributes.getInt("axis0"), rank))],
              axes[static_cast<std::size_t>(
                  normaliseAxis(name, node.attributes.getInt("axis1"), rank))]);
    return axes;
  }
  if (node.op != OpKind::Permute)
    return std::nullopt;
  for (std::int64_t axis : node.attributes.getInts("axes"))
    axes.push_back(normaliseAxis(name, axis, rank));
  return axes;
}

static Result simplifyPermute(const Match &match) {
  std::size_t rank = match.result.shape.size();
  Dims axes = *permutation(match.node, rank);
  if (std::is_sorted(axes.begin(), axes.end()))
    return match.operand();
  const Node *inner = match.rewriter.producer(match.operand());
  std::optional<Dims> first = inner ? permutation(*inner, rank) : std::nullopt;
  if (!first)
    return std::nullopt;
  for (std::int64_t &axis : axes)
    axis = (*first)[static_cast<std::size_t>(axis)];
  if (std::is_sorted(axes.begin(), axes.end()))
    return inner->operands[0];
  return match.add(OpKind::Permute, {inner->operands[0]}, {{"axes", axes}});
}

static Result simplifyExpand(const Match &match) {
  if (Result kept = match.keep())
    return kept;
  const Node *inner = match.operandOf(OpKind::Expand);
  return inner ? match.add(OpKind::Expand, {inner->operands[0]},
                           {{"shape", match.result.shape}})
               : std::nullopt;
}

static Result simplifyNarrow(const Match &match) {
  if (Result kept = match.keep())
    return kept;
  const Node *inner = match.operandOf(OpKind::Narrow);
  std::size_t rank = match.result.shape.size();
  auto axisOf = [&](const Node &node) {
    return normaliseAxis("narrow", node.attributes.getInt("axis"), rank);
  };
  if (!inner || axisOf(*inner) != axisOf(match.node))
    return std::nullopt;
  Attributes attributes = match.node.attributes;
  attributes.set("start", inner->attributes.getInt("start") +
                              match.node.attributes.getInt("start"));
  return match.add(OpKind::Narrow, {inner->operands[0]}, attributes);
}

/// f(expand(x), y) = f(x, y)
static Result dropExpands(const Match &match) {
  std::vector<ValueId> operands = match.node.operands;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Node *expand = match.operandOf(OpKind::Expand, i);
    if (!expand)
      continue;
    ValueId expanded = std::exchange(operands[i], expand->operands[0]);
    Shape shape = match.rewriter.type(operands[0]).shape;
    for (ValueId operand : operands)
      shape =
          broadcastShapes("expand", shape, match.rewriter.type(operand).shape);
    if (!(shape == match.result.shape))
      operands[i] = expanded;
  }
  return operands == match.node.operands ? std::nullopt
                                         : match.add(match.node.op, operands);
}

static Result simplifyNode(const Match &match) {
  switch (match.node.op) {
  case OpKind::Add:
    return simplifyAdd(match);
  case OpKind::Sub:
    return simplifySub(match);
  case OpKind::Mul:
    return simplifyMul(match);
  case OpKind::Div:
    return isEverywhere(match, 1, 1) ? match.keep(0) : std::nullopt;
  case OpKind::Pow:
    return simplifyPow(match);
  case OpKind::Neg:
  case OpKind::LogicalNot:
    return simplifyInvolution(match);
  case OpKind::Abs:
  case OpKind::Relu:
  case OpKind::Sign:
  case OpKind::Floor:
  case OpKind::Ceil:
  case OpKind::Square:
    return simplifyUnary(match);
  case OpKind::Where:
    return simplifyWhere(match);
  case OpKind::Cast:
    return simplifyCast(match);
  case OpKind::Contiguous:
    return simplifyContiguous(match);
  case OpKind::Reshape:
  case OpKind::Flatten:
  case OpKind::Squeeze:
  case OpKind::Unsqueeze:
    return simplifyReshape(match);
  case OpKind::Transpose:
  case OpKind::Permute:
    return simplifyPermute(match);
  case OpKind::Expand:
    return simplifyExpand(match);
  case OpKind::Narrow:
    return simplifyNarrow(match);
  case OpKind::Detach:
    return match.operand();
  default: // most ops have no identity
    return std::nullopt;
  }
}

void simplify(Graph &graph) {
  rewrite(graph, [&graph](Rewriter &rewriter, const Node &node) -> Result {
    if (node.results.size() != 1)
      return std::nullopt;
    // A copy: rules append to the graph that the types live in.
    Type result = graph.type(node.results[0]);
    Match match{rewriter, node, result};
    if (Result simpler = simplifyNode(match))
      return simpler;
    return isElementwise(node.op) ? dropExpands(match) : std::nullopt;
  });
}

} // namespace ferro::passes
