// The run-time side of [[ferro::script]]: what the plugin's code calls.
#pragma once

#include "ferro/Error.h"
#include "ferro/Export.h"
#include "ferro/Result.h"
#include "ferro/TracedModule.h"

#include <atomic>
#include <optional>
#include <version>
#ifdef __cpp_lib_expected
#include <expected>
#endif

namespace ferro {

namespace jit {
struct CompiledScript;
}

namespace detail {

template <typename R> struct ScriptedOf {
  using type = TracedOutputs<R>;
};
template <typename T> struct ScriptedOf<Tensor<T>> {
  using type = TracedModule<T>;
};
template <typename T> struct ScriptedOf<TracedModule<T>> {
  using type = TracedModule<T>;
};
template <typename R> struct ScriptedOf<TracedOutputs<R>> {
  using type = TracedOutputs<R>;
};
template <typename X> struct ScriptedOf<Result<X>> {
  using type = Result<typename ScriptedOf<X>::type>;
};
#ifdef __cpp_lib_expected
template <typename X, typename E> struct ScriptedOf<std::expected<X, E>> {
  using type = std::expected<typename ScriptedOf<X>::type, E>;
};
#endif

/// What lies inside the wrappers of a script's return type.
template <typename R> struct Unwrapped {
  using type = R;
};
template <typename X> struct Unwrapped<Result<X>> : Unwrapped<X> {};
#ifdef __cpp_lib_expected
template <typename X, typename E>
struct Unwrapped<std::expected<X, E>> : Unwrapped<X> {};
#endif

} // namespace detail

/// The return type of a script whose body returns R: Tensor<T> gives
/// TracedModule<T>; Result<X> and std::expected<X, E> the same around it; a
/// tuple or aggregate of tensors TracedOutputs<R>.
template <typename R>
using Scripted = typename detail::ScriptedOf<std::remove_cvref_t<R>>::type;

/// What scripts did in this process, for tests and logs.
struct ScriptStats {
  std::uint64_t calls = 0;         ///< calls that ran compiled code
  std::uint64_t traces = 0;        ///< bodies captured as graphs
  std::uint64_t signatureHits = 0; ///< calls that found their signature
};
FERRO_API ScriptStats script_stats();

/// Scripts called in its lifetime on this thread run their bodies eagerly.
class FERRO_API EagerScripts {
public:
  EagerScripts();
  ~EagerScripts();
  EagerScripts(const EagerScripts &) = delete;
  EagerScripts &operator=(const EagerScripts &) = delete;

private:
  bool previous;
};

/// Calls a script's body op by op, with the reference kernels, untraced.
template <typename F, typename... Arguments>
decltype(auto) eager(F &&script, Arguments &&...arguments) {
  EagerScripts scope;
  return std::forward<F>(script)(std::forward<Arguments>(arguments)...);
}

namespace detail {

enum class ScriptFlags : std::uint8_t {
  None = 0,
  /// outside() lists everything the body reads: a known signature need not be
  /// traced again.
  Closed = 1,
  /// item() and the like are errors.
  FullGraph = 2,
};
constexpr ScriptFlags operator|(ScriptFlags a, ScriptFlags b) {
  return static_cast<ScriptFlags>(static_cast<int>(a) | static_cast<int>(b));
}
constexpr bool has(ScriptFlags flags, ScriptFlags flag) {
  return (static_cast<int>(flags) & static_cast<int>(flag)) != 0;
}

struct ScriptState;

/// One script (one instantiation of a template): where its compiled
/// signatures are kept. Constant-initialised, never destroyed.
struct ScriptSite {
  const char *name;
  const char *file;
  int line;
  ScriptFlags flags = ScriptFlags::None;
  const char *parameters = ""; // their names, comma separated
  std::atomic<ScriptState *> state{nullptr};

  constexpr ScriptSite(const char *name, const char *file, int line,
                       ScriptFlags flags = ScriptFlags::None,
                       const char *parameters = "")
      : name(name), file(file), line(line), flags(flags),
        parameters(parameters) {}
};

/// Runs a script's body on traced tensors (one for each tensor argument, in
/// order) and fills \p outputs. False if the body returned an error instead.
using TraceBody = bool (*)(void *context, std::span<Handle> tensors,
                           std::span<Handle> outputs);

/// The module of a script's call, shared by its outputs. Derived types know
/// the function, or that there is none.
struct FERRO_API ModuleState {
  std::shared_ptr<const jit::CompiledScript> script;
  /// The captured tensors of the call, as the graph's inputs after the
  /// declared ones.
  std::vector<Handle> hidden;

