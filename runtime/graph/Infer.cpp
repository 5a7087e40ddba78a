#include "graph/Infer.h"

#include "ferro/Error.h"

#include <algorithm>
#include <array>
#include <string>

namespace ferro::graph {

// The operation at hand, so that every rule can name it in its error.
struct Call {
  const OpInfo &op;
  std::span<const Type> operands;
  const Attributes &attributes;

  const Shape &shape(std::size_t i = 0) const { return operands[i].shape; }
  DType dtype(std::size_t i = 0) const { return operands[i].dtype; }
  std::int64_t rank(std::size_t i = 0) const {
    return static_cast<std::int64_t>(shape(i).size());
  }
  [[noreturn]] void fail(Code code, std::string text) const {
    throw Error(code, std::string(op.name), std::move(text));
  }
};

static std::string text(std::int64_t value) { return std::to_string(value); }
static std::string text(DType dtype) { return std::string(toString(dtype)); }

Shape broadcastShapes(std::string_view op, const Shape &a, const Shape &b) {
  const Shape &longer = a.size() >= b.size() ? a : b;
  const Shape &shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  std::size_t lead = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t &extent = result[lead + i];
    if (extent == 1)
      extent = shorter[i];
    else if (shorter[i] != 1 && shorter[i] != extent)
      throw Error(
          Code::ShapeMismatch, std::string(op),
          "shapes are " + toString(a) + " and " + toString(b) +
              "; extents, aligned at the last axis, must be equal or 1");
  }
  return result;
}

std::int64_t normaliseAxis(std::string_view op, std::int64_t axis,
                           std::size_t rank) {
  auto bound = static_cast<std::int64_t>(rank);
  if (axis >= -bound && axis < bound)
    return axis < 0 ? axis + bound : axis;
  throw Error(Code::IndexOutOfBounds, std::string(op),
              "axis is " + text(axis) +
                  (rank == 0
                       ? "; a scalar has no axes"
                       : "; a tensor of rank " + text(bound) + " has axes " +
                             text(-bound) + " to " + text(bound - 1)));
}

void checkExtents(std::string_view op, const Shape &shape) {
  std::int64_t product = 1;
  for (std::int64_t extent : shape) {
    if (extent < 0)
      throw Error(Code::InvalidArgument, std::string(op),
                  "shape is " + toString(shape) + "; extents are at least 0");
    bool overflows = __builtin_mul_overflow(
        product, std::max<std::int64_t>(extent, 1), &product);
    if (overflows || product > maxElements)
      throw Error(Code::InvalidArgument, std::string(op),
                  "shape is " + toString(shape) +
                      "; a tensor has at most 2^58 elements");
  }
}

// --- attributes and arity

static bool holds(const Attribute &value, std::string_view type) {
  return (type == "bool" && std::holds_alternative<bool>(value)) ||
         (type == "int" && std::holds_alternative<std::int64_t>(value)) ||
         (type == "ints" && std::holds_alternative<Dims>(value)) ||
         (type == "dtype" && std::holds_alternative<DType>(value)) ||
         (type == "string" && std::holds_alternative<std::string>(value)) ||
         (type == "literal" && std::holds_alternative<Literal>(value));
}

static void checkAttributes(const Call &call) {
  std::size_t expected = 0;
  for (std::string_view rest = call.op.attributes; !rest.empty(); ++expected) {
    std::string_view entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    std::string_view name = entry.substr(0, entry.find(':')),
                     type = entry.substr(name.size() + 1);
    const Attribute *found = call.attributes.find(name);
    if (!found)
      call.fail(Code::InvalidArgument,
                "attribute " + std::string(name) + " is missing");
    if (!holds(*found, type))
      call.fail(Code::InvalidArgument, "attribute " + std::string(name) +
                                           " has another type; it must be " +
                                           std::string(type));
  }
  auto found = static_cast<std::size_t>(
      std::distance(call.attributes.begin(), call.attributes.end()));
  if (found != expected)
    call.fail(Code::InvalidArgument, "found " + std::to_string(found) +
                                         " attributes; the op has " +
                                         std::to_string(expected));
}

static void checkArity(const Call &call) {
  auto count = static_cast<int>(call.operands.size());
  if (count >= call.op.minOperands &&
      (call.op.maxOperands < 0 || count <= call.op.maxOperands))
    return;
  std::string rule = text(call.op.minOperands);
  if (call.op.maxOperands < 0)
    rule = "at least " + rule;
  else if (call.op.maxOperands != call.op.minOperands)
    rule += " to " + text(call.op.maxOperands);
  call.fail(Code::InvalidArgument,
            "found " + text(count) + " operands; the op takes " + rule);
}

