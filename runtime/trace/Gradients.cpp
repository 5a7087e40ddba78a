#include "trace/Gradients.h"

#include "graph/Infer.h"
#include "support/Check.h"
#include "tensor/Record.h"
#include "trace/Dispatch.h"

#include <initializer_list>
#include <string_view>

namespace ferro::trace {

using detail::Handle;
using detail::Record;
using graph::Attributes;
using graph::Family;
using graph::OpKind;

// --- calls

static Handle call(OpKind op, std::initializer_list<Handle> operands,
                   Attributes attributes = {}) {
  return apply(op, std::move(attributes),
               std::span(operands.begin(), operands.size()));
}
static const Shape &extentsOf(const Handle &tensor) {
  return tensor.get()->shape;
}
static Handle cast(const Handle &x, DType dtype) {
  return call(OpKind::Cast, {x}, {{"dtype", dtype}});
}
static Handle reshape(const Handle &x, const Shape &shape) {
  return extentsOf(x) == shape ? x
                               : call(OpKind::Reshape, {x}, {{"shape", shape}});
}
static Handle expand(const Handle &x, const Shape &shape) {
  return call(OpKind::Expand, {x}, {{"shape", shape}});
}
static Handle transpose(const Handle &x, std::int64_t axis0,
                        std::int64_t axis1) {
  return call(OpKind::Transpose, {x}, {{"axis0", axis0}, {"axis1", axis1}});
}
static Handle narrow(const Handle &x, std::int64_t axis, std::int64_t start,
                     std::int64_t length) {
  return call(OpKind::Narrow, {x},
              {{"axis", axis}, {"start", start}, {"length", length}});
}
/// No axes means none here.
static Handle sumOver(const Handle &x, const Dims &axes, bool keepdim) {
  return axes.empty()
             ? x
             : call(OpKind::Sum, {x}, {{"axes", axes}, {"keepdim", keepdim}});
}

/// Undoes broadcasting: adds up what was repeated.
static Handle sumTo(const Handle &x, const Shape &shape) {
  const Shape &from = extentsOf(x);
  Dims axes;
  std::size_t lead = from.size() - shape.size();
  for (std::size_t i = 0; i < from.size(); ++i)
    if (i < lead || (shape[i - lead] == 1 && from[i] != 1))
      axes.push_back(static_cast<std::int64_t>(i));
  return reshape(sumOver(x, axes, false), shape);
}

static Handle filled(double value, DType dtype, const Shape &shape,
                     Device device) {
  Handle one = detail::makeTensor(dtype, {}, device);
  if (one.get()->storage)
    visit(dtype, [&](auto sample) {
      using T = decltype(sample);
      *reinterpret_cast<T *>(one.get()->bytes()) = static_cast<T>(value);
    });
  return shape.empty() ? one : expand(one, shape);
}

Handle addGradients(const Handle &a, const Handle &b) {
  return call(OpKind::Add, {a, b});
}

// --- the formulas of the element-wise rows, over tensors

namespace {

/// A tensor or a number in a gradient formula; empty where there is none.
struct Expr {
  Handle tensor;
  double number = 0;

  Expr() = default;
  Expr(double literal) : number(literal) {}
  Expr(Handle handle) : tensor(std::move(handle)) {}
};

} // namespace

static Expr callExpr(OpKind op, std::initializer_list<Expr> operands) {
  const Record *like = nullptr; // what numbers become: the first float
  for (const Expr &operand : operands)
    if (const Record *record = operand.tensor.get())
      if (!like || (!isFloat(like->dtype) && isFloat(record->dtype)))
        like = record;
  FERRO_CHECK(like, "a gradient formula uses a tensor");
  // A choice between numbers by truth values computes in f64.
  DType dtype = like->dtype == DType::Bool ? DType::F64 : like->dtype;
  std::vector<Handle> handles;
  for (const Expr &operand : operands)
    handles.push_back(operand.tensor.get()
                          ? operand.tensor
                          : filled(operand.number, dtype, {}, like->device));
  return apply(op, {}, handles);
}

#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  [[maybe_unused]] static Expr name(const Expr &x) {                           \
    return callExpr(OpKind::Id, {x});                                          \
  }
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  [[maybe_unused]] static Expr name(const Expr &x, const Expr &y) {            \
    return callExpr(OpKind::Id, {x, y});                                       \
  }
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  [[maybe_unused]] static Expr name(const Expr &x, const Expr &y,              \
                                    const Expr &z) {                           \
    return callExpr(OpKind::Id, {x, y, z});                                    \
  }
