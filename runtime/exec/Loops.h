// Iteration over strided elements, shared by the reference kernels.
#pragma once

#include "exec/Formula.h"
#include "exec/Reference.h"

#include "ferro/Error.h"

#include <array>
#include <string>
#include <vector>

namespace ferro::exec {

/// One row of N views of equal shape: element i of view v is at
/// at[v] + i * step[v], in bytes.
template <std::size_t N> struct Row {
  std::array<std::byte *, N> at;
  std::array<std::int64_t, N> step;
  std::int64_t count = 1;

  template <typename T> T &element(std::size_t view, std::int64_t i) const {
    return *reinterpret_cast<T *>(at[view] + i * step[view]);
  }
};

/// Calls \p body with the rows of \p views in row-major order. Axes along which
/// all views lie densely are walked as one. The strides of an axis of extent 1
/// have no say.
template <std::size_t N, typename Body>
void forEachRow(const std::array<StridedView, N> &views, const Body &body) {
  struct Axis {
    std::int64_t extent;
    std::array<std::int64_t, N> step;
  };
  const Shape &shape = views[0].shape;
  if (numel(shape) == 0)
    return;
  std::array<Axis, maxRank> axes; // innermost first
  std::size_t rank = 0;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1)
      continue;
    Axis axis{shape[i], {}};
    bool dense = rank > 0;
    for (std::size_t v = 0; v < N; ++v) {
      axis.step[v] = views[v].strides[i] *
                     static_cast<std::int64_t>(byteSize(views[v].dtype));
      dense = dense &&
              axis.step[v] == axes[rank - 1].step[v] * axes[rank - 1].extent;
    }
    if (dense)
      axes[rank - 1].extent *= axis.extent;
    else
      axes[rank++] = axis;
  }

  Row<N> row{};
  for (std::size_t v = 0; v < N; ++v)
    row.at[v] = views[v].bytes;
  row.count = rank > 0 ? axes[0].extent : 1;
  if (rank > 0)
    row.step = axes[0].step;
  std::array<std::int64_t, maxRank> index{};
  for (;;) {
    body(row);
    std::size_t axis = 1;
    for (; axis < rank; ++axis) {
      bool wraps = ++index[axis] == axes[axis].extent;
      for (std::size_t v = 0; v < N; ++v)
        row.at[v] += axes[axis].step[v] * (wraps ? 1 - axes[axis].extent : 1);
      if (!wraps)
        break;
      index[axis] = 0;
    }
    if (axis >= rank)
      return;
  }
}

/// \p view repeated along axes of extent 1 to \p shape.
StridedView broadcastTo(const StridedView &view, const Shape &shape);

/// Elements that a kernel needs in between.
struct Temporary {
  std::vector<std::byte> bytes;
  StridedView view;
  Temporary(DType dtype, const Shape &shape);
};

/// Refuses a dtype for which \p op has no meaning.
[[noreturn]] void refuse(graph::OpKind op, DType dtype);

/// Calls \p f with a value of the type that \p dtype computes in, which is
/// double for floats and uint64_t (wrapping) for integers and bool.
template <typename F> void visitAccumulator(DType dtype, const F &f) {
  if (isFloat(dtype))
    f(double{});
  else
    f(std::uint64_t{});
}

// One function for each family, by the same contract as run.
using Operands = std::span<const StridedView>;
void runElementwise(graph::OpKind op, Operands inputs,
                    const StridedView &output);
void runReduction(graph::OpKind op, const graph::Attributes &attributes,
                  const StridedView &input, const StridedView &output);
void runNormalisation(graph::OpKind op, const graph::Attributes &attributes,
                      const StridedView &input, const StridedView &output);
void runMatrixProduct(graph::OpKind op, Operands inputs,
                      const StridedView &output);
void runView(graph::OpKind op, const graph::Attributes &attributes,
             const StridedView &input, const StridedView &output);

} // namespace ferro::exec
