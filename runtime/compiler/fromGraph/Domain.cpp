#include "compiler/fromGraph/Domain.h"

#include "ferro/Error.h"

#include <algorithm>
#include <numeric>

namespace ferro::fromGraph {

using graph::Family;
using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::ValueId;

[[noreturn]] static void refuse(const Node &node, std::string text) {
  throw Error(Code::UnsupportedOp, std::string(graph::info(node.op).name),
              std::move(text));
}

// Union-find over the axes of all values.
struct AxisClasses {
  const Graph &region;
  std::vector<std::size_t> first; // of each value
  std::vector<std::size_t> parent;

  explicit AxisClasses(const Graph &region) : region(region) {
    std::size_t count = 0;
    for (const graph::Value &value : region.values) {
      first.push_back(count);
      count += value.type.shape.size();
    }
    parent.resize(count);
    std::iota(parent.begin(), parent.end(), std::size_t(0));
  }
  std::size_t root(std::size_t axis) {
    while (parent[axis] != axis)
      axis = parent[axis] = parent[parent[axis]];
    return axis;
  }
  std::size_t root(ValueId value, std::size_t axis) {
    return root(first[value.index] + axis);
  }
  void unite(ValueId a, std::size_t i, ValueId b, std::size_t j) {
    if (shape(a)[i] == shape(b)[j] && shape(a)[i] != 1)
      parent[root(a, i)] = root(b, j);
  }
  const Shape &shape(ValueId value) const { return region.type(value).shape; }

  void uniteFromTheRight(ValueId a, ValueId b) {
    std::size_t m = shape(a).size(), n = shape(b).size();
    for (std::size_t i = 1; i <= std::min(m, n); ++i)
      unite(a, m - i, b, n - i);
  }
  void uniteUnitReshape(const Node &node) {
    ValueId a = node.operands[0], b = node.results[0];
    std::vector<std::size_t> from, to;
    auto big = [&](ValueId value, std::vector<std::size_t> &axes) {
      for (std::size_t i = 0; i < shape(value).size(); ++i)
        if (shape(value)[i] != 1)
          axes.push_back(i);
    };
    big(a, from), big(b, to);
    bool same = from.size() == to.size();
    for (std::size_t i = 0; same && i < from.size(); ++i)
      same = shape(a)[from[i]] == shape(b)[to[i]];
    if (!same)
      refuse(node, "found " + toString(shape(a)) + " to " + toString(shape(b)) +
                       "; inside a group only axes of extent 1 come and go");
    for (std::size_t i = 0; i < from.size(); ++i)
      unite(a, from[i], b, to[i]);
  }
  void uniteReduction(const Node &node) {
    ValueId a = node.operands[0], b = node.results[0];
    std::vector<bool> reduced(shape(a).size(),
                              node.attributes.getInts("axes").empty());
    for (std::int64_t axis : node.attributes.getInts("axes"))
      reduced[axis < 0 ? axis + reduced.size() : axis] = true;
    bool keep = node.attributes.getBool("keepdim");
    for (std::size_t i = 0, j = 0; i < reduced.size(); ++i) {
      if (!reduced[i])
        unite(a, i, b, j);
      j += !reduced[i] || keep;
    }
  }
};

static void unite(AxisClasses &classes, const Node &node) {
  switch (graph::info(node.op).family) {
  case Family::Elementwise:
    for (ValueId operand : node.operands)
      classes.uniteFromTheRight(operand, node.results[0]);
    return;
  case Family::Normalisation:
    return classes.uniteFromTheRight(node.operands[0], node.results[0]);
  case Family::Reduction:
    return classes.uniteReduction(node);
  case Family::MatrixProduct: // its operands are no part of the domain
    if (node.operands.size() > 2)
      classes.uniteFromTheRight(node.operands[2], node.results[0]);
    return;
  case Family::View:
    if (node.op == OpKind::Expand || node.op == OpKind::Detach)
      return classes.uniteFromTheRight(node.operands[0], node.results[0]);
    if (node.op == OpKind::Reshape || node.op == OpKind::Flatten ||
        node.op == OpKind::Squeeze || node.op == OpKind::Unsqueeze)
      return classes.uniteUnitReshape(node);
    break;
  case Family::Movement:
    if (node.op == OpKind::Cast || node.op == OpKind::Contiguous)
      return classes.uniteFromTheRight(node.operands[0], node.results[0]);
    break;
  case Family::Literal:
    return;
  case Family::Group:
    break;
  }
  refuse(node,
         "found inside a group; the compiler has no schedule for it there");
}

static DomainView viewOf(const Domain &domain, const graph::Type &type,
                         const std::vector<int> &axes) {
  DomainView view{std::vector<bool>(domain.rank()),
                  std::vector<std::int64_t>(domain.rank())};
  Strides strides =
      type.strides.empty() ? contiguousStrides(type.shape) : type.strides;
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i] >= 0 && strides[i] != 0) {
      view.has[axes[i]] = true;
      view.strides[axes[i]] = strides[i];
    }
  return view;
}

