// The bodies of Ops.h: every function is one call of apply.
#include "ferro/Ops.h"

#include "tensor/Record.h"
#include "trace/Dispatch.h"

#include "ferro/Error.h"

#include <algorithm>
#include <array>

namespace ferro::detail::ops {

using graph::OpKind;

template <std::size_t N>
static Handle call(OpKind op, const std::array<Handle, N> &operands,
                   graph::Attributes attributes = {}) {
  return trace::apply(op, std::move(attributes), operands);
}

#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  Handle name(const Handle &x) { return call(OpKind::Id, std::array{x}); }
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  Handle name(const Handle &x, const Handle &y) {                              \
    return call(OpKind::Id, std::array{x, y});                                 \
  }
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  Handle name(const Handle &x, const Handle &y, const Handle &z) {             \
    return call(OpKind::Id, std::array{x, y, z});                              \
  }
#define FERRO_Reduction(Id, name)                                              \
  Handle name(const Handle &x, const Dims &axes, bool keepdim) {               \
    return call(OpKind::Id, std::array{x},                                     \
                {{"axes", axes}, {"keepdim", keepdim}});                       \
  }
#define FERRO_Normalisation(Id, name)                                          \
  Handle name(const Handle &x, std::int64_t axis) {                            \
    return call(OpKind::Id, std::array{x}, {{"axis", axis}});                  \
  }
#define FERRO_MatrixProduct(Id, name)                                          \
  Handle name(const Handle &x, const Handle &y) {                              \
    return call(OpKind::Id, std::array{x, y});                                 \
  }
#define FERRO_View(Id, name)
#define FERRO_Movement(Id, name)
#define FERRO_Literal(Id, name)
#define FERRO_Group(Id, name)
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)                                  \
  FERRO_##family(Id, name)
#include "ferro/Ops.def"

Handle linear(const Handle &x, const Handle &weight, const Handle &bias) {
  return call(OpKind::Linear, std::array{x, weight, bias});
}

// --- shape

Handle reshape(const Handle &x, const Dims &shape) {
  return call(OpKind::Reshape, std::array{x}, {{"shape", shape}});
}

Handle view(const Handle &x, const Dims &shape) {
  Handle result = reshape(x, shape);
  const Record &from = *x.get();
  if (from.storage && result.get()->storage &&
      from.storage != result.get()->storage)
    throw Error(Code::InvalidArgument, "view",
                "input is " + toString(from.shape) + " with strides " +
                    toString(from.strides) + ", shape is " + toString(shape) +
                    "; the strides must allow it without a copy, so use "
                    "reshape");
  return result;
}

Handle flatten(const Handle &x, std::int64_t start, std::int64_t end) {
  return call(OpKind::Flatten, std::array{x}, {{"start", start}, {"end", end}});
}
Handle squeeze(const Handle &x, std::int64_t axis) {
  return call(OpKind::Squeeze, std::array{x}, {{"axis", axis}});
}
Handle unsqueeze(const Handle &x, std::int64_t axis) {
  return call(OpKind::Unsqueeze, std::array{x}, {{"axis", axis}});
}
Handle transpose(const Handle &x, std::int64_t axis0, std::int64_t axis1) {
  return call(OpKind::Transpose, std::array{x},
              {{"axis0", axis0}, {"axis1", axis1}});
}

Handle transpose2d(const Handle &x) {
  if (shapeOf(x).size() != 2)
    throw Error(Code::ShapeMismatch, "transpose_2d",
                "input is " + toString(shapeOf(x)) + "; it must have rank 2");
  return transpose(x, 0, 1);
}

Handle permute(const Handle &x, const Dims &axes) {
  return call(OpKind::Permute, std::array{x}, {{"axes", axes}});
}
Handle expand(const Handle &x, const Dims &shape) {
  return call(OpKind::Expand, std::array{x}, {{"shape", shape}});
}
Handle narrow(const Handle &x, std::int64_t axis, std::int64_t start,
              std::int64_t length) {
  return call(OpKind::Narrow, std::array{x},
              {{"axis", axis}, {"start", start}, {"length", length}});
}
Handle contiguous(const Handle &x) {
  return call(OpKind::Contiguous, std::array{x});
}
Handle cat(std::span<const Handle> tensors, std::int64_t axis) {
  return trace::apply(OpKind::Cat, {{"axis", axis}}, tensors);
}

static void requirePositive(const char *op, const char *what,
                            std::int64_t value) {
  if (value < 1)
    throw Error(Code::InvalidArgument, op,
                std::string(what) + " is " + std::to_string(value) +
                    "; it must be at least 1");
}

std::vector<Handle> split(const Handle &x, std::int64_t size,
                          std::int64_t axis) {
  requirePositive("split", "size", size);
  std::int64_t extent = extentOf(x, axis);
  std::vector<Handle> parts;
  for (std::int64_t start = 0; start < extent; start += size)
    parts.push_back(narrow(x, axis, start, std::min(size, extent - start)));
  if (parts.empty()) // nothing is one part of nothing
    parts.push_back(narrow(x, axis, 0, 0));
  return parts;
}

std::vector<Handle> chunk(const Handle &x, std::int64_t chunks,
                          std::int64_t axis) {
  requirePositive("chunk", "chunks", chunks);
  std::int64_t extent = extentOf(x, axis);
  return split(x, std::max<std::int64_t>(1, (extent + chunks - 1) / chunks),
               axis);
}

} // namespace ferro::detail::ops
