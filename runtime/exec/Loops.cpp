#include "exec/Loops.h"

using namespace ferro;
using namespace ferro::exec;

template <std::size_t N>
void ferro::exec::forEachRow(const std::array<StridedView, N> &views,
                             RowBody<N> body) {
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

namespace ferro::exec {
template void forEachRow(const std::array<StridedView, 1> &, RowBody<1>);
template void forEachRow(const std::array<StridedView, 2> &, RowBody<2>);
template void forEachRow(const std::array<StridedView, 3> &, RowBody<3>);
template void forEachRow(const std::array<StridedView, 4> &, RowBody<4>);
} // namespace ferro::exec
