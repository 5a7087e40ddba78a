#include "exec/Reference.h"

#include "exec/Loops.h"
#include "exec/Views.h"
#include "graph/Infer.h"
#include "support/Check.h"

#include <cstring>

namespace ferro::exec {

using graph::Family;
using graph::OpKind;

StridedView rowMajor(std::byte *bytes, DType dtype, const Shape &shape) {
  // A tensor without elements may lack storage, yet kernels step over its axes.
  static std::byte nothing;
  return {bytes ? bytes : &nothing, dtype, shape, contiguousStrides(shape)};
}

StridedView broadcastTo(const StridedView &view, const Shape &shape) {
  StridedView result{view.bytes, view.dtype, shape,
                     Dims::filled(shape.size(), 0)};
  std::size_t lead = shape.size() - view.shape.size();
  for (std::size_t i = 0; i < view.shape.size(); ++i)
    if (view.shape[i] == shape[lead + i])
      result.strides[lead + i] = view.strides[i];
  return result;
}

Temporary::Temporary(DType dtype, const Shape &shape)
    : bytes(static_cast<std::size_t>(numel(shape)) * byteSize(dtype)),
      view(rowMajor(bytes.data(), dtype, shape)) {}

void refuse(OpKind op, DType dtype) {
  throw Error(Code::UnsupportedOp, std::string(graph::info(op).name),
              "operand is " + std::string(toString(dtype)) +
                  "; the operation has no meaning for this dtype");
}

void copyElements(const StridedView &from, const StridedView &to) {
  FERRO_CHECK(from.shape == to.shape, "a copy needs equal shapes");
  visit(from.dtype, [&](auto source) {
    visit(to.dtype, [&](auto target) {
      using From = decltype(source);
      using To = decltype(target);
      forEachRow<2>({to, from}, [](const Row<2> &row) {
        for (std::int64_t i = 0; i < row.count; ++i)
          row.element<To>(0, i) = convert<To>(row.element<const From>(1, i));
      });
    });
  });
}

void runView(OpKind op, const graph::Attributes &attributes,
             const StridedView &input, const StridedView &output) {
  auto layout =
      viewLayout(op, attributes, input.shape, input.strides, output.shape);
  if (!layout) {
    Temporary dense(input.dtype, input.shape);
    copyElements(input, dense.view);
    return runView(op, attributes, dense.view, output);
  }
  auto step = static_cast<std::int64_t>(byteSize(input.dtype));
  copyElements({input.bytes + layout->offset * step, input.dtype, layout->shape,
                layout->strides},
               output);
}

static void concatenate(const graph::Attributes &attributes, Operands inputs,
                        const StridedView &output) {
  std::int64_t axis = graph::normaliseAxis("cat", attributes.getInt("axis"),
                                           output.shape.size());
  StridedView slice = output;
  for (const StridedView &input : inputs) {
    slice.shape = input.shape;
    copyElements(input, slice);
    slice.bytes += input.shape[axis] * output.strides[axis] *
                   static_cast<std::int64_t>(byteSize(output.dtype));
  }
}

static void runLiteral(const graph::Attributes &attributes,
                       const StridedView &output) {
  const graph::Literal &value = attributes.getLiteral("value");
  Temporary elements(value.dtype, value.shape);
  if (!value.bytes.empty())
    std::memcpy(elements.bytes.data(), value.bytes.data(), value.bytes.size());
  copyElements(elements.view, output);
}

void run(OpKind op, const graph::Attributes &attributes, Operands inputs,
         const StridedView &output) {
  switch (graph::info(op).family) {
  case Family::Elementwise:
    return runElementwise(op, inputs, output);
  case Family::Reduction:
    return runReduction(op, attributes, inputs[0], output);
  case Family::Normalisation:
    return runNormalisation(op, attributes, inputs[0], output);
  case Family::MatrixProduct:
    return runMatrixProduct(op, inputs, output);
  case Family::View:
    return runView(op, attributes, inputs[0], output);
  case Family::Movement:
    if (op == OpKind::Cat)
      return concatenate(attributes, inputs, output);
    return copyElements(inputs[0], output);
  case Family::Literal:
    return runLiteral(attributes, output);
  case Family::Group:
    break;
  }
  throw Error(Code::UnsupportedOp, std::string(graph::info(op).name),
              "a group has no kernel of its own; interpret its region");
}

} // namespace ferro::exec