#include "ferro/Ops.def"

static Expr operator-(const Expr &x) { return neg(x); }
static Expr operator+(const Expr &x, const Expr &y) { return add(x, y); }
static Expr operator-(const Expr &x, const Expr &y) { return sub(x, y); }
static Expr operator*(const Expr &x, const Expr &y) { return mul(x, y); }
static Expr operator/(const Expr &x, const Expr &y) { return div(x, y); }
static Expr operator==(const Expr &x, const Expr &y) { return eq(x, y); }
static Expr operator<(const Expr &x, const Expr &y) { return lt(x, y); }
static Expr operator>(const Expr &x, const Expr &y) { return gt(x, y); }
static Expr operator<=(const Expr &x, const Expr &y) { return le(x, y); }
static Expr operator>=(const Expr &x, const Expr &y) { return ge(x, y); }

/// Whether C++ text uses the one-letter name \p letter.
static bool mentions(std::string_view text, char letter) {
  auto isWord = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == letter && (i == 0 || !isWord(text[i - 1])) &&
        (i + 1 == text.size() || !isWord(text[i + 1])))
      return true;
  return false;
}

/// The gradient columns of an element-wise row as text, for what they mention.
static std::array<std::string_view, 3> gradientTexts(OpKind op) {
  switch (op) {
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  case OpKind::Id:                                                             \
    return {#dx, {}, {}};
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  case OpKind::Id:                                                             \
    return {#dx, #dy, {}};
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  case OpKind::Id:                                                             \
    return {#dx, #dy, #dz};
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)                                  \
  case OpKind::Id:                                                             \
    break;
#include "ferro/Ops.def"
  }
  return {};
}

#define NO_GRADIENT Expr()

/// The gradient formula of operand \p index.
static Expr
formulaOf(OpKind op, std::size_t index, [[maybe_unused]] const Expr &x,
          [[maybe_unused]] const Expr &y, [[maybe_unused]] const Expr &z,
          [[maybe_unused]] const Expr &r, [[maybe_unused]] const Expr &g) {
  switch (op) {
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  case OpKind::Id:                                                             \
    return dx;
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  case OpKind::Id:                                                             \
    if (index == 0)                                                            \
      return dx;                                                               \
    return dy;
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  case OpKind::Id:                                                             \
    if (index == 0)                                                            \
      return dx;                                                               \
    if (index == 1)                                                            \
      return dy;                                                               \
    return dz;
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)                                  \
  case OpKind::Id:                                                             \
    break;
#include "ferro/Ops.def"
  }
  return {};
}
#undef NO_GRADIENT

/// Halves enter gradient formulas as f32 and are rounded once, at the end.
static Handle widened(const Handle &x) {
  if (x.get() && isFloat(x.get()->dtype) && byteSize(x.get()->dtype) == 2)
    return cast(x, DType::F32);
  return x;
}

static Handle elementwiseGradient(const RecordedCall &recorded, const Handle &g,
                                  std::size_t index) {
  std::array<Expr, 3> operands;
  for (std::size_t i = 0; i < recorded.operands.size(); ++i)
    operands[i] = widened(recorded.operands[i]);
  return formulaOf(recorded.op, index, operands[0], operands[1], operands[2],
                   widened(recorded.result), widened(g))
      .tensor;
}

// --- reductions and normalisations

/// The reduced axes, counted from 0.
static Dims reducedAxes(const RecordedCall &recorded) {
  Dims named = recorded.attributes.getInts("axes"), axes;
  std::size_t rank = recorded.types[0].shape.size();
  for (std::int64_t axis : named)
    axes.push_back(
        graph::normaliseAxis(graph::info(recorded.op).name, axis, rank));
  for (std::size_t i = 0; named.empty() && i < rank; ++i)
    axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}

static Handle reductionGradient(const RecordedCall &recorded, const Handle &g) {
  const Shape &shape = recorded.types[0].shape;
  Dims axes = reducedAxes(recorded);
  Shape kept = shape;
  double count = 1;
  for (std::int64_t axis : axes) {
    count *= static_cast<double>(shape[axis]);
    kept[axis] = 1;
  }
  auto total = [&](const Expr &x) -> Expr {
    return sumOver(x.tensor, axes, true);
  };
  Expr wide = expand(reshape(g, kept), shape);
  switch (recorded.op) {
  case OpKind::Sum:
    return wide.tensor;
  case OpKind::Mean:
    return (wide / count).tensor;
  case OpKind::Prod: {
    // The product of the others: with one zero it is left for that zero alone,
    // with more there is none.
    Expr x = recorded.operands[0], isZero = x == 0,
         others = where(isZero, 1, x);
    Expr product = call(OpKind::Prod, {others.tensor},
                        {{"axes", axes}, {"keepdim", true}});
    if (axes.empty())
      product = others;
    Expr zeros = total(where(isZero, 1.0, x * 0));
    return (wide * where(zeros == 0, product / others,
                         where(logical_and(zeros == 1, isZero), product, 0)))
        .tensor;
  }
  case OpKind::Amax:
  case OpKind::Amin: {
    Expr hit = recorded.operands[0] == Expr(reshape(recorded.result, kept));
    Expr share = where(hit, 1, wide * 0);
    return (wide * share / total(share)).tensor;
  }
  default:
    FERRO_CHECK(false, "a reduction without a gradient");
  }
  return {};
}

static Handle normalisationGradient(const RecordedCall &recorded,
                                    const Handle &gradient) {
  Dims axis{recorded.attributes.getInt("axis")};
  Expr r = widened(recorded.result), g = widened(gradient);
  if (recorded.op == OpKind::Softmax)
    return (r * (g - Expr(sumOver((g * r).tensor, axis, true)))).tensor;
  FERRO_CHECK(recorded.op == OpKind::LogSoftmax,
              "a normalisation without a gradient");
  return (g - exp(r) * Expr(sumOver(g.tensor, axis, true))).tensor;
}

// --- matrix products

static Handle transposed(const Handle &x) { return transpose(x, -2, -1); }

/// The gradient of one operand of [..., M, K] times [..., K, N], where a vector
/// was a row (lhs) or a column (rhs).
static Handle matmulGradient(const RecordedCall &recorded, const Handle &g,
                             std::size_t index) {
  Shape lhs = recorded.types[0].shape, rhs = recorded.types[1].shape;
  Shape result = extentsOf(g);
  bool row = lhs.size() == 1, column = rhs.size() == 1;
  if (row) {
    lhs.insert(0, 1);
    result.insert(result.size() - (column ? 0 : 1), 1);
  }
  if (column) {
    rhs.push_back(1);
    result.push_back(1);
  }
  Handle wide = reshape(g, result);
  if (index == 0) {
    Handle other = transposed(reshape(recorded.operands[1], rhs));
    Handle full = call(OpKind::Matmul, {wide, other});
    return reshape(sumTo(full, lhs), recorded.types[0].shape);
  }
  Handle other = transposed(reshape(recorded.operands[0], lhs));
  Handle full = call(OpKind::Matmul, {other, wide});
  return reshape(sumTo(full, rhs), recorded.types[1].shape);
}

/// \p x as a matrix of its last axis.
static Handle asRows(const Handle &x) {
  const Shape &shape = extentsOf(x);
  std::int64_t columns = shape.back(), rows = 1;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i)
    rows *= shape[i];
  return reshape(x, {rows, columns});
}

