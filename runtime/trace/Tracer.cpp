#include "trace/Tracer.h"

#include "graph/Infer.h"
#include "support/Check.h"
#include "tensor/Record.h"
#include "tensor/Strided.h"
#include "trace/Autograd.h"

#include "ferro/Error.h"

#include <algorithm>
#include <cstring>

using namespace ferro;
using namespace ferro::trace;
using detail::Handle;
using detail::Record;
using graph::ValueId;

Tracer *&trace::currentTracer() {
  static thread_local Tracer *tracer = nullptr;
  return tracer;
}

Tracer::Tracer() : firstRecord(Record().id) {}

static Handle tracedTensor(Tracer &tracer, ValueId value, bool requiresGrad) {
  auto *record = new Record();
  const graph::Type &type = tracer.graph.type(value);
  record->dtype = type.dtype;
  record->shape = type.shape;
  record->strides =
      type.strides.empty() ? contiguousStrides(type.shape) : type.strides;
  record->requiresGrad = requiresGrad;
  record->traced = {&tracer, value.index};
  return Handle(record);
}

static graph::Type typeOf(const Record &record) {
  graph::Type type{record.dtype, record.shape, {}};
  if (!record.isContiguous())
    type.strides = record.strides;
  return type;
}

/// The elements of a concrete tensor, row-major.
static graph::Literal literalOf(const Record &record) {
  graph::Literal literal{record.dtype, record.shape, {}};
  literal.bytes.resize(static_cast<std::size_t>(numel(record.shape)) *
                       byteSize(record.dtype));
  storage::copyToContiguous(record, literal.bytes.data());
  return literal;
}

static bool wasCreated(const Tracer &tracer, const Handle &tensor) {
  return std::ranges::any_of(tracer.created, [&](const Handle &created) {
    return created.get() == tensor.get();
  });
}

static std::uint64_t versionOf(const Record &record) {
  return record.storage ? record.storage->version.load() : 0;
}

static ValueId bind(Tracer &tracer, const Handle &tensor) {
  const Record &record = *tensor.get();
  std::string name = "captured" + std::to_string(tracer.hidden.size());
  ValueId value = tracer.graph.addInput(typeOf(record), std::move(name));
  tracer.hidden.push_back(tensor);
  return value;
}

void trace::bindHidden(Tracer &tracer, const Handle &tensor) {
  ValueId value = bind(tracer, tensor);
  tracer.known.push_back({tensor, versionOf(*tensor.get()), value});
}

ValueId trace::valueOf(Tracer &tracer, const Handle &tensor) {
  const Record &record = *tensor.get();
  if (record.isTraced()) {
    if (record.traced.tracer != &tracer || record.id < tracer.firstRecord)
      throw Error(Code::TracingError, tracer.graph.name,
                  "a traced tensor of another trace is used; a traced tensor "
                  "must not outlive its script's call");
    return ValueId{record.traced.value};
  }
  std::uint64_t version = versionOf(record);
  for (const Tracer::Known &known : tracer.known)
    if (known.tensor.get() == &record && known.version == version)
      return known.value;

  ValueId value = wasCreated(tracer, tensor)
                      ? tracer.graph.addConstant(literalOf(record))
                      : bind(tracer, tensor);
  tracer.known.push_back({tensor, version, value});
  return value;
}

Handle trace::record(Tracer &tracer, graph::OpKind op,
                     graph::Attributes attributes,
                     std::span<const Handle> operands) {
  std::vector<ValueId> values;
  bool requiresGrad = false;
  for (const Handle &operand : operands) {
    values.push_back(valueOf(tracer, operand));
    requiresGrad |= operand.get()->requiresGrad;
  }
  ValueId result =
      tracer.graph.addNode(op, std::move(values), std::move(attributes));
  const bool isDifferentiable =
      op != graph::OpKind::Detach && isFloat(tracer.graph.type(result).dtype);
  // Whether or not these operands require gradients: others may, once the graph
  // is saved and loaded.
  if (isDifferentiable && bodyDisablesGrad())
    result = tracer.graph.addNode(graph::OpKind::Detach, {result});
  return tracedTensor(tracer, result,
                      requiresGrad && isDifferentiable && gradEnabled());
}

Handle trace::addTracedInput(Tracer &tracer, const Handle &example,
                             std::string name) {
  ValueId value =
      tracer.graph.addInput(typeOf(*example.get()), std::move(name));
  return tracedTensor(tracer, value, example.get()->requiresGrad);
}

void trace::noteValueRead() {
  if (Tracer *tracer = currentTracer())
    tracer->readsValues = true;
}

void trace::noteCreated(const Handle &tensor, bool random) {
  Tracer *tracer = currentTracer();
  if (!tracer)
    return;
  if (random)
    tracer->usesRandomNumbers = true;
  else
    tracer->created.push_back(tensor);
}
