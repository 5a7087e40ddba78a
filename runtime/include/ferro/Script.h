// The run-time side of [[ferro::script]]: what the plugin's code calls.
#pragma once

#include "ferro/CompileOptions.h"
#include "ferro/Error.h"
#include "ferro/Export.h"
#include "ferro/Result.h"
#include "ferro/TracedModule.h"

#include <atomic>
#include <cstddef>
#include <new>
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
  // No class is no script's result either: callScript says so.
  using type = std::conditional_t<std::is_class_v<R>, TracedOutputs<R>, R>;
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
};

/// The type of a script's parameter, for code that knows no types.
struct Parameter {
  bool isTensor = false;
  DType dtype = DType{}; // of a tensor
  /// What the value at an address says; null for tensors, which are handles.
  Argument (*describe)(const void *value) = nullptr;
  /// The number that an argument becomes; null for strings and sequences.
  Argument (*number)(const Argument &argument) = nullptr;
};

/// How code that knows no types calls a script: one table for each body.
/// A closure is the body with what it captures and its list of outside reads.
struct BodyTable {
  const Parameter *parameters;
  std::size_t parameterCount;
  std::size_t outsideCount;
  std::size_t closureSize;
  /// Null where copying the bytes does.
  void (*copyClosure)(const void *closure, void *place);
  void (*destroyClosure)(void *closure);
  /// Lists what the body reads besides its parameters, as it is now; null if
  /// that is nothing.
  void (*listOutside)(const void *closure, Argument *list);
  /// Calls the body and fills \p outputs. The tensor of a parameter is the
  /// element of \p tensors of the same number, which the body may overwrite.
  /// False if it returned an error instead, which goes to \p error (an optional
  /// of its return type) unless that is null.
  bool (*call)(void *closure, const Argument *arguments, Handle *tensors,
               Handle *outputs, void *error);
};

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

/// Finds or makes the code for the signature of the call and runs it; where
/// scripts are not active, calls the body as it stands. \p arguments are the
/// addresses of the parameters' values.
/// False if the body returned an error; then \p outputs is untouched.
FERRO_API bool runScript(ScriptSite &site, const BodyTable &table,
                         void *closure, const void *const *arguments,
                         std::span<Handle> outputs, void *error);
/// The same for a body that returns a tensor.
FERRO_API Handle runScript(ScriptSite &site, const BodyTable &table,
                           void *closure, const void *const *arguments);

template <std::size_t N> struct OutsideList {
  static constexpr std::size_t count = N;
  Argument list[N];
};
template <> struct OutsideList<0> {
  static constexpr std::size_t count = 0;
};
/// What a script's body reads from outside: tensors become hidden inputs, all
/// else joins the signature.
template <typename... Ts>
OutsideList<sizeof...(Ts)> outside(const Ts &...values) {
  return {{describe(values)...}};
}
inline OutsideList<0> outside() { return {}; }

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

template <typename Outside, typename Body> struct Closure {
  Outside outside;
  Body body;
};

// From here on, what every script instantiates. It is kept small, for it is
// most of what the attribute adds to a compilation: tables instead of
// templates, arrays instead of std::array, std::span and std::tuple, and no
// debug information, since nobody debugs it.

#ifdef __clang__
#define FERRO_GLUE [[gnu::nodebug]]
#else
#define FERRO_GLUE
#endif

/// The value of a parameter: the tensor at its place, or what the argument
/// says.
template <typename P>
decltype(auto) parameterFrom(const Argument &argument, Handle &tensor) {
  if constexpr (isTensor<P>)
    return static_cast<P &>(tensor); // a tensor is a handle and nothing more
  else
    return staticFrom<P>(argument);
}
/// A parameter may be a reference, to which no temporary binds.
template <typename T> T &asLvalue(T &&value) { return value; }

template <typename P> Argument describeValue(const void *value) {
  return describe(*static_cast<const P *>(value));
}
template <typename P> Argument numberArgument(const Argument &argument) {
  return describe(staticFrom<P>(argument));
}
template <typename P> constexpr Parameter makeParameter() {
  if constexpr (isTensor<P>)
    return {true, dtypeOf<typename IsTensor<P>::Element>, nullptr, nullptr};
  else if constexpr (StaticNumber<P>)
    return {false, DType{}, describeValue<P>, numberArgument<P>};
  else
    return {false, DType{}, describeValue<P>, nullptr};
}
template <typename P>
inline constexpr Parameter parameterOf = makeParameter<P>();
template <typename... Ps>
inline constexpr Parameter parameterTable[]{parameterOf<Ps>..., Parameter{}};

template <typename C>
FERRO_GLUE void copyClosure(const void *closure, void *place) {
  new (place) C(*static_cast<const C *>(closure));
}
template <typename C> FERRO_GLUE void destroyClosure(void *closure) {
  static_cast<C *>(closure)->~C();
}
template <typename C, std::size_t N>
FERRO_GLUE void listOutside(const void *closure, Argument *list) {
  new (list) OutsideList<N>(evaluate(static_cast<const C *>(closure)->outside));
}