// --- element-wise

static DType promoteFrom(const Call &call, std::size_t first) {
  DType result = call.dtype(first);
  for (std::size_t i = first + 1; i < call.operands.size(); ++i)
    result = promote(result, call.dtype(i));
  return result;
}

static void requireBool(const Call &call, std::size_t operand) {
  if (call.dtype(operand) != DType::Bool)
    call.fail(Code::DTypeMismatch, "operand " + std::to_string(operand) +
                                       " is " + text(call.dtype(operand)) +
                                       "; it must be bool");
}

/// Arithmetic on truth values has no meaning that everyone expects.
static DType requireNumber(const Call &call, DType dtype) {
  if (dtype == DType::Bool)
    call.fail(Code::DTypeMismatch,
              "operands are bool; arithmetic needs numbers, so cast them or "
              "use logical_and, logical_or, logical_not");
  return dtype;
}

static DType elementwiseDType(const Call &call) {
  switch (call.op.dtypes) {
  case DTypeRule::Promote:
    return requireNumber(call, promoteFrom(call, 0));
  case DTypeRule::Float:
    return toFloating(promoteFrom(call, 0));
  case DTypeRule::Compare:
    return DType::Bool;
  case DTypeRule::Logic:
    for (std::size_t i = 0; i < call.operands.size(); ++i)
      requireBool(call, i);
    return DType::Bool;
  case DTypeRule::Select:
    requireBool(call, 0);
    return promoteFrom(call, 1);
  case DTypeRule::Structured:
    break;
  }
  __builtin_unreachable();
}

static Type elementwise(const Call &call) {
  Shape shape = call.shape();
  for (std::size_t i = 1; i < call.operands.size(); ++i)
    shape = broadcastShapes(call.op.name, shape, call.shape(i));
  return {elementwiseDType(call), shape, {}};
}

// --- reductions and normalisation

static DType reductionDType(const Call &call) {
  DType dtype = call.dtype();
  switch (call.op.kind) {
  case OpKind::Sum:
  case OpKind::Prod: // integers accumulate in i64
    return isFloat(dtype) ? dtype : DType::I64;
  case OpKind::Mean:
    return toFloating(dtype);
  default: // amax, amin
    return dtype;
  }
}

static Type reduction(const Call &call) {
  const Shape &shape = call.shape();
  Dims axes = call.attributes.getInts("axes");
  bool all = axes.empty(), keep = call.attributes.getBool("keepdim");
  std::array<bool, maxRank> reduced{};
  reduced.fill(all);
  for (std::int64_t axis : axes) {
    std::int64_t index = normaliseAxis(call.op.name, axis, shape.size());
    if (reduced[index])
      call.fail(Code::InvalidArgument, "axes are " + toString(axes) +
                                           "; axis " + text(index) +
                                           " is named twice");
    reduced[index] = true;
  }
  bool needsElement =
      call.op.kind == OpKind::Amax || call.op.kind == OpKind::Amin;
  Shape result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (reduced[i] && shape[i] == 0 && needsElement)
      call.fail(Code::ShapeMismatch,
                "shape is " + toString(shape) +
                    "; a reduced axis needs at least one element");
    if (!reduced[i] || keep)
      result.push_back(reduced[i] ? 1 : shape[i]);
  }
  return {reductionDType(call), result, {}};
}

static Type normalisation(const Call &call) {
  normaliseAxis(call.op.name, call.attributes.getInt("axis"),
                call.shape().size());
  return {toFloating(call.dtype()), call.shape(), {}};
}

// --- matrix products

static std::string operandShapes(const Call &call) {
  return "lhs is " + toString(call.shape(0)) + ", rhs is " +
         toString(call.shape(1));
}

static void requireRanks(const Call &call, std::int64_t lhs, std::int64_t rhs) {
  if (call.rank(0) != lhs || call.rank(1) != rhs)
    call.fail(Code::ShapeMismatch, operandShapes(call) +
                                       "; lhs must have rank " + text(lhs) +
                                       " and rhs rank " + text(rhs));
}

