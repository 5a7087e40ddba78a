// Reductions and normalisations: floats accumulate in double, in row-major
// order of the reduced axes.
#include "exec/Loops.h"

#include "graph/Infer.h"

#include <cmath>

namespace ferro::exec {

using graph::OpKind;

// The input's axes, parted into those that stay and those that are reduced.
struct Parted {
  StridedView kept;    // shape and strides of the axes that stay
  StridedView reduced; // of the others
};

static Parted part(std::string_view op, const Dims &axes,
                   const StridedView &input) {
  std::array<bool, maxRank> isReduced{};
  isReduced.fill(axes.empty());
  for (std::int64_t axis : axes)
    isReduced[graph::normaliseAxis(op, axis, input.shape.size())] = true;
  Parted parted{{input.bytes, input.dtype, {}, {}},
                {input.bytes, input.dtype, {}, {}}};
  // Nothing may lie nowhere, and null must not be moved.
  bool isEmpty = numel(input.shape) == 0;
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    StridedView &side = isReduced[i] ? parted.reduced : parted.kept;
    side.shape.push_back(input.shape[i]);
    side.strides.push_back(isEmpty ? 0 : input.strides[i]);
  }
  return parted;
}

/// Calls \p body with every element of \p view, in row-major order.
template <typename T, typename Body>
static void forEachElement(const StridedView &view, const Body &body) {
  forEachRow<1>({view}, [&](const Row<1> &row) {
    for (std::int64_t i = 0; i < row.count; ++i)
      body(row.element<T>(0, i));
  });
}

template <typename T>
static T extremum(OpKind op, const StridedView &elements) {
  bool first = true;
  Number<Compute<T>> best;
  forEachElement<const T>(elements, [&](const T &element) {
    Number<Compute<T>> next = static_cast<Compute<T>>(element);
    if (first)
      best = next;
    else
      best = op == OpKind::Amax ? max(best, next) : min(best, next);
    first = false;
  });
  return static_cast<T>(best.value);
}

template <typename T, typename A>
static A accumulate(OpKind op, const StridedView &elements) {
  A total = op == OpKind::Prod ? A(1) : A(0);
  forEachElement<const T>(elements, [&](const T &element) {
    A next = convert<A>(element);
    total = op == OpKind::Prod ? total * next : total + next;
  });
  return total;
}

template <typename T>
static void fold(OpKind op, const StridedView &elements, std::byte *result,
                 DType resultDType) {
  if (op == OpKind::Amax || op == OpKind::Amin) {
    *reinterpret_cast<T *>(result) = extremum<T>(op, elements);
    return;
  }
  visit(resultDType, [&](auto sample) {
    using R = decltype(sample);
    using A = std::conditional_t<isFloat(dtypeOf<R>), double, std::uint64_t>;
    A total = accumulate<T, A>(op, elements);
    if (op == OpKind::Mean)
      total = static_cast<A>(static_cast<double>(total) /
                             static_cast<double>(numel(elements.shape)));
    *reinterpret_cast<R *>(result) = convert<R>(total);
  });
}

void runReduction(OpKind op, const graph::Attributes &attributes,
                  const StridedView &input, const StridedView &output) {
  Parted parted = part(graph::info(op).name, attributes.getInts("axes"), input);
  Temporary results(output.dtype, parted.kept.shape);
  visit(input.dtype, [&](auto sample) {
    using T = decltype(sample);
    forEachRow<2>({parted.kept, results.view}, [&](const Row<2> &row) {
      for (std::int64_t i = 0; i < row.count; ++i) {
        StridedView elements = parted.reduced;
        elements.bytes = row.at[0] + i * row.step[0];
        fold<T>(op, elements, row.at[1] + i * row.step[1], output.dtype);
      }
    });
  });
  // Row-major order does not depend on whether reduced axes are kept as 1.
  results.view.shape = output.shape;
  results.view.strides = contiguousStrides(output.shape);
  copyElements(results.view, output);
}

template <typename T>
static void normaliseRow(OpKind op, const StridedView &from,
                         const StridedView &to) {
  double largest = -HUGE_VAL, total = 0;
  forEachElement<const T>(from, [&](const T &element) {
    auto value = static_cast<double>(element);
    largest = value > largest || value != value ? value : largest;
  });
  forEachElement<const T>(from, [&](const T &element) {
    total += std::exp(static_cast<double>(element) - largest);
  });
  forEachRow<2>({to, from}, [&](const Row<2> &row) {
    for (std::int64_t i = 0; i < row.count; ++i) {
      double shifted =
          static_cast<double>(row.element<const T>(1, i)) - largest;
      row.element<T>(0, i) =
          convert<T>(op == OpKind::Softmax ? std::exp(shifted) / total
                                           : shifted - std::log(total));
    }
  });
}

void runNormalisation(OpKind op, const graph::Attributes &attributes,
                      const StridedView &input, const StridedView &output) {
  Temporary floating(output.dtype, input.shape);
  copyElements(input, floating.view);
  Dims axes{attributes.getInt("axis")};
  Parted from = part(graph::info(op).name, axes, floating.view);
  Parted to = part(graph::info(op).name, axes, output);
  visit(output.dtype, [&](auto sample) {
    using T = decltype(sample);
    if constexpr (isFloat(dtypeOf<T>)) {
      forEachRow<2>({from.kept, to.kept}, [&](const Row<2> &row) {
        for (std::int64_t i = 0; i < row.count; ++i) {
          from.reduced.bytes = row.at[0] + i * row.step[0];
          to.reduced.bytes = row.at[1] + i * row.step[1];
          normaliseRow<T>(op, from.reduced, to.reduced);
        }
      });
    } else {
      refuse(op, dtypeOf<T>);
    }
  });
}

} // namespace ferro::exec