  ModuleState();
  ModuleState(const ModuleState &) = delete;
  ModuleState &operator=(const ModuleState &) = delete;
  virtual ~ModuleState();
  /// \throws Error SignatureMismatch if the arguments do not fit.
  virtual void call(std::span<const Argument> arguments,
                    std::span<Handle> outputs) = 0;
};

/// False inside a trace and under EagerScripts: bodies then run as they stand.
FERRO_API bool scriptsAreActive();

/// Finds or makes the code for the signature of the call and runs it.
/// False if the body returned an error; then \p outputs is untouched.
FERRO_API bool runScript(ScriptSite &site, std::span<const Argument> arguments,
                         std::span<const Argument> outside, TraceBody body,
                         void *context, std::span<Handle> outputs,
                         std::shared_ptr<ModuleState> (*module)(void *context));

/// \throws Error SignatureMismatch naming the script.
[[noreturn]] FERRO_API void throwArgumentCount(const ScriptSite &site,
                                               std::size_t expected,
                                               std::size_t actual);
FERRO_API const Handle &tensorFrom(const ScriptSite &site,
                                   const Argument &argument, DType dtype);

template <typename... Ts> struct OutsideList {
  std::array<Argument, sizeof...(Ts)> list;
};
/// What a script's body reads from outside: tensors become hidden inputs, all
/// else joins the signature.
template <typename... Ts> OutsideList<Ts...> outside(const Ts &...values) {
  return {{describe(values)...}};
}

template <typename R> struct IsResult : std::false_type {};
template <typename X> struct IsResult<Result<X>> : std::true_type {};

/// The value inside the wrappers of a body's result; null if it is an error.
template <typename R> auto *unwrap(R &result) {
  if constexpr (std::is_same_v<typename Unwrapped<R>::type, R>) {
    return &result;
  } else {
    using Inner = decltype(unwrap(*result));
    return result ? unwrap(*result) : Inner(nullptr);
  }
}

/// Wraps the tensors of a call as the script's return type says.
template <typename R, typename Value> Scripted<R> rewrap(Value value) {
  if constexpr (std::is_same_v<typename Unwrapped<R>::type, R>)
    return Scripted<R>(std::move(value));
  else
    return Scripted<R>(
        rewrap<std::remove_cvref_t<decltype(*std::declval<R &>())>>(
            std::move(value)));
}

/// A body's result as the script's return type.
template <typename R> Scripted<R> toScripted(R result) {
  if constexpr (std::is_same_v<Scripted<R>, R>) {
    return result;
  } else if constexpr (std::is_same_v<typename Unwrapped<R>::type, R>) {
    return Scripted<R>(std::move(result));
  } else if constexpr (IsResult<R>::value) {
    if (result)
      return Scripted<R>(toScripted(std::move(*result)));
    return Scripted<R>(result.error());
  } else {
#ifdef __cpp_lib_expected
    if (result)
      return Scripted<R>(toScripted(std::move(*result)));
    return Scripted<R>(std::unexpected(std::move(result.error())));
#endif
  }
}

/// Whether a script that returns R can report a ferro::Error in its result.
template <typename R> constexpr bool carriesError() {
  if constexpr (IsResult<R>::value)
    return true;
#ifdef __cpp_lib_expected
  else if constexpr (requires { typename R::unexpected_type; })
    return std::is_constructible_v<typename R::error_type, Error>;
#endif
  else
    return false;
}
template <typename R> Scripted<R> fromError(const Error &error) {
  if constexpr (IsResult<R>::value)
    return Scripted<R>(error);
#ifdef __cpp_lib_expected
  else
    return Scripted<R>(std::unexpected(typename R::error_type(error)));
#endif
}

template <typename Outside> auto evaluate(const Outside &outside) {
  if constexpr (std::is_invocable_v<const Outside &>)
    return outside();
  else
    return outside;
}

/// Tensor arguments are replaced by \p tensors, one after another; the others
/// pass.
template <typename A>
decltype(auto) rebind(A &argument, std::span<Handle> tensors,
                      std::size_t &next) {
  using Plain = std::remove_cvref_t<A>;
  if constexpr (isTensor<Plain>)
    return Plain(Tensor<typename IsTensor<Plain>::Element>(tensors[next++]));
  else
    return static_cast<A &>(argument);
}

template <typename Outside, typename Body, typename... Parameters>
class ScriptModule;

template <typename R, typename Outside, typename Body, typename... Args>
struct ScriptCall {
  ScriptSite &site;
  const Outside &outside;
  Body &body;
  std::tuple<Args &...> arguments;
  std::optional<R> result{}; // an error that the body returned