static Handle linearGradient(const RecordedCall &recorded, const Handle &g,
                             std::size_t index) {
  switch (index) {
  case 0:
    return reshape(call(OpKind::Mm, {asRows(g), recorded.operands[1]}),
                   recorded.types[0].shape);
  case 1:
    return call(OpKind::Mm,
                {transposed(asRows(g)), asRows(recorded.operands[0])});
  default:
    return sumTo(g, recorded.types[2].shape);
  }
}

static Handle productGradient(const RecordedCall &recorded, const Handle &g,
                              std::size_t index) {
  const std::vector<Handle> &operands = recorded.operands;
  switch (recorded.op) {
  case OpKind::Linear:
    return linearGradient(recorded, g, index);
  case OpKind::MmBt: // r = a b^T
    return index == 0 ? call(OpKind::Mm, {g, operands[1]})
                      : call(OpKind::Mm, {transposed(g), operands[0]});
  default: // the others are cases of matmul
    return matmulGradient(recorded, g, index);
  }
}

// --- shape

static Handle zeros(const Handle &like, const Shape &shape) {
  return filled(0, like.get()->dtype, shape, like.get()->device);
}

static Handle narrowGradient(const RecordedCall &recorded, const Handle &g) {
  const Shape &shape = recorded.types[0].shape;
  std::int64_t axis = graph::normaliseAxis(
      "narrow", recorded.attributes.getInt("axis"), shape.size());
  std::int64_t start = recorded.attributes.getInt("start"),
               length = recorded.attributes.getInt("length");
  Shape before = shape, after = shape;
  before[axis] = start;
  after[axis] = shape[axis] - start - length;
  return call(OpKind::Cat, {zeros(g, before), g, zeros(g, after)},
              {{"axis", axis}});
}

