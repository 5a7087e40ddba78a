#include "exec/Views.h"

#include "graph/Infer.h"
#include "support/Check.h"

#include <utility>

namespace ferro::exec {

using graph::OpKind;

// Cuts runs of axes that lie densely among themselves into the new axes; none
// if a new axis would cross from one run into another. Axes of extent 1 have no
// say: they lie densely anywhere.
static std::optional<Strides> reshapeStrides(const Shape &shape,
                                             const Strides &strides,
                                             const Shape &result) {
  if (numel(shape) == 0)
    return contiguousStrides(result);
  Shape extents;
  Strides steps;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1) {
      extents.push_back(shape[i]);
      steps.push_back(strides[i]);
    }
  Strides out = Dims::filled(result.size(), 1);
  std::size_t next = result.size();
  for (std::size_t i = extents.size(); i > 0;) {
    std::int64_t inner = steps[--i], run = extents[i], covered = 1;
    while (i > 0 && steps[i - 1] == run * inner)
      run *= extents[--i];
    while (next > 0 && (covered < run || result[next - 1] == 1)) {
      out[--next] = inner * covered;
      covered *= result[next];
    }
    if (covered != run)
      return std::nullopt;
  }
  return out;
}

static ViewLayout permuted(const Shape &shape, const Strides &strides,
                           const Dims &axes) {
  ViewLayout layout;
  for (std::int64_t axis : axes) {
    std::int64_t i = graph::normaliseAxis("permute", axis, shape.size());
    layout.shape.push_back(shape[i]);
    layout.strides.push_back(strides[i]);
  }
  return layout;
}

static ViewLayout expanded(const Shape &shape, const Strides &strides,
                           const Shape &result) {
  ViewLayout layout{result, Dims::filled(result.size(), 0)};
  std::size_t lead = result.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == result[lead + i])
      layout.strides[lead + i] = strides[i];
  return layout;
}

std::optional<ViewLayout> viewLayout(OpKind op,
                                     const graph::Attributes &attributes,
                                     const Shape &shape, const Strides &strides,
                                     const Shape &result) {
  auto axis = [&](const char *name, std::size_t rank) {
    return graph::normaliseAxis(graph::info(op).name, attributes.getInt(name),
                                rank);
  };
  ViewLayout layout{shape, strides};
  switch (op) {
  case OpKind::Reshape:
  case OpKind::Flatten: {
    auto found = reshapeStrides(shape, strides, result);
    if (!found)
      return std::nullopt;
    return ViewLayout{result, *found};
  }
  case OpKind::Squeeze:
    layout.strides.erase(axis("axis", shape.size()));
    break;
  case OpKind::Unsqueeze: {
    std::int64_t at = axis("axis", shape.size() + 1);
    bool last = at == static_cast<std::int64_t>(shape.size());
    layout.strides.insert(at, last ? 1 : strides[at] * shape[at]);
    break;
  }
  case OpKind::Transpose:
    std::swap(layout.strides[axis("axis0", shape.size())],
              layout.strides[axis("axis1", shape.size())]);
    break;
  case OpKind::Permute:
    return permuted(shape, strides, attributes.getInts("axes"));
  case OpKind::Expand:
    return expanded(shape, strides, result);
  case OpKind::Narrow:
    layout.offset =
        attributes.getInt("start") * strides[axis("axis", shape.size())];
    break;
  case OpKind::Detach:
    break;
  default:
    FERRO_CHECK(false, "not a view");
  }
  layout.shape = result;
  return layout;
}

} // namespace ferro::exec