// Numbers the classes in the order of `order`, which holds (value, axis) pairs,
// and makes the views.
static Domain number(AxisClasses &classes,
                     const std::vector<std::size_t> &order) {
  Domain domain;
  std::vector<int> numbers(classes.parent.size(), -1);
  const Graph &region = classes.region;
  std::vector<std::int64_t> extents;
  for (const graph::Value &value : region.values)
    for (std::int64_t extent : value.type.shape)
      extents.push_back(extent);
  for (std::size_t axis : order) {
    numbers[classes.root(axis)] = static_cast<int>(domain.extents.size());
    domain.extents.push_back(extents[axis]);
  }
  for (std::size_t v = 0; v < region.values.size(); ++v) {
    std::vector<int> &axes = domain.axes.emplace_back();
    for (std::size_t i = 0; i < region.values[v].type.shape.size(); ++i)
      axes.push_back(numbers[classes.root(classes.first[v] + i)]);
  }
  return domain;
}

static void addViews(Domain &domain, const Graph &region) {
  for (ValueId input : region.inputs)
    domain.views.push_back(
        viewOf(domain, region.type(input), domain.axes[input.index]));
  for (ValueId output : region.outputs) {
    graph::Type stored{
        region.type(output).dtype, region.type(output).shape, {}};
    domain.views.push_back(viewOf(domain, stored, domain.axes[output.index]));
  }
}

std::vector<bool> Domain::presence(ValueId value) const {
  std::vector<bool> present(rank());
  for (int axis : axes[value.index])
    if (axis >= 0)
      present[axis] = true;
  return present;
}

static void requireEveryAxis(const Domain &domain, const Graph &region) {
  for (std::size_t v = 0; v < region.values.size(); ++v)
    for (std::size_t i = 0; i < domain.axes[v].size(); ++i)
      if (domain.axes[v][i] < 0 && region.values[v].type.shape[i] != 1)
        throw Error(Code::UnsupportedOp, "fused",
                    "found a value of shape " +
                        toString(region.values[v].type.shape) +
                        " with an axis of its own; a group walks one domain "
                        "that has every axis");
}

static bool someValueHasBoth(AxisClasses &classes, std::size_t a,
                             std::size_t b) {
  for (std::uint32_t v = 0; v < classes.region.values.size(); ++v) {
    bool hasA = false, hasB = false;
    for (std::size_t i = 0; i < classes.shape({v}).size(); ++i) {
      hasA |= classes.root({v}, i) == classes.root(a);
      hasB |= classes.root({v}, i) == classes.root(b);
    }
    if (hasA && hasB)
      return true;
  }
  return false;
}

// Parts of a group that share no axis may walk the domain together: an axis
// that nothing ties to the widest value joins the one at its place, counted
// from the right.
static void adoptStrays(AxisClasses &classes, ValueId widest) {
  const Shape &domain = classes.shape(widest);
  for (std::uint32_t v = 0; v < classes.region.values.size(); ++v) {
    const Shape &shape = classes.shape({v});
    for (std::size_t i = shape.size(), j = domain.size(); i-- > 0 && j-- > 0;)
      if (shape[i] == domain[j] &&
          classes.root({v}, i) != classes.root(widest, j) &&
          !someValueHasBoth(classes, classes.first[v] + i,
                            classes.first[widest.index] + j))
        classes.unite({v}, i, widest, j);
  }
}

Domain inferDomain(const Graph &region) {
  AxisClasses classes(region);
  for (const Node &node : region.nodes)
    unite(classes, node);
  // The widest value has every axis.
  ValueId widest{0};
  auto bigAxes = [&](ValueId value) {
    std::vector<std::size_t> axes;
    for (std::size_t i = 0; i < classes.shape(value).size(); ++i)
      if (classes.shape(value)[i] != 1)
        axes.push_back(classes.first[value.index] + i);
    return axes;
  };
  for (std::uint32_t v = 1; v < region.values.size(); ++v)
    if (bigAxes({v}).size() > bigAxes(widest).size())
      widest = {v};
  adoptStrays(classes, widest);
  Domain domain = number(classes, bigAxes(widest));
  requireEveryAxis(domain, region);
  if (domain.extents.empty())
    domain.extents.push_back(1);
  addViews(domain, region);
  return domain;
}