static Handle permuteGradient(const RecordedCall &recorded, const Handle &g) {
  Dims axes = recorded.attributes.getInts("axes");
  Dims inverse = axes;
  for (std::size_t i = 0; i < axes.size(); ++i)
    inverse[graph::normaliseAxis("permute", axes[i], axes.size())] =
        static_cast<std::int64_t>(i);
  return call(OpKind::Permute, {g}, {{"axes", inverse}});
}

static Handle viewGradient(const RecordedCall &recorded, const Handle &g) {
  const Shape &shape = recorded.types[0].shape;
  switch (recorded.op) {
  case OpKind::Transpose:
    return transpose(g, recorded.attributes.getInt("axis0"),
                     recorded.attributes.getInt("axis1"));
  case OpKind::Permute:
    return permuteGradient(recorded, g);
  case OpKind::Expand:
    return sumTo(g, shape);
  case OpKind::Narrow:
    return narrowGradient(recorded, g);
  case OpKind::Detach:
    return {};
  default: // the same elements in the same order
    return reshape(g, shape);
  }
}

static Handle movementGradient(const RecordedCall &recorded, const Handle &g,
                               std::size_t index) {
  if (recorded.op != OpKind::Cat)
    return g; // a copy; cast is undone by the caller
  std::int64_t axis = graph::normaliseAxis(
      "cat", recorded.attributes.getInt("axis"), extentsOf(g).size());
  std::int64_t start = 0;
  for (std::size_t i = 0; i < index; ++i)
    start += recorded.types[i].shape[axis];
  return narrow(g, axis, start, recorded.types[index].shape[axis]);
}

// --- all

SavedValues savedValues(OpKind op, std::size_t numOperands,
                        std::uint32_t wanted) {
  SavedValues saved;
  switch (graph::info(op).family) {
  case Family::Elementwise: {
    std::array<std::string_view, 3> texts = gradientTexts(op);
    for (std::size_t i = 0; i < numOperands; ++i)
      if (wanted >> i & 1) {
        saved.result |= mentions(texts[i], 'r');
        for (std::size_t j = 0; j < numOperands; ++j)
          if (mentions(texts[i], "xyz"[j]))
            saved.operands |= 1u << j;
      }
    return saved;
  }
  case Family::Reduction:
    saved.result = op == OpKind::Amax || op == OpKind::Amin;
    saved.operands = saved.result || op == OpKind::Prod;
    return saved;
  case Family::Normalisation:
    saved.result = true;
    return saved;
  case Family::MatrixProduct: // each of the two factors needs the other
    saved.operands = (wanted & 1 ? 2u : 0u) | (wanted & 2 ? 1u : 0u);
    return saved;
  case Family::View:
  case Family::Movement:
  case Family::Literal:
  case Family::Group:
    return saved;
  }
  __builtin_unreachable();
}

static Handle rawGradient(const RecordedCall &recorded, const Handle &g,
                          std::size_t index) {
  switch (graph::info(recorded.op).family) {
  case Family::Elementwise:
    return elementwiseGradient(recorded, g, index);
  case Family::Reduction:
    return reductionGradient(recorded, g);
  case Family::Normalisation:
    return normalisationGradient(recorded, g);
  case Family::MatrixProduct:
    return productGradient(recorded, g, index);
  case Family::View:
    return viewGradient(recorded, g);
  case Family::Movement:
    return movementGradient(recorded, g, index);
  case Family::Literal:
  case Family::Group:
    break;
  }
  return {};
}

std::vector<Handle> gradientsOfCall(const RecordedCall &recorded,
                                    const Handle &g, std::uint32_t wanted) {
  std::vector<Handle> gradients(recorded.types.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (i < 32 && !(wanted >> i & 1))
      continue;
    Handle raw = rawGradient(recorded, g, i);
    if (!raw.get())
      continue;
    const graph::Type &type = recorded.types[i];
    Shape full = graph::broadcastShapes(graph::info(recorded.op).name,
                                        extentsOf(raw), type.shape);
    raw = extentsOf(raw) == full ? raw : expand(raw, full);
    gradients[i] = cast(sumTo(raw, type.shape), type.dtype);
  }
  return gradients;
}

} // namespace ferro::trace
