#include "jit/CompiledScript.h"

#include "graph/Serialize.h"
#include "graph/Verify.h"
#include "jit/Compile.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"
#include "support/Check.h"

#include "ferro/CompileOptions.h"
#include "ferro/Error.h"

#include <utility>

#include <cstdio>

using namespace ferro;
using namespace ferro::jit;
using detail::Argument;
using detail::StaticKind;

static std::string hexOf(const void *bytes, std::size_t size) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    auto byte = static_cast<const unsigned char *>(bytes)[i];
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string jit::staticText(const Argument &argument) {
  char text[64];
  switch (argument.kind) {
  case StaticKind::Bool:
    return argument.bits ? "true" : "false";
  case StaticKind::Signed:
    return std::to_string(static_cast<std::int64_t>(argument.bits));
  case StaticKind::Unsigned:
    return std::to_string(argument.bits);
  case StaticKind::Float:
    std::snprintf(text, sizeof text, "%.17g",
                  __builtin_bit_cast(double, argument.bits));
    // "2" is the integer; the float is "2.0".
    return std::string(text).find_first_of(".en") == std::string::npos
               ? std::string(text) + ".0"
               : text;
  case StaticKind::String:
    if (argument.bits)
      return "null";
    return '"' +
           std::string(static_cast<const char *>(argument.bytes),
                       argument.size) +
           '"';
  case StaticKind::Sequence:
    return "sequence of " +
           std::to_string(argument.size / argument.elementSize) + " x " +
           std::to_string(argument.elementSize) + " bytes " +
           hexOf(argument.bytes, argument.size);
  }
  __builtin_unreachable();
}

static std::string_view textOf(const std::vector<std::byte> &bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

static thread_local CompileOptions threadOptions;

CompileOptions ferro::compile_options() { return threadOptions; }
WithCompileOptions::WithCompileOptions(CompileOptions options)
    : previous(std::exchange(threadOptions, options)) {}
WithCompileOptions::~WithCompileOptions() { threadOptions = previous; }

static passes::PassOptions passOptions(const CompileOptions &options) {
  passes::PassOptions result;
  result.foldConstants = options.foldConstants;
  result.simplify = options.simplify;
  result.eliminateDeadOps = options.eliminateDeadOps;
  result.fuseGroups = options.fuseGroups;
  result.planMemory = options.planMemory;
  return result;
}

/// The code is found by the captured graph, so that neither another process
/// nor another script with the same graph optimises or compiles it again.
static std::shared_ptr<const device::Executable>
codeFor(const std::string &name, const graph::Graph &captured,
        std::size_t numDeclared) {
  graph::Graph anonymous = captured;
  anonymous.name = "script";
  const CompileOptions options = compile_options();
  std::string key(textOf(graph::serialize(anonymous, /*withLocations=*/false)));
  key += hexOf(&options, sizeof options);
  return loadOrCompile(key, [&] {
    Source source;
    source.function = name;
    source.graph = captured;
    passes::optimize(source.graph, passOptions(options));
    source.plan = passes::planMemory(source.graph, options.planMemory);
    source.inputs = artifact::describeInputs(source.graph, numDeclared);
    return source;
  });
}

/// The value whose memory each output views when the graph runs op by op.
static std::vector<graph::ValueId> viewedValues(const graph::Graph &graph) {
  std::vector<std::int32_t> producers = graph.producers();
  std::vector<graph::ValueId> roots;
  for (graph::ValueId value : graph.outputs) {
    for (std::int32_t at; (at = producers[value.index]) >= 0;) {
      const graph::Node &node = graph.nodes[static_cast<std::size_t>(at)];
      if (graph::info(node.op).family != graph::Family::View)
        break;
      value = node.operands[0];
    }
    roots.push_back(value);
  }
  return roots;
}

static std::vector<bool> outputsToCopy(const graph::Graph &captured,
                                       const artifact::Plan &plan) {
  using artifact::Place;
  std::vector<graph::ValueId> roots = viewedValues(captured);
  std::vector<std::int32_t> producers = captured.producers();
  std::vector<bool> copies;
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    const artifact::Slot &slot = plan.outputs[i].slot;
    bool copy = slot.place == Place::Input && producers[roots[i].index] >= 0;
    for (std::size_t j = 0; j < i; ++j)
      copy = copy || (slot.place == Place::Output &&
                      plan.outputs[j].slot.place == Place::Output &&
                      plan.outputs[j].slot.index == slot.index &&
                      !(roots[j] == roots[i]));
    copies.push_back(copy);
  }
  return copies;
}

std::shared_ptr<const CompiledScript>
jit::compileScript(std::string name, graph::Graph captured,
                   std::size_t numHidden, std::span<const Argument> arguments) {
  graph::verify(captured);
  auto script = std::make_shared<CompiledScript>();
  script->name = std::move(name);
  script->numArguments = arguments.size();
  script->numDeclared = captured.inputs.size() - numHidden;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (!arguments[i].tensor)
      script->statics.push_back({"arg" + std::to_string(i),
                                 static_cast<std::uint32_t>(i),
                                 staticText(arguments[i])});
  script->code = codeFor(script->name, captured, script->numDeclared);
  script->outputsToCopy =
      outputsToCopy(captured, script->code->artifact().plan);
  script->captured = std::make_shared<const graph::Graph>(std::move(captured));
  return script;
}

artifact::Artifact jit::exportScript(const CompiledScript &script,
                                     std::span<const graph::Literal> hidden) {
  artifact::Artifact artifact = script.code->artifact();
  artifact.captured = *script.captured;
  artifact.manifest.function = script.name;
  artifact.manifest.statics = script.statics;
  artifact.manifest.inputs =
      artifact::describeInputs(artifact.graph, script.numDeclared);
  FERRO_CHECK(script.numDeclared + hidden.size() ==
                  artifact.manifest.inputs.size(),
              "every captured tensor is frozen");
  for (std::size_t i = 0; i < hidden.size(); ++i)
    artifact.manifest.inputs[script.numDeclared + i].frozen = hidden[i];
  return artifact;
}

std::shared_ptr<const CompiledScript>
jit::importScript(artifact::Artifact artifact) {
  auto script = std::make_shared<CompiledScript>();
  script->name = artifact.manifest.function;
  if (!artifact.captured)
    throw Error(Code::SerializationError, script->name,
                "no captured graph was saved with the code; a cache's entry is "
                "no module");
  script->captured =
      std::make_shared<const graph::Graph>(std::move(*artifact.captured));
  artifact.captured.reset();
  script->statics = artifact.manifest.statics;
  for (const artifact::Input &input : artifact.manifest.inputs) {
    script->numDeclared += !input.hidden;
    if (input.hidden && !input.frozen)
      throw Error(Code::SerializationError, script->name,
                  "captured tensor " + input.name + " has no value");
  }
  script->numArguments = script->numDeclared + script->statics.size();
  script->outputsToCopy = outputsToCopy(*script->captured, artifact.plan);
  script->code =
      std::make_shared<const device::Executable>(std::move(artifact));
  return script;
}