  static bool trace(void *context, std::span<Handle> tensors,
                    std::span<Handle> outputs) {
    auto &call = *static_cast<ScriptCall *>(context);
    std::size_t next = 0;
    R result = std::apply(
        [&](Args &...arguments) {
          // Braces: the arguments are rebound from left to right.
          std::tuple<decltype(rebind(arguments, tensors, next))...> rebound{
              rebind(arguments, tensors, next)...};
          return std::apply(call.body, rebound);
        },
        call.arguments);
    auto *value = unwrap(result);
    if (!value) {
      call.result = std::move(result);
      return false;
    }
    std::size_t at = 0;
    forEachOutput(*value, [&](auto &tensor) { outputs[at++] = tensor; });
    return true;
  }

  static std::shared_ptr<ModuleState> module(void *context) {
    auto &call = *static_cast<ScriptCall *>(context);
    return std::make_shared<ScriptModule<Outside, Body, std::decay_t<Args>...>>(
        call.site, call.outside, call.body);
  }
};

template <typename R, typename Outside, typename Body, typename... Args>
Scripted<R> callScriptOrThrow(ScriptSite &site, const Outside &outside,
                              Body &body, Args &...arguments) {
  using Value = std::remove_cvref_t<typename Unwrapped<R>::type>;
  const std::array<Argument, sizeof...(Args)> erased{describe(arguments)...};
  const auto listed = evaluate(outside);
  std::array<Handle, outputCount<Value>()> outputs;
  ScriptCall<R, Outside, Body, Args...> call{
      site, outside, body, {arguments...}};
  if (!runScript(site, erased, listed.list, &call.trace, &call, outputs,
                 &call.module))
    return toScripted(std::move(*call.result));
  return rewrap<R>(resultFrom<Value>(outputs));
}

/// What a script's rewritten body does: traces \p body once per signature and
/// runs the compiled code. \p outside is what the body reads besides its
/// parameters, or a callable that lists it anew.
template <typename Outside, typename Body, typename... Args>
auto callScript(ScriptSite &site, const Outside &outside, Body body,
                Args &...arguments) {
  using R = std::remove_cvref_t<std::invoke_result_t<Body &, Args &...>>;
  if (!scriptsAreActive())
    return toScripted<R>(body(arguments...));
  if constexpr (carriesError<R>()) {
    try {
      return callScriptOrThrow<R>(site, outside, body, arguments...);
    } catch (const Error &error) {
      return fromError<R>(error);
    }
  } else {
    return callScriptOrThrow<R>(site, outside, body, arguments...);
  }
}

/// A module with a copy of the script's body, which m(...) calls.
template <typename Outside, typename Body, typename... Parameters>
class ScriptModule final : public ModuleState {
public:
  ScriptModule(ScriptSite &site, const Outside &outside, const Body &body)
      : site(&site), outside(outside), body(body) {}

  void call(std::span<const Argument> arguments,
            std::span<Handle> outputs) override {
    if (arguments.size() != sizeof...(Parameters))
      throwArgumentCount(*site, sizeof...(Parameters), arguments.size());
    callWith(arguments, outputs, std::index_sequence_for<Parameters...>());
  }

private:
  template <typename P> P parameter(const Argument &argument) const {
    if constexpr (isTensor<P>)
      return P(Tensor<typename IsTensor<P>::Element>(
          tensorFrom(*site, argument, dtypeOf<typename IsTensor<P>::Element>)));
    else
      return staticFrom<P>(argument);
  }

  template <std::size_t... I>
  void callWith(std::span<const Argument> arguments, std::span<Handle> outputs,
                std::index_sequence<I...>) const {
    std::tuple<Parameters...> parameters{
        parameter<Parameters>(arguments[I])...};
    Body copy = body;
    using R =
        std::remove_cvref_t<std::invoke_result_t<Body &, Parameters &...>>;
    auto result = std::apply(
        [&](Parameters &...values) {
          return callScriptOrThrow<R>(*site, outside, copy, values...);
        },
        parameters);
    auto *value = unwrap(result);
    if (!value)
      throw Error(Code::TracingError, site->name,
                  "the script returned an error");
    std::size_t at = 0;
    forEachOutput(*value, [&](auto &tensor) { outputs[at++] = tensor; });
  }

  ScriptSite *site;
  Outside outside;
  Body body;
};

/// The site of traced() calls of this name.
FERRO_API ScriptSite &makeSite(const char *name);

} // namespace detail

/// Captures a call of \p f as a module without the attribute: \p f runs on
/// traced tensors at every call, its code is compiled once per graph.
/// \throws Error as the script would.
template <typename F, typename... Arguments>
auto traced(const char *name, F f, const Arguments &...arguments) {
  return detail::callScript(
      detail::makeSite(name), [] { return detail::outside(); }, std::move(f),
      arguments...);
}

} // namespace ferro
