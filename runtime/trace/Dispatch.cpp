#include "trace/Dispatch.h"

#include "exec/Reference.h"
#include "exec/Views.h"
#include "graph/Infer.h"
#include "tensor/Record.h"
#include "trace/Autograd.h"
#include "trace/Tracer.h"

#include "ferro/Error.h"

#include <string>
#include <vector>

namespace ferro::trace {

using detail::Handle;
using detail::Record;
using graph::OpKind;

static std::string nameOf(OpKind op) {
  return std::string(graph::info(op).name);
}

static void checkOperands(OpKind op, std::span<const Handle> inputs) {
  for (const Handle &input : inputs)
    if (!input.get())
      throw Error(Code::InvalidArgument, nameOf(op),
                  "found a default-constructed tensor; operands must have been "
                  "given elements");
}

/// The device on which all operands live.
static Device commonDevice(OpKind op, std::span<const Handle> inputs) {
  for (const Handle &input : inputs) {
    const Record &record = *input.get();
    if (record.isTraced())
      throw Error(Code::TracingError, nameOf(op),
                  "found a traced tensor outside its trace; a traced tensor "
                  "must not outlive its script's call");
    if (!(record.device == inputs[0].get()->device))
      throw Error(Code::DeviceMismatch, nameOf(op),
                  "found " + toString(inputs[0].get()->device) + " and " +
                      toString(record.device) +
                      "; operands must live on one device");
  }
  return inputs.empty() ? Device{} : inputs[0].get()->device;
}

static exec::StridedView viewOf(const Record &record) {
  return {record.bytes(), record.dtype, record.shape, record.strides};
}

/// The result as another view of the operand's storage; empty if it would have
/// to be copied.
static Handle shareStorage(OpKind op, const graph::Attributes &attributes,
                           const Record &input, const Shape &result) {
  auto layout =
      exec::viewLayout(op, attributes, input.shape, input.strides, result);
  if (!layout)
    return {};
  return detail::makeView(input, layout->shape, layout->strides,
                          input.offset + layout->offset);
}

static bool isView(OpKind op) {
  return graph::info(op).family == graph::Family::View;
}

/// Whether the operand is the result.
static bool changesNothing(OpKind op, const Record &input,
                           const graph::Type &result) {
  return (op == OpKind::Contiguous && input.isContiguous()) ||
         (op == OpKind::Cast && input.dtype == result.dtype);
}

static Handle compute(OpKind op, const graph::Attributes &attributes,
                      std::span<const Handle> inputs, const graph::Type &type,
                      Device device) {
  if (isView(op))
    if (Handle view =
            shareStorage(op, attributes, *inputs[0].get(), type.shape);
        view.get())
      return view;
  Handle result = detail::makeTensor(type.dtype, type.shape, device);
  if (device.kind == DeviceKind::Meta)
    return result;
  std::vector<exec::StridedView> operands;
  for (const Handle &input : inputs)
    operands.push_back(viewOf(*input.get()));
  exec::run(op, attributes, operands, viewOf(*result.get()));
  return result;
}

Handle apply(OpKind op, graph::Attributes attributes,
             std::span<const Handle> inputs) {
  checkOperands(op, inputs);
  if (Tracer *tracer = currentTracer())
    return record(*tracer, op, std::move(attributes), inputs);
  Device device = commonDevice(op, inputs);
  std::vector<graph::Type> types;
  for (const Handle &input : inputs)
    types.push_back({input.get()->dtype, input.get()->shape, {}});
  graph::Type type = graph::inferType(op, types, attributes);
  if (inputs.size() == 1 && changesNothing(op, *inputs[0].get(), type))
    return inputs[0];
  Handle result = compute(op, attributes, inputs, type, device);
  recordForBackward(op, attributes, inputs, result);
  return result;
}

} // namespace ferro::trace