static void requireInner(const Call &call, std::int64_t lhs, std::int64_t rhs,
                         const char *rule) {
  if (lhs != rhs)
    call.fail(Code::ShapeMismatch, operandShapes(call) + "; " + rule);
}

static const char *const rowsRule = "lhs columns must equal rhs rows";
static const char *const columnsRule = "lhs columns must equal rhs columns";
static const char *const lengthRule = "lengths must be equal";

/// One rank-1 operand acts as a row (lhs) or a column (rhs) that the result
/// drops.
static Shape matmulShape(const Call &call) {
  Shape lhs = call.shape(0), rhs = call.shape(1);
  if (lhs.empty() || rhs.empty())
    call.fail(Code::ShapeMismatch,
              operandShapes(call) + "; both need at least one axis");
  bool row = lhs.size() == 1, column = rhs.size() == 1;
  if (row && column) {
    requireInner(call, lhs[0], rhs[0], lengthRule);
    return {};
  }
  std::int64_t m = row ? 1 : lhs[lhs.size() - 2], n = column ? 1 : rhs.back();
  requireInner(call, lhs.back(), column ? rhs[0] : rhs[rhs.size() - 2],
               column ? "lhs columns must equal the length of rhs" : rowsRule);
  auto batch = [](const Shape &shape) {
    return shape.size() < 2 ? Shape()
                            : Shape(std::span(shape.begin(), shape.size() - 2));
  };
  Shape lhsBatch = batch(lhs), rhsBatch = batch(rhs);
  Shape result = broadcastShapes(call.op.name, lhsBatch, rhsBatch);
  if (!row)
    result.push_back(m);
  if (!column)
    result.push_back(n);
  return result;
}

static Shape linearShape(const Call &call) {
  if (call.rank(0) < 1 || call.rank(1) != 2)
    call.fail(Code::ShapeMismatch,
              "input is " + toString(call.shape(0)) + ", weight is " +
                  toString(call.shape(1)) +
                  "; input must be [..., K] and weight [N, K]");
  if (call.shape(0).back() != call.shape(1)[1])
    call.fail(Code::ShapeMismatch,
              "input is " + toString(call.shape(0)) + ", weight is " +
                  toString(call.shape(1)) + "; the last extents must be equal");
  std::int64_t n = call.shape(1)[0];
  if (call.operands.size() == 3 && !(call.shape(2) == Shape{n}))
    call.fail(Code::ShapeMismatch, "bias is " + toString(call.shape(2)) +
                                       ", weight is " +
                                       toString(call.shape(1)) +
                                       "; bias must be " + toString(Shape{n}));
  Shape result = call.shape(0);
  result[result.size() - 1] = n;
  return result;
}

static Shape matrixShape(const Call &call) {
  const Shape &lhs = call.shape(0), &rhs = call.shape(1);
  switch (call.op.kind) {
  case OpKind::Mm:
    requireRanks(call, 2, 2);
    requireInner(call, lhs[1], rhs[0], rowsRule);
    return {lhs[0], rhs[1]};
  case OpKind::MmBt:
    requireRanks(call, 2, 2);
    requireInner(call, lhs[1], rhs[1], columnsRule);
    return {lhs[0], rhs[0]};
  case OpKind::Mv:
    requireRanks(call, 2, 1);
    requireInner(call, lhs[1], rhs[0],
                 "lhs columns must equal the length of rhs");
    return {lhs[0]};
  case OpKind::Dot:
    requireRanks(call, 1, 1);
    requireInner(call, lhs[0], rhs[0], lengthRule);
    return {};
  case OpKind::Bmm:
    requireRanks(call, 3, 3);
    requireInner(call, lhs[0], rhs[0], "batches must be equal");
    requireInner(call, lhs[2], rhs[1], rowsRule);
    return {lhs[0], lhs[1], rhs[2]};
  case OpKind::Matmul:
    return matmulShape(call);
  default:
    return linearShape(call);
  }
}

static Type matrixProduct(const Call &call) {
  DType dtype = call.dtype();
  for (const Type &operand : call.operands)
    if (operand.dtype != dtype)
      call.fail(Code::DTypeMismatch,
                "operands are " + text(dtype) + " and " + text(operand.dtype) +
                    "; a matrix product needs one dtype, so cast one of them");
  return {requireNumber(call, dtype), matrixShape(call), {}};
}

// --- views

