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

/// A body of forEachRow, its type erased: only the loop over a row is compiled
/// for every op and dtype, not the walk over the rows.
template <std::size_t N> class RowBody {
public:
  template <typename Body>
  RowBody(const Body &body)
      : context(&body), call([](const void *context, const Row<N> &row) {
          (*static_cast<const Body *>(context))(row);
        }) {}
  void operator()(const Row<N> &row) const { call(context, row); }

private:
  const void *context;
  void (*call)(const void *, const Row<N> &);
};

/// Calls \p body with the rows of \p views in row-major order. Axes along which
/// all views lie densely are walked as one. The strides of an axis of extent 1
/// have no say.
template <std::size_t N>
void forEachRow(const std::array<StridedView, N> &views, RowBody<N> body);
extern template void forEachRow(const std::array<StridedView, 1> &, RowBody<1>);
extern template void forEachRow(const std::array<StridedView, 2> &, RowBody<2>);
extern template void forEachRow(const std::array<StridedView, 3> &, RowBody<3>);
extern template void forEachRow(const std::array<StridedView, 4> &, RowBody<4>);

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