/// Fills \p outputs with what a body returned.
template <typename R> bool putOutputs(R result, Handle *outputs, void *error) {
  auto *value = unwrap(result);
  if (!value) {
    if (error)
      static_cast<std::optional<R> *>(error)->emplace(std::move(result));
    return false;
  }
  forEachOutput(*value, [&](auto &tensor) { *outputs++ = tensor; });
  return true;
}

template <typename Indices> struct BodyCall;
template <std::size_t... I> struct BodyCall<std::index_sequence<I...>> {
  // Cold: it runs once per signature, and the user's compiler need not polish
  // it.
  template <typename R, typename C, typename... Ps>
  [[gnu::cold]] FERRO_GLUE static bool
  call(void *closure, [[maybe_unused]] const Argument *arguments,
       [[maybe_unused]] Handle *tensors, Handle *outputs,
       [[maybe_unused]] void *error) {
    C &c = *static_cast<C *>(closure);
    if constexpr (isTensor<R>) {
      *outputs =
          c.body(asLvalue(parameterFrom<Ps>(arguments[I], tensors[I]))...);
      return true;
    } else {
      return putOutputs<R>(
          c.body(asLvalue(parameterFrom<Ps>(arguments[I], tensors[I]))...),
          outputs, error);
    }
  }
};

template <typename R, typename C, typename... Ps>
constexpr BodyTable makeBodyTable() {
  using Call = BodyCall<std::index_sequence_for<Ps...>>;
  constexpr std::size_t outsideCount =
      decltype(evaluate(std::declval<C &>().outside))::count;
  BodyTable table{parameterTable<Ps...>,
                  sizeof...(Ps),
                  outsideCount,
                  sizeof(C),
                  nullptr,
                  nullptr,
                  nullptr,
                  Call::template call<R, C, Ps...>};
  if constexpr (!std::is_trivially_copyable_v<C>) {
    table.copyClosure = copyClosure<C>;
    table.destroyClosure = destroyClosure<C>;
  }
  if constexpr (outsideCount != 0)
    table.listOutside = listOutside<C, outsideCount>;
  return table;
}
template <typename R, typename C, typename... Ps>
inline constexpr BodyTable bodyTable = makeBodyTable<R, C, Ps...>();

/// The call of a script that returns a Result or several tensors.
template <typename R>
Scripted<R> callScriptOrThrow(ScriptSite &site, const BodyTable &table,
                              void *closure, const void *const *arguments) {
  using Value = std::remove_cvref_t<typename Unwrapped<R>::type>;
  std::array<Handle, outputCount<Value>()> outputs;
  std::optional<R> error;
  if (!runScript(site, table, closure, arguments, outputs, &error))
    return toScripted(std::move(*error));
  return rewrap<R>(resultFrom<Value>(outputs));
}

/// What a script's rewritten body does: traces \p body once per signature and
/// runs the compiled code. \p outside is what the body reads besides its
/// parameters, or a callable that lists it anew.
template <typename Outside, typename Body, typename... Args>
FERRO_GLUE auto callScript(ScriptSite &site, const Outside &outside, Body body,
                           Args &...arguments) {
  using R = std::remove_cvref_t<decltype(body(arguments...))>;
  using C = Closure<Outside, Body>;
  constexpr bool returnsTensors = ScriptOutput<typename Unwrapped<R>::type>;
  constexpr bool takesTensors = (ScriptParameter<Args> && ...);
  // Only templates get here with other types: the plugin sees the rest.
  static_assert(returnsTensors, "a script returns a tensor, a tuple of tensors "
                                "or an aggregate of tensors");
  static_assert(takesTensors, "a script's parameters are tensors, numbers, "
                              "enums, strings or sequences of numbers");
  static_assert(alignof(C) <= alignof(std::max_align_t),
                "a script's captures have an ordinary alignment");
  if constexpr (!returnsTensors || !takesTensors) {
    return body(arguments...); // so that no other error follows
  } else {
    C closure{outside, std::move(body)};
    const BodyTable &table = bodyTable<R, C, std::remove_cvref_t<Args>...>;
    const void *addresses[]{&arguments..., nullptr};
    if constexpr (isTensor<R>) {
      return Scripted<R>(runScript(site, table, &closure, addresses));
    } else if constexpr (carriesError<R>()) {
      try {
        return callScriptOrThrow<R>(site, table, &closure, addresses);
      } catch (const Error &error) {
        if (!scriptsAreActive())
          throw; // as the body itself would
        return fromError<R>(error);
      }
    } else {
      return callScriptOrThrow<R>(site, table, &closure, addresses);
    }
  }
}
#undef FERRO_GLUE

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

/// As traced, with the passes that \p options names.
template <typename F, typename... Arguments>
auto compile(const char *name, CompileOptions options, F f,
             const Arguments &...arguments) {
  WithCompileOptions scope(options);
  return traced(name, std::move(f), arguments...);
}

} // namespace ferro
