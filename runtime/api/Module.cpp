// Modules: running compiled code, saving, loading.
#include "api/Module.h"

#include "graph/Text.h"
#include "tensor/Record.h"
#include "tensor/Strided.h"
#include "trace/Autograd.h"
#include "trace/Replay.h"
#include "trace/Tracer.h"

#include "ferro/Error.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ranges>

using namespace ferro;
using namespace ferro::detail;
using artifact::Place;

namespace {

/// Pointers kept in place up to the size of common calls.
template <typename T> class Row {
public:
  explicit Row(std::size_t count) : count(count) {
    if (count > inPlace.size())
      spilled.resize(count);
  }
  T *data() { return spilled.empty() ? inPlace.data() : spilled.data(); }
  T &operator[](std::size_t i) { return data()[i]; }
  std::span<T> span() { return {data(), count}; }

private:
  std::size_t count;
  std::array<T, 16> inPlace{};
  std::vector<T> spilled;
};

} // namespace

static Handle constantTensor(const graph::Literal &literal) {
  Handle tensor = makeTensor(literal.dtype, literal.shape);
  if (!literal.bytes.empty())
    std::memcpy(tensor.get()->bytes(), literal.bytes.data(),
                literal.bytes.size());
  return tensor;
}

static Handle viewOf(const Handle &whole, const artifact::OutputView &output) {
  const Record &record = *whole.get();
  Strides strides = output.type.strides.empty() && !output.type.shape.empty()
                        ? contiguousStrides(output.type.shape)
                        : output.type.strides;
  auto offset = static_cast<std::int64_t>(output.slot.byteOffset /
                                          byteSize(output.type.dtype));
  Handle view =
      makeView(record, output.type.shape, strides, record.offset + offset);
  view.get()->dtype = output.type.dtype;
  return view;
}

/// The graph's outputs as tensors over the buffers of a run.
static void makeOutputs(const artifact::Plan &plan,
                        std::span<const Handle *const> inputs,
                        std::span<const Handle> buffers,
                        std::span<Handle> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const artifact::OutputView &output = plan.outputs[i];
    switch (output.slot.place) {
    case Place::Output:
      outputs[i] = viewOf(buffers[output.slot.index], output);
      break;
    case Place::Input:
      outputs[i] = viewOf(*inputs[output.slot.index], output);
      break;
    case Place::Constant:
      outputs[i] =
          viewOf(constantTensor(plan.constants[output.slot.index]), output);
      break;
    case Place::Arena:
      throw Error(Code::Internal, "plan", "an output lies in temporary memory");
    }
  }
}

static void runCode(const device::Executable &code,
                    std::span<const Handle *const> inputs,
                    std::span<Handle> outputs) {
  const artifact::Plan &plan = code.artifact().plan;
  Row<void *> inputPointers(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputPointers[i] = inputs[i]->get()->bytes();
  Row<Handle> buffers(plan.outputBytes.size());
  Row<void *> outputPointers(plan.outputBytes.size());
  for (std::size_t i = 0; i < plan.outputBytes.size(); ++i) {
    buffers[i] = makeTensor(
        DType::U8, Shape{static_cast<std::int64_t>(plan.outputBytes[i])});
    outputPointers[i] = buffers[i].get()->bytes();
  }
  code.run(inputPointers.span(), outputPointers.span());
  makeOutputs(plan, inputs, buffers.span(), outputs);
}

void detail::runModule(const std::shared_ptr<ModuleState> &module,
                       std::span<const Handle *const> tensors,
                       std::span<Handle> outputs) {
  for (const Handle *tensor : tensors)
    if (!tensor->get()->storage ||
        tensor->get()->device.kind != DeviceKind::Cpu)
      throw Error(Code::DeviceMismatch, module->script->name,
                  "an argument is on device " +
                      toString(tensor->get()->device) +
                      "; compiled scripts run on cpu");
  runCode(*module->script->code, tensors, outputs);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (module->script->outputsToCopy[i]) {
      NoGrad guard;
      outputs[i] = clone(outputs[i]);
    }
  trace::recordCall(module->script->captured, tensors, outputs);
  for (Handle &output : outputs)
    output.get()->module = module;
}

static ModuleState &moduleOf(const Handle &tensor) {
  if (!tensor.get() || !tensor.get()->module)
    throw Error(Code::NotTraced, "module",
                "this tensor did not come from a script; compile with the "
                "plugin, or call "
                "ferro::traced");
  return *tensor.get()->module;
}

static std::string describeTensor(const graph::Type &type) {
  return std::string(toString(type.dtype)) + toString(type.shape);
}

static std::string describeGiven(const Argument &argument) {
  if (!argument.tensor)
    return jit::staticText(argument);
  const Record *record = argument.tensor->get();
  return record ? describeTensor({record->dtype, record->shape, {}})
                : "an empty tensor";
}

/// Checks one argument of a loaded module; a tensor that fits is returned,
/// row-major if the code wants it so.
static void checkArgument(const jit::CompiledScript &script,
                          std::size_t position, const std::string &wanted,
                          const Argument &argument, bool fits) {
  if (!fits)
    throw Error(Code::SignatureMismatch, script.name,
                "argument " + std::to_string(position) + " is " +
                    describeGiven(argument) + "; the module was saved for " +
                    wanted);
}

static bool hasLayout(const Record &record, const graph::Type &type) {
  return type.strides.empty() ? record.isContiguous()
                              : record.strides == type.strides;
}

namespace {

/// A module from an artifact: no function is at hand, so the signature must be
/// the one it was saved with.
struct LoadedModule final : ModuleState,
                            std::enable_shared_from_this<LoadedModule> {
  void call(std::span<const Argument> arguments,
            std::span<Handle> outputs) override;
};

} // namespace

void LoadedModule::call(std::span<const Argument> arguments,
                        std::span<Handle> outputs) {
  if (arguments.size() != script->numArguments)
    throw Error(Code::SignatureMismatch, script->name,
                "the module takes " + std::to_string(script->numArguments) +
                    " arguments, " + std::to_string(arguments.size()) +
                    " were given");
  const std::vector<artifact::Input> &inputs =
      script->code->artifact().manifest.inputs;
  std::vector<Handle> copies;
  std::vector<const Handle *> tensors;
  copies.reserve(arguments.size());
  auto nextStatic = script->statics.begin();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (nextStatic != script->statics.end() && nextStatic->position == i) {
      checkArgument(*script, i, nextStatic->value, arguments[i],
                    !arguments[i].tensor &&
                        jit::staticText(arguments[i]) == nextStatic->value);
      ++nextStatic;
      continue;
    }
    const graph::Type &type = inputs[tensors.size()].type;
    const Record *record =
        arguments[i].tensor ? arguments[i].tensor->get() : nullptr;
    checkArgument(*script, i, describeTensor(type), arguments[i],
                  record && record->dtype == type.dtype &&
                      record->shape == type.shape);
    if (hasLayout(*record, type)) {
      tensors.push_back(arguments[i].tensor);
      continue;
    }
    checkArgument(*script, i, "strides " + toString(type.strides), arguments[i],
                  type.strides.empty());
    copies.push_back(clone(*arguments[i].tensor));
    tensors.push_back(&copies.back());
  }
  for (const Handle &captured : hidden)
    tensors.push_back(&captured);
  runModule(shared_from_this(), tensors, outputs);
}

