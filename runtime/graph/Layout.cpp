#include "graph/Layout.h"

#include "graph/Infer.h"
#include "support/Check.h"

#include <utility>

namespace ferro::graph {

Strides stridesOf(const Type &type) {
  return type.strides.empty() ? contiguousStrides(type.shape) : type.strides;
}

bool isRowMajor(const Shape &shape, const Strides &strides) {
  if (numel(shape) == 0)
    return true;
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != expected)
      return false;
    expected *= shape[i];
  }
  return true;
}

Strides storedStrides(const Shape &shape, const Strides &strides) {
  return isRowMajor(shape, strides) ? Strides() : strides;
}

// Axes that lie without a gap between them form blocks; each block of the old
// shape must be cut exactly into a run of the new axes.
std::optional<Strides> reshapeStrides(const Shape &shape,
                                      const Strides &strides,
                                      const Shape &target) {
  if (isRowMajor(shape, strides))
    return contiguousStrides(target);
  Strides result = Dims::filled(target.size(), 1);
  std::size_t to = target.size();
  std::int64_t block = 1, step = strides.back();
  for (std::size_t from = shape.size(); from-- > 0;) {
    block *= shape[from];
    bool ends = from == 0 ||
                (shape[from - 1] != 1 && strides[from - 1] != block * step);
    if (!ends)
      continue;
    std::int64_t covered = 1;
    while (to > 0 && (covered < block || target[to - 1] == 1)) {
      --to;
      result[to] = step * covered;
      covered *= target[to];
    }
    if (covered != block)
      return std::nullopt;
    if (from > 0) {
      block = 1;
      step = strides[from - 1];
    }
  }
  return to == 0 ? std::optional(result) : std::nullopt;
}

static Layout expandLayout(const Shape &shape, const Strides &strides,
                           const Shape &result) {
  std::size_t lead = result.size() - shape.size();
  Layout layout{Dims::filled(result.size(), 0), 0};
  for (std::size_t i = 0; i < shape.size(); ++i)
    layout.strides[lead + i] = shape[i] == result[lead + i] ? strides[i] : 0;
  return layout;
}

std::optional<Layout> viewLayout(OpKind op, const Attributes &attributes,
                                 const Type &operand, const Shape &result) {
  const Shape &shape = operand.shape;
  Layout layout{stridesOf(operand), 0};
  auto axis = [&](std::string_view name) {
    return static_cast<std::size_t>(
        normaliseAxis(info(op).name, attributes.getInt(name), shape.size()));
  };
  switch (op) {
  case OpKind::Reshape:
  case OpKind::Flatten:
  case OpKind::Squeeze:
  case OpKind::Unsqueeze: {
    std::optional<Strides> strides =
        reshapeStrides(shape, layout.strides, result);
    return strides ? std::optional(Layout{*strides, 0}) : std::nullopt;
  }
  case OpKind::Transpose:
    std::swap(layout.strides[axis("axis0")], layout.strides[axis("axis1")]);
    return layout;
  case OpKind::Permute: {
    Dims axes = attributes.getInts("axes");
    for (std::size_t i = 0; i < axes.size(); ++i)
      layout.strides[i] = stridesOf(operand)[static_cast<std::size_t>(
          normaliseAxis("permute", axes[i], shape.size()))];
    return layout;
  }
  case OpKind::Expand:
    return expandLayout(shape, layout.strides, result);
  case OpKind::Narrow:
    layout.offset = attributes.getInt("start") * layout.strides[axis("axis")];
    return layout;
  case OpKind::Detach:
    return layout;
  default:
    break;
  }
  FERRO_CHECK(false, "only views have a layout");
  __builtin_unreachable();
}

} // namespace ferro::graph