// The product's own operands have the axis K, which is no part of the domain.
static void requireProductAxes(const Domain &domain, const Graph &region,
                               ValueId product) {
  Graph epilogue = region;
  for (const Node &node : region.nodes)
    if (node.results[0] == product)
      for (std::size_t i = 0; i < 2; ++i)
        epilogue.values[node.operands[i].index].type.shape = {};
  Domain seen = domain;
  for (std::size_t v = 0; v < seen.axes.size(); ++v)
    if (epilogue.values[v].type.shape.empty())
      seen.axes[v].clear();
  requireEveryAxis(seen, epilogue);
}

Domain inferProductDomain(const Graph &region, ValueId product, bool hasRows,
                          bool hasColumns) {
  AxisClasses classes(region);
  for (const Node &node : region.nodes)
    unite(classes, node);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < region.type(product).shape.size(); ++i)
    order.push_back(classes.first[product.index] + i);
  Domain domain = number(classes, order);
  auto insertUnit = [&](int at) {
    domain.extents.insert(domain.extents.begin() + at, 1);
    for (std::vector<int> &axes : domain.axes)
      for (int &axis : axes)
        axis += axis >= at;
  };
  if (!hasColumns)
    insertUnit(static_cast<int>(domain.rank()));
  if (!hasRows)
    insertUnit(static_cast<int>(domain.rank()) - 1);
  requireProductAxes(domain, region, product);
  addViews(domain, region);
  return domain;
}

std::vector<bool> reducedAxes(const Domain &domain, const Node &node) {
  std::vector<bool> reduced(domain.rank());
  auto mark = [&](std::int64_t axis) {
    const std::vector<int> &axes = domain.axes[node.operands[0].index];
    int at = axes[axis < 0 ? axis + axes.size() : axis];
    if (at >= 0)
      reduced[at] = true;
  };
  Family family = graph::info(node.op).family;
  if (family != Family::Reduction && family != Family::Normalisation)
    return reduced;
  if (node.op == OpKind::Softmax || node.op == OpKind::LogSoftmax) {
    mark(node.attributes.getInt("axis"));
    return reduced;
  }
  Dims axes = node.attributes.getInts("axes");
  for (std::int64_t axis : axes)
    mark(axis);
  if (axes.empty())
    for (std::size_t i = 0; i < domain.axes[node.operands[0].index].size(); ++i)
      mark(static_cast<std::int64_t>(i));
  return reduced;
}

static bool viewJoins(const DomainView &view, std::size_t axis,
                      std::int64_t inner) {
  if (view.has[axis] != view.has[axis + 1])
    return false;
  return !view.has[axis] ||
         view.strides[axis] == view.strides[axis + 1] * inner;
}

static bool joins(const Graph &region, const Domain &domain,
                  const std::vector<DomainView *> &alsoViews,
                  std::size_t axis) {
  std::int64_t inner = domain.extents[axis + 1];
  auto fits = [&](const DomainView &view) {
    return viewJoins(view, axis, inner);
  };
  if (!std::all_of(domain.views.begin(), domain.views.end(), fits))
    return false;
  for (const DomainView *view : alsoViews)
    if (!fits(*view))
      return false;
  for (const Node &node : region.nodes) {
    std::vector<bool> reduced = reducedAxes(domain, node);
    if (reduced[axis] != reduced[axis + 1])
      return false;
  }
  for (std::size_t v = 0; v < domain.axes.size(); ++v) {
    std::vector<bool> present =
        domain.presence({static_cast<std::uint32_t>(v)});
    if (present[axis] != present[axis + 1])
      return false;
  }
  return true;
}

static void join(DomainView &view, std::size_t axis) {
  view.has.erase(view.has.begin() + axis);
  view.strides.erase(view.strides.begin() + axis);
}

void collapse(const Graph &region, Domain &domain,
              std::vector<DomainView *> alsoViews, std::size_t keep) {
  if (domain.rank() < 2 + keep)
    return;
  for (std::size_t axis = domain.rank() - keep - 1; axis-- > 0;) {
    if (!joins(region, domain, alsoViews, axis))
      continue;
    domain.extents[axis] *= domain.extents[axis + 1];
    domain.extents.erase(domain.extents.begin() + axis + 1);
    for (DomainView &view : domain.views)
      join(view, axis);
    for (DomainView *view : alsoViews)
      join(*view, axis);
    for (std::vector<int> &axes : domain.axes)
      for (int &a : axes)
        a -= a > static_cast<int>(axis);
  }
}

} // namespace ferro::fromGraph
