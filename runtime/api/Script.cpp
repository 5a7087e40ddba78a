// Script calls: signature -> compiled code -> result.
#include "ferro/Script.h"

#include "api/Module.h"
#include "jit/CompiledScript.h"
#include "jit/Signature.h"
#include "tensor/Record.h"
#include "trace/Autograd.h"
#include "trace/Tracer.h"

#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

using namespace ferro;
using namespace ferro::detail;

namespace {

/// What a signature leads to. Its mutex makes one thread compile while the
/// others of the same signature wait.
struct Entry {
  explicit Entry(std::string_view signature) : signature(signature) {}

  const std::string signature;
  std::mutex mutex;
  std::shared_ptr<const jit::CompiledScript> script; // set once, under mutex
  std::atomic<bool> ready{false};
  /// The body reads what outside() did not list: every call is traced.
  std::atomic<bool> open{false};
};

struct Counters {
  std::atomic<std::uint64_t> calls{0}, traces{0}, signatureHits{0};
};

/// A script's body and where an error that it returns goes.
struct Body {
  const BodyTable &table;
  void *closure;
  void *error;

  /// \p tensors are those of \p arguments, empty for what is no tensor.
  bool call(std::span<const Argument> arguments, std::vector<Handle> tensors,
            std::span<Handle> outputs) const {
    return table.call(closure, arguments.data(), tensors.data(), outputs.data(),
                      error);
  }
};

/// A module with a copy of the script's closure, which m(...) calls.
class FunctionModule final : public ModuleState {
public:
  FunctionModule(ScriptSite &site, const Body &body);
  ~FunctionModule() override;
  void call(std::span<const Argument> arguments,
            std::span<Handle> outputs) override;

private:
  ScriptSite &site;
  const BodyTable &table;
  alignas(std::max_align_t) std::byte inPlace[32];
  std::unique_ptr<std::byte[]> spilled; // a larger closure
  void *closure;
};

struct Captured {
  graph::Graph graph;
  std::vector<Handle> hidden;
  bool unlisted = false; // reads tensors that outside() did not name
};

} // namespace

struct detail::ScriptState {
  std::shared_mutex mutex;
  /// The keys are the entries' signatures; entries are never removed.
  std::unordered_map<std::string_view, std::unique_ptr<Entry>> entries;
  /// The entry of the last call, since most sites see one signature.
  std::atomic<Entry *> last{nullptr};
};

static Counters counters;
static thread_local bool eagerScripts = false;

ModuleState::ModuleState() = default;
ModuleState::~ModuleState() = default;

ScriptStats ferro::script_stats() {
  return {counters.calls.load(), counters.traces.load(),
          counters.signatureHits.load()};
}

EagerScripts::EagerScripts() : previous(eagerScripts) { eagerScripts = true; }
EagerScripts::~EagerScripts() { eagerScripts = previous; }

bool detail::scriptsAreActive() {
  return !eagerScripts && !trace::currentTracer();
}

// States live as long as the process: a site may be called while others end.
static ScriptState &stateOf(ScriptSite &site) {
  if (ScriptState *state = site.state.load(std::memory_order_acquire))
    return *state;
  auto *made = new ScriptState();
  ScriptState *expected = nullptr;
  if (site.state.compare_exchange_strong(expected, made,
                                         std::memory_order_acq_rel))
    return *made;
  delete made;
  return *expected;
}

static Entry &findEntry(ScriptState &state, std::string_view signature) {
  {
    std::shared_lock lock(state.mutex);
    auto found = state.entries.find(signature);
    if (found != state.entries.end())
      return *found->second;
  }
  std::unique_lock lock(state.mutex);
  auto found = state.entries.find(signature);
  if (found != state.entries.end())
    return *found->second;
  auto entry = std::make_unique<Entry>(signature);
  Entry &made = *entry;
  state.entries.emplace(made.signature, std::move(entry));
  return made;
}

static Entry &entryFor(ScriptState &state, std::string_view signature) {
  Entry *last = state.last.load(std::memory_order_acquire);
  if (last && last->signature == signature)
    return *last;
  Entry &entry = findEntry(state, signature);
  state.last.store(&entry, std::memory_order_release);
  return entry;
}

/// The name of parameter \p index in a comma-separated list.
static std::string parameterName(std::string_view names, std::size_t index) {
  std::string fallback = "arg" + std::to_string(index);
  for (std::size_t i = 0; i < index; ++i) {
    std::size_t comma = names.find(',');
    if (comma == names.npos)
      return fallback;
    names.remove_prefix(comma + 1);
  }
  std::string name(names.substr(0, names.find(',')));
  return name.empty() ? fallback : name;
}

/// "ns::Model::forward" as a name the text form accepts.
static std::string graphName(std::string_view qualified) {
  std::string name;
  for (char c : qualified)
    name += std::isalnum(static_cast<unsigned char>(c)) || c == '_' ? c : '_';
  return name;
}