static Shape reshapeShape(const Call &call) {
  Shape result = call.attributes.getInts("shape");
  std::int64_t wildcard = -1, known = 1, total = numel(call.shape());
  Shape rest;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] >= 0) {
      rest.push_back(result[i]);
      continue;
    }
    if (result[i] != -1)
      call.fail(Code::InvalidArgument,
                "shape is " + toString(result) +
                    "; extents are at least 0, or -1 once");
    if (wildcard >= 0)
      call.fail(Code::InvalidArgument,
                "shape is " + toString(result) + "; -1 may stand once");
    wildcard = static_cast<std::int64_t>(i);
  }
  checkExtents(call.op.name, rest);
  known = numel(rest);
  bool fits = wildcard < 0 ? known == total : known > 0 && total % known == 0;
  if (!fits)
    call.fail(Code::ShapeMismatch, "input is " + toString(call.shape()) +
                                       ", shape is " + toString(result) +
                                       "; both must have " + text(total) +
                                       " elements");
  if (wildcard >= 0)
    result[wildcard] = total / known;
  return result;
}

static Shape flattenShape(const Call &call) {
  const Shape &shape = call.shape();
  if (shape.empty())
    return {1};
  std::int64_t start = normaliseAxis(
      call.op.name, call.attributes.getInt("start"), shape.size());
  std::int64_t end =
      normaliseAxis(call.op.name, call.attributes.getInt("end"), shape.size());
  if (start > end)
    call.fail(Code::InvalidArgument, "start is " + text(start) + ", end is " +
                                         text(end) +
                                         "; start must not lie behind end");
  Shape result;
  for (std::int64_t i = 0; i < call.rank(); ++i)
    if (i <= start || i > end)
      result.push_back(shape[i]);
    else
      result[start] *= shape[i];
  return result;
}

static Shape squeezeShape(const Call &call) {
  Shape result = call.shape();
  std::int64_t axis = normaliseAxis(
      call.op.name, call.attributes.getInt("axis"), result.size());
  if (result[axis] != 1)
    call.fail(Code::ShapeMismatch, "input is " + toString(result) +
                                       ", axis is " + text(axis) +
                                       "; the axis must have extent 1");
  result.erase(axis);
  return result;
}

static Shape unsqueezeShape(const Call &call) {
  Shape result = call.shape();
  std::int64_t axis = normaliseAxis(
      call.op.name, call.attributes.getInt("axis"), result.size() + 1);
  result.insert(axis, 1);
  return result;
}

static Shape transposeShape(const Call &call) {
  Shape result = call.shape();
  std::int64_t axis0 = normaliseAxis(
      call.op.name, call.attributes.getInt("axis0"), result.size());
  std::int64_t axis1 = normaliseAxis(
      call.op.name, call.attributes.getInt("axis1"), result.size());
  std::swap(result[axis0], result[axis1]);
  return result;
}

static Shape permuteShape(const Call &call) {
  const Shape &shape = call.shape();
  Dims axes = call.attributes.getInts("axes");
  std::array<bool, maxRank> seen{};
  Shape result;
  for (std::int64_t axis : axes) {
    std::int64_t index = normaliseAxis(call.op.name, axis, shape.size());
    if (seen[index])
      call.fail(Code::InvalidArgument, "axes are " + toString(axes) +
                                           "; axis " + text(index) +
                                           " is named twice");
    seen[index] = true;
    result.push_back(shape[index]);
  }
  if (axes.size() != shape.size())
    call.fail(Code::InvalidArgument, "axes are " + toString(axes) +
                                         ", input is " + toString(shape) +
                                         "; every axis must be named once");
  return result;
}

static Shape expandShape(const Call &call) {
  const Shape &shape = call.shape();
  Shape target = call.attributes.getInts("shape");
  auto fail = [&](Code code, const char *rule) {
    call.fail(code, "input is " + toString(shape) + ", shape is " +
                        toString(target) + "; " + rule);
  };
  if (target.size() < shape.size())
    fail(Code::ShapeMismatch, "an axis cannot be dropped");
  std::size_t lead = target.size() - shape.size();
  Shape result = target;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] < -1)
      fail(Code::InvalidArgument, "extents are at least 0, or -1 to keep one");
    if (i < lead) {
      if (target[i] < 0)
        fail(Code::InvalidArgument, "a new axis has no extent to keep");
      continue;
    }
    std::int64_t extent = shape[i - lead];
    if (target[i] == -1)
      result[i] = extent;
    else if (extent != 1 && extent != target[i])
      fail(Code::ShapeMismatch, "only axes of extent 1 can be repeated");
  }
  return result;
}