void detail::callModule(const Handle &tensor,
                        std::span<const Argument> arguments,
                        std::span<Handle> outputs) {
  moduleOf(tensor).call(arguments, outputs);
}

static graph::Literal literalOf(const Handle &tensor) {
  const Record &record = *tensor.get();
  graph::Literal literal{record.dtype, record.shape, {}};
  literal.bytes.resize(static_cast<std::size_t>(numel(record.shape)) *
                       byteSize(record.dtype));
  storage::copyToContiguous(record, literal.bytes.data());
  return literal;
}

static artifact::Artifact artifactOf(const Handle &tensor) {
  ModuleState &module = moduleOf(tensor);
  std::vector<graph::Literal> hidden;
  for (const Handle &captured : module.hidden)
    hidden.push_back(literalOf(captured));
  return jit::exportScript(*module.script, hidden);
}

void detail::saveModule(const Handle &tensor, const std::string &path) {
  artifact::save(artifactOf(tensor), path);
}

std::vector<std::byte> detail::moduleToBytes(const Handle &tensor) {
  return artifact::toBytes(artifactOf(tensor));
}

std::string detail::moduleGraph(const Handle &tensor, bool fused) {
  const jit::CompiledScript &script = *moduleOf(tensor).script;
  return graph::print(fused ? script.code->artifact().graph : *script.captured);
}

std::size_t detail::moduleInputCount(const Handle &tensor) {
  return moduleOf(tensor).script->numArguments;
}

bool detail::hasModule(const Handle &tensor) {
  return tensor.get() && tensor.get()->module;
}

/// The frozen value of a captured tensor, with the strides the code expects.
static Handle frozenTensor(const artifact::Input &input) {
  Handle dense = constantTensor(*input.frozen);
  if (input.type.strides.empty())
    return dense;
  std::int64_t span = 1;
  for (std::size_t i = 0; i < input.type.shape.size(); ++i)
    span += (input.type.shape[i] - 1) * input.type.strides[i];
  Handle whole = makeTensor(input.type.dtype, Shape{span});
  Handle strided =
      makeView(*whole.get(), input.type.shape, input.type.strides, 0);
  copyInPlace(strided, dense);
  return strided;
}

static Handle moduleTensor(artifact::Artifact artifact,
                           std::span<const DType> dtypes) {
  auto module = std::make_shared<LoadedModule>();
  module->script = jit::importScript(std::move(artifact));
  const artifact::Artifact &loaded = module->script->code->artifact();
  const std::vector<artifact::OutputView> &outputs = loaded.plan.outputs;
  bool fits = outputs.size() == dtypes.size() &&
              std::ranges::equal(outputs, dtypes, {},
                                 [](const artifact::OutputView &output) {
                                   return output.type.dtype;
                                 });
  if (!fits)
    throw Error(
        Code::SignatureMismatch, module->script->name,
        "the module returns " + std::to_string(outputs.size()) +
            " tensors, the first of " +
            std::string(outputs.empty() ? "none"
                                        : toString(outputs[0].type.dtype)) +
            "; it is loaded as one of " + std::string(toString(dtypes[0])));
  for (const artifact::Input &input :
       loaded.manifest.inputs | std::views::drop(module->script->numDeclared))
    module->hidden.push_back(frozenTensor(input));
  Handle tensor = makeTensor(dtypes[0], Shape{0});
  tensor.get()->module = std::move(module);
  return tensor;
}

Handle detail::moduleFromBytes(std::span<const std::byte> bytes,
                               std::span<const DType> dtypes) {
  return moduleTensor(artifact::fromBytes(bytes), dtypes);
}

Handle detail::moduleFromFile(const std::string &path,
                              std::span<const DType> dtypes) {
  return moduleTensor(artifact::load(path), dtypes);
}