static std::optional<Captured> capture(const ScriptSite &site,
                                       std::span<const Argument> arguments,
                                       std::span<const Argument> outside,
                                       const Body &body,
                                       std::size_t numOutputs) {
  counters.traces.fetch_add(1, std::memory_order_relaxed);
  trace::Tracer tracer;
  tracer.graph.name = graphName(site.name);
  std::vector<Handle> tensors(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].tensor)
      tensors[i] = trace::addTracedInput(tracer, *arguments[i].tensor,
                                         parameterName(site.parameters, i));
  for (const Argument &argument : outside)
    if (argument.tensor)
      trace::bindHidden(tracer, *argument.tensor);
  std::size_t listed = tracer.hidden.size();

  std::vector<Handle> results(numOutputs);
  {
    trace::TracerScope scope(&tracer);
    GradModeScope mode({.enabled = grad_enabled(),
                        .inference = inference_mode_enabled(),
                        .callers = true});
    if (!body.call(arguments, std::move(tensors), results))
      return std::nullopt;
  }
  Captured captured;
  for (const Handle &result : results) {
    if (!result.get())
      throw Error(Code::TracingError, site.name,
                  "the script returned an empty tensor");
    tracer.graph.outputs.push_back(trace::valueOf(tracer, result));
  }
  captured.unlisted = tracer.hidden.size() > listed ||
                      tracer.usesRandomNumbers || tracer.readsValues;
  captured.graph = std::move(tracer.graph);
  captured.hidden = std::move(tracer.hidden);
  return captured;
}

static std::shared_ptr<const jit::CompiledScript>
compileCaptured(const ScriptSite &site, Captured &captured,
                std::span<const Argument> arguments) {
  return jit::compileScript(site.name, std::move(captured.graph),
                            captured.hidden.size(), arguments);
}

static void checkTensors(const ScriptSite &site,
                         std::span<const Argument> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].tensor && !arguments[i].tensor->get())
      throw Error(Code::InvalidArgument, site.name,
                  "argument " + std::to_string(i) + " is an empty tensor");
}

static void execute(const std::shared_ptr<ModuleState> &module,
                    std::shared_ptr<const jit::CompiledScript> script,
                    std::span<const Argument> arguments,
                    std::vector<Handle> hidden, std::span<Handle> outputs) {
  counters.calls.fetch_add(1, std::memory_order_relaxed);
  module->script = std::move(script);
  module->hidden = std::move(hidden);
  std::array<const Handle *, 16> inPlace;
  std::vector<const Handle *> spilled;
  std::size_t count = arguments.size() + module->hidden.size();
  if (count > inPlace.size())
    spilled.resize(count);
  const Handle **tensors = spilled.empty() ? inPlace.data() : spilled.data();
  std::size_t next = 0;
  for (const Argument &argument : arguments)
    if (argument.tensor)
      tensors[next++] = argument.tensor;
  for (const Handle &tensor : module->hidden)
    tensors[next++] = &tensor;
  runModule(module, {tensors, next}, outputs);
}

static std::vector<Handle> tensorsOf(std::span<const Argument> outside) {
  std::vector<Handle> tensors;
  for (const Argument &argument : outside)
    if (argument.tensor)
      tensors.push_back(*argument.tensor);
  return tensors;
}

/// Captures the body and runs it with the tensors that this capture met.
static bool runTraced(ScriptSite &site, std::span<const Argument> arguments,
                      std::span<const Argument> outside, const Body &body,
                      std::span<Handle> outputs) {
  std::optional<Captured> captured =
      capture(site, arguments, outside, body, outputs.size());
  if (!captured)
    return false;
  std::vector<Handle> hidden = captured->hidden;
  auto script = compileCaptured(site, *captured, arguments);
  execute(std::make_shared<FunctionModule>(site, body), std::move(script),
          arguments, std::move(hidden), outputs);
  return true;
}

static bool runCompiled(ScriptSite &site, std::span<const Argument> arguments,
                        std::span<const Argument> outside, const Body &body,
                        std::span<Handle> outputs) {
  checkTensors(site, arguments);
  checkTensors(site, outside);
  if (!has(site.flags, ScriptFlags::Closed))
    return runTraced(site, arguments, outside, body, outputs);

  Entry &entry =
      entryFor(stateOf(site), jit::Signature(arguments, outside).bytes());
  if (!entry.ready.load(std::memory_order_acquire)) {
    std::unique_lock lock(entry.mutex);
    if (!entry.script && !entry.open) {
      std::optional<Captured> captured =
          capture(site, arguments, outside, body, outputs.size());
      if (!captured)
        return false;
      if (captured->unlisted)
        entry.open = true;
      else
        entry.script = compileCaptured(site, *captured, arguments);
      entry.ready.store(true, std::memory_order_release);
    }
  } else {
    counters.signatureHits.fetch_add(1, std::memory_order_relaxed);
  }
  if (entry.open)
    return runTraced(site, arguments, outside, body, outputs);
  execute(std::make_shared<FunctionModule>(site, body), entry.script, arguments,
          tensorsOf(outside), outputs);
  return true;
}

static std::vector<Handle> byPosition(std::span<const Argument> arguments) {
  std::vector<Handle> tensors(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].tensor)
      tensors[i] = *arguments[i].tensor;
  return tensors;
}