static Shape narrowShape(const Call &call) {
  Shape result = call.shape();
  std::int64_t axis = normaliseAxis(
      call.op.name, call.attributes.getInt("axis"), result.size());
  std::int64_t start = call.attributes.getInt("start"),
               length = call.attributes.getInt("length");
  if (length < 0)
    call.fail(Code::InvalidArgument,
              "length is " + text(length) + "; it must be at least 0");
  if (start < 0 || start > result[axis] || length > result[axis] - start)
    call.fail(Code::IndexOutOfBounds,
              "start is " + text(start) + ", length is " + text(length) +
                  "; the slice must lie within the " + text(result[axis]) +
                  " elements of axis " + text(axis));
  result[axis] = length;
  return result;
}

static Shape viewShape(const Call &call) {
  switch (call.op.kind) {
  case OpKind::Reshape:
    return reshapeShape(call);
  case OpKind::Flatten:
    return flattenShape(call);
  case OpKind::Squeeze:
    return squeezeShape(call);
  case OpKind::Unsqueeze:
    return unsqueezeShape(call);
  case OpKind::Transpose:
    return transposeShape(call);
  case OpKind::Permute:
    return permuteShape(call);
  case OpKind::Expand:
    return expandShape(call);
  case OpKind::Narrow:
    return narrowShape(call);
  default: // detach
    return call.shape();
  }
}

// --- copies and literals

static Type concatenation(const Call &call) {
  Type result{call.dtype(), call.shape(), {}};
  std::int64_t axis = normaliseAxis(
      call.op.name, call.attributes.getInt("axis"), result.shape.size());
  for (std::size_t i = 1; i < call.operands.size(); ++i) {
    if (call.dtype(i) != result.dtype)
      call.fail(Code::DTypeMismatch,
                "operand 0 is " + text(result.dtype) + ", operand " +
                    std::to_string(i) + " is " + text(call.dtype(i)) +
                    "; all must have one dtype, so cast them");
    Shape expected = call.shape(0), found = call.shape(i);
    bool fits = found.size() == expected.size();
    if (fits)
      expected[axis] = found[axis];
    if (!fits || !(found == expected))
      call.fail(Code::ShapeMismatch,
                "operand 0 is " + toString(call.shape(0)) + ", operand " +
                    std::to_string(i) + " is " + toString(found) +
                    "; shapes may differ only along axis " + text(axis));
    // No overflow: both are at most maxElements, checked here operand by
    // operand.
    result.shape[axis] += found[axis];
    checkExtents(call.op.name, result.shape);
  }
  return result;
}

static Type movement(const Call &call) {
  if (call.op.kind == OpKind::Cat)
    return concatenation(call);
  if (call.op.kind == OpKind::Cast)
    return {call.attributes.getDType("dtype"), call.shape(), {}};
  return {call.dtype(), call.shape(), {}};
}

static Type literal(const Call &call) {
  const Literal &value = call.attributes.getLiteral("value");
  checkExtents(call.op.name, value.shape);
  auto bytes =
      static_cast<std::uint64_t>(numel(value.shape)) * byteSize(value.dtype);
  if (bytes != value.bytes.size())
    call.fail(Code::InvalidArgument,
              "found " + std::to_string(value.bytes.size()) + " bytes; " +
                  text(value.dtype) + toString(value.shape) + " takes " +
                  std::to_string(bytes));
  return {value.dtype, value.shape, {}};
}

static Type inferByFamily(const Call &call) {
  switch (call.op.family) {
  case Family::Elementwise:
    return elementwise(call);
  case Family::Reduction:
    return reduction(call);
  case Family::MatrixProduct:
    return matrixProduct(call);
  case Family::View:
    return {call.dtype(), viewShape(call), {}};
  case Family::Movement:
    return movement(call);
  case Family::Normalisation:
    return normalisation(call);
  case Family::Literal:
    return literal(call);
  case Family::Group:
    break;
  }
  call.fail(Code::InvalidArgument,
            "a group has the result types of its region");
}

Type inferType(OpKind op, std::span<const Type> operands,
               const Attributes &attributes) {
  Call call{info(op), operands, attributes};
  checkArity(call);
  checkAttributes(call);
  Type result = inferByFamily(call);
  checkExtents(call.op.name, result.shape);
  return result;
}

} // namespace ferro::graph
