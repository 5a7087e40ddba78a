// Matrix products. Every op becomes [..., M, K] times [..., K, N] by changing
// shapes and strides; floats accumulate in double, k ascending.
#include "exec/Loops.h"

#include "graph/Infer.h"

namespace ferro::exec {

using graph::OpKind;

static StridedView withAxis(StridedView view, std::size_t at) {
  view.shape.insert(at, 1);
  view.strides.insert(at, 0);
  return view;
}

static StridedView transposed(StridedView view) {
  std::size_t rank = view.shape.size();
  std::swap(view.shape[rank - 2], view.shape[rank - 1]);
  std::swap(view.strides[rank - 2], view.strides[rank - 1]);
  return view;
}

/// The last two axes of \p view, or the ones before them.
static StridedView matrixOf(StridedView view) {
  while (view.shape.size() > 2) {
    view.shape.erase(0);
    view.strides.erase(0);
  }
  return view;
}
static StridedView batchOf(StridedView view) {
  for (int i = 0; i < 2; ++i) {
    view.shape.erase(view.shape.size() - 1);
    view.strides.erase(view.strides.size() - 1);
  }
  return view;
}

template <typename A>
static std::vector<A> elementsAs(const StridedView &matrix) {
  std::vector<A> elements;
  elements.reserve(static_cast<std::size_t>(numel(matrix.shape)));
  visit(matrix.dtype, [&](auto sample) {
    using T = decltype(sample);
    forEachRow<1>({matrix}, [&](const Row<1> &row) {
      for (std::int64_t i = 0; i < row.count; ++i)
        elements.push_back(convert<A>(row.element<const T>(0, i)));
    });
  });
  return elements;
}

template <typename A>
static void multiply(const StridedView &lhs, const StridedView &rhs,
                     const StridedView *bias, const StridedView &output) {
  std::int64_t m = lhs.shape[0], k = lhs.shape[1], n = rhs.shape[1];
  std::vector<A> left = elementsAs<A>(lhs), right = elementsAs<A>(rhs);
  std::vector<A> start(static_cast<std::size_t>(n));
  if (bias)
    start = elementsAs<A>(*bias);
  std::vector<A> total;
  total.reserve(static_cast<std::size_t>(m * n));
  for (std::int64_t i = 0; i < m; ++i) {
    std::vector<A> row(static_cast<std::size_t>(n));
    for (std::int64_t p = 0; p < k; ++p)
      for (std::int64_t j = 0; j < n; ++j)
        row[j] += left[i * k + p] * right[p * n + j];
    for (std::int64_t j = 0; j < n; ++j)
      total.push_back(row[j] + start[j]);
  }
  const A *next = total.data();
  visit(output.dtype, [&](auto sample) {
    using T = decltype(sample);
    forEachRow<1>({output}, [&](const Row<1> &row) {
      for (std::int64_t i = 0; i < row.count; ++i)
        row.element<T>(0, i) = convert<T>(*next++);
    });
  });
}

static void multiplyBatches(StridedView lhs, StridedView rhs,
                            const StridedView *bias, StridedView output) {
  StridedView batches = batchOf(output);
  StridedView left = broadcastTo(batchOf(lhs), batches.shape);
  StridedView right = broadcastTo(batchOf(rhs), batches.shape);
  lhs = matrixOf(lhs);
  rhs = matrixOf(rhs);
  output = matrixOf(output);
  forEachRow<3>({batches, left, right}, [&](const Row<3> &row) {
    for (std::int64_t i = 0; i < row.count; ++i) {
      output.bytes = row.at[0] + i * row.step[0];
      lhs.bytes = row.at[1] + i * row.step[1];
      rhs.bytes = row.at[2] + i * row.step[2];
      visitAccumulator(output.dtype, [&](auto sample) {
        multiply<decltype(sample)>(lhs, rhs, bias, output);
      });
    }
  });
}

void runMatrixProduct(OpKind op, Operands inputs, const StridedView &output) {
  StridedView lhs = inputs[0], rhs = inputs[1], result = output;
  if (op == OpKind::MmBt || op == OpKind::Linear)
    rhs = transposed(rhs);
  if (lhs.shape.size() == 1) { // a row, which the result drops
    lhs = withAxis(lhs, 0);
    bool column = inputs[1].shape.size() == 1;
    result = withAxis(result, result.shape.size() - (column ? 0 : 1));
  }
  if (rhs.shape.size() == 1) { // a column, which the result drops
    rhs = withAxis(rhs, 1);
    result = withAxis(result, result.shape.size());
  }
  multiplyBatches(lhs, rhs, inputs.size() > 2 ? &inputs[2] : nullptr, result);
}

} // namespace ferro::exec