/// \p count arguments, in place unless they are many.
struct ArgumentList {
  explicit ArgumentList(std::size_t count)
      : spilled(count > inPlace.size() ? count : 0),
        list(spilled.empty() ? inPlace.data() : spilled.data(), count) {}

  std::array<Argument, 16> inPlace;
  std::vector<Argument> spilled;
  std::span<Argument> list;
};

static bool run(ScriptSite &site, const Body &body,
                std::span<const Argument> arguments,
                std::span<Handle> outputs) {
  if (!scriptsAreActive())
    return body.call(arguments, byPosition(arguments), outputs);
  ArgumentList outside(body.table.outsideCount);
  if (body.table.listOutside)
    body.table.listOutside(body.closure, outside.list.data());
  return runCompiled(site, arguments, outside.list, body, outputs);
}

bool detail::runScript(ScriptSite &site, const BodyTable &table, void *closure,
                       const void *const *arguments, std::span<Handle> outputs,
                       void *error) {
  ArgumentList described(table.parameterCount);
  for (std::size_t i = 0; i < table.parameterCount; ++i)
    if (table.parameters[i].isTensor)
      described.list[i].tensor = static_cast<const Handle *>(arguments[i]);
    else
      described.list[i] = table.parameters[i].describe(arguments[i]);
  return run(site, {table, closure, error}, described.list, outputs);
}

Handle detail::runScript(ScriptSite &site, const BodyTable &table,
                         void *closure, const void *const *arguments) {
  Handle output;
  runScript(site, table, closure, arguments, {&output, 1}, nullptr);
  return output;
}

FunctionModule::FunctionModule(ScriptSite &site, const Body &body)
    : site(site), table(body.table), closure(inPlace) {
  if (table.closureSize > sizeof inPlace) {
    spilled.reset(new std::byte[table.closureSize]);
    closure = spilled.get();
  }
  if (table.copyClosure)
    table.copyClosure(body.closure, closure);
  else
    std::memcpy(closure, body.closure, table.closureSize);
}

FunctionModule::~FunctionModule() {
  if (table.destroyClosure)
    table.destroyClosure(closure);
}

static void checkTensor(const ScriptSite &site, const Argument &argument,
                        DType dtype) {
  if (!argument.tensor)
    throw Error(Code::SignatureMismatch, site.name,
                "a number was given where a tensor is taken");
  if (!argument.tensor->get())
    throw Error(Code::InvalidArgument, site.name,
                "an argument is an empty tensor");
  if (argument.tensor->get()->dtype != dtype)
    throw Error(
        Code::SignatureMismatch, site.name,
        "a tensor of " + std::string(toString(argument.tensor->get()->dtype)) +
            " was given where " + std::string(toString(dtype)) + " is taken");
}

void FunctionModule::call(std::span<const Argument> arguments,
                          std::span<Handle> outputs) {
  if (arguments.size() != table.parameterCount)
    throw Error(Code::SignatureMismatch, site.name,
                "the module takes " + std::to_string(table.parameterCount) +
                    " arguments, " + std::to_string(arguments.size()) +
                    " were given");
  std::vector<Argument> taken(arguments.begin(), arguments.end());
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const Parameter &parameter = table.parameters[i];
    if (parameter.isTensor)
      checkTensor(site, taken[i], parameter.dtype);
    else if (parameter.number)
      taken[i] = parameter.number(taken[i]);
    else if (taken[i].tensor)
      throwStaticMismatch(taken[i]);
  }
  if (!run(site, {table, closure, nullptr}, taken, outputs))
    throw Error(Code::TracingError, site.name, "the script returned an error");
}

void detail::throwStaticMismatch(const Argument &argument) {
  throw Error(Code::SignatureMismatch, "module",
              argument.tensor
                  ? "a tensor was given where a number is taken"
                  : "a static argument has another type than the parameter");
}

double detail::numberOf(const Argument &argument) {
  if (argument.tensor || argument.kind > StaticKind::Float)
    throwStaticMismatch(argument);
  if (argument.kind == StaticKind::Float)
    return __builtin_bit_cast(double, argument.bits);
  return argument.kind == StaticKind::Unsigned
             ? static_cast<double>(argument.bits)
             : static_cast<double>(static_cast<std::int64_t>(argument.bits));
}

std::int64_t detail::integerOf(const Argument &argument) {
  if (argument.tensor || argument.kind > StaticKind::Unsigned)
    throwStaticMismatch(argument);
  return static_cast<std::int64_t>(argument.bits);
}

ScriptSite &detail::makeSite(const char *name) {
  static std::mutex mutex;
  static std::unordered_map<std::string, ScriptSite> sites;
  std::lock_guard lock(mutex);
  auto found = sites.find(name);
  if (found == sites.end())
    found = sites
                .emplace(std::piecewise_construct, std::forward_as_tuple(name),
                         std::forward_as_tuple("", "", 0))
                .first;
  found->second.name = found->first.c_str();
  return found->second;
}
