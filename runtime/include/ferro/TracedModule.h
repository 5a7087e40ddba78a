// What a script call gives: its value, and the module that computed it.
#pragma once

#include "ferro/Export.h"
#include "ferro/Tensor.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace ferro {

template <typename T> class TracedModule;
template <typename R> class TracedOutputs;

namespace detail {

/// What a static (non-tensor) argument is made of.
enum class StaticKind : std::uint8_t {
  Bool,
  Signed,
  Unsigned,
  Float,
  String,
  Sequence
};

/// One argument of a script or module call, its type erased. It borrows from
/// the argument, so it lives as long as the call.
struct Argument {
  const Handle *tensor = nullptr;
  StaticKind kind = StaticKind::Bool;
  StaticKind elementKind = StaticKind::Bool; // of a Sequence
  std::uint8_t elementSize = 0;              // of a Sequence, in bytes
  std::uint64_t bits = 0;      // a number; sign-extended, floats as double
  const void *bytes = nullptr; // a String's or Sequence's elements
  std::size_t size = 0;        // of bytes, in bytes
};

template <typename T> struct IsTensor : std::false_type {};
template <typename T> struct IsTensor<Tensor<T>> : std::true_type {
  using Element = T;
};
template <typename T> struct IsTensor<TracedModule<T>> : std::true_type {
  using Element = T;
};
template <typename T>
inline constexpr bool isTensor = IsTensor<std::remove_cvref_t<T>>::value;

template <typename T> constexpr StaticKind staticKind() {
  if constexpr (std::is_same_v<T, bool>)
    return StaticKind::Bool;
  else if constexpr (std::is_floating_point_v<T>)
    return StaticKind::Float;
  else if constexpr (std::is_unsigned_v<T>)
    return StaticKind::Unsigned;
  else
    return StaticKind::Signed;
}

template <typename T>
concept StaticNumber = std::is_arithmetic_v<T> || std::is_enum_v<T>;
template <typename T>
concept StaticText = std::is_convertible_v<const T &, std::string_view>;
template <typename T>
concept StaticSequence = !StaticText<T> && requires(const T &t) {
  { std::data(t) };
  { std::size(t) } -> std::convertible_to<std::size_t>;
  requires std::is_arithmetic_v<std::remove_cvref_t<decltype(*std::data(t))>>;
};
template <typename T>
concept StaticArgument = StaticNumber<T> || StaticText<T> || StaticSequence<T>;

template <typename T>
concept ScriptParameter = isTensor<T> || StaticArgument<std::remove_cvref_t<T>>;

template <typename T> Argument describe(const T &value) {
  using Plain = std::remove_cvref_t<T>;
  Argument argument;
  if constexpr (isTensor<Plain>) {
    argument.tensor = &static_cast<const Handle &>(value);
  } else if constexpr (std::is_enum_v<Plain>) {
    return describe(static_cast<std::underlying_type_t<Plain>>(value));
  } else if constexpr (std::is_floating_point_v<Plain>) {
    static_assert(sizeof(Plain) <= sizeof(double),
                  "long double is no static value of a script: double is kept");
    argument.kind = StaticKind::Float;
    argument.bits =
        __builtin_bit_cast(std::uint64_t, static_cast<double>(value));
  } else if constexpr (std::is_arithmetic_v<Plain>) {
    argument.kind = staticKind<Plain>();
    argument.bits =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  } else if constexpr (StaticText<Plain>) {
    argument.kind = StaticKind::String;
    if constexpr (std::is_pointer_v<Plain>)
      if (!value) { // not the empty string
        argument.bits = 1;
        return argument;
      }
    std::string_view text = value;
    argument.bytes = text.data();
    argument.size = text.size();
  } else {
    static_assert(StaticSequence<Plain>,
                  "a module takes tensors, numbers, enums, strings or "
                  "sequences of numbers");
    using Item = std::remove_cvref_t<decltype(*std::data(value))>;
    argument.kind = StaticKind::Sequence;
    argument.elementKind = staticKind<Item>();
    argument.elementSize = sizeof(Item);
    argument.bytes = std::data(value);
    argument.size = std::size(value) * sizeof(Item);
  }
  return argument;
}

/// The number an argument holds. \throws Error SignatureMismatch otherwise.
FERRO_API double numberOf(const Argument &argument);
FERRO_API std::int64_t integerOf(const Argument &argument);
[[noreturn]] FERRO_API void throwStaticMismatch(const Argument &argument);

/// The parameter of type P that an erased argument stands for.
template <typename P> P staticFrom(const Argument &argument) {
  if constexpr (std::is_enum_v<P>) {
    return static_cast<P>(integerOf(argument));
  } else if constexpr (std::is_floating_point_v<P>) {
    return static_cast<P>(numberOf(argument));
  } else if constexpr (std::is_arithmetic_v<P>) {
    return static_cast<P>(integerOf(argument));
  } else if constexpr (StaticText<P>) {
    if (argument.kind != StaticKind::String)
      throwStaticMismatch(argument);
    if constexpr (std::is_pointer_v<P>)
      return static_cast<P>(argument.bytes);
    else
      return P(static_cast<const char *>(argument.bytes), argument.size);
  } else {
    using Item = std::remove_cvref_t<decltype(*std::data(std::declval<P &>()))>;
    if (argument.tensor || argument.kind != StaticKind::Sequence ||
        argument.elementKind != staticKind<Item>() ||
        argument.elementSize != sizeof(Item))
      throwStaticMismatch(argument);
    auto *first = static_cast<const Item *>(argument.bytes);
    std::size_t count = argument.size / sizeof(Item);
    if constexpr (requires { P(first, first + count); }) {
      return P(first, first + count);
    } else {
      P result{};
      if (std::size(result) != count)
        throwStaticMismatch(argument);
      std::copy(first, first + count, std::begin(result));
      return result;
    }
  }
}

/// \name Doors to the module of a record. All throw Error NotTraced when the
/// tensor did not come from a script.
/// @{
/// Calls the module; \p outputs has one handle for each of its outputs.
FERRO_API void callModule(const Handle &tensor,
                          std::span<const Argument> arguments,
                          std::span<Handle> outputs);
FERRO_API void saveModule(const Handle &tensor, const std::string &path);
FERRO_API std::vector<std::byte> moduleToBytes(const Handle &tensor);
FERRO_API std::string moduleGraph(const Handle &tensor, bool fused);
FERRO_API std::size_t moduleInputCount(const Handle &tensor);
FERRO_API bool hasModule(const Handle &tensor);
/// A tensor without elements that carries the module in \p bytes.
/// \throws Error SerializationError, ArtifactMismatch, CpuFeatureMissing;
///         SignatureMismatch unless its outputs have the dtypes \p dtypes.
FERRO_API Handle moduleFromBytes(std::span<const std::byte> bytes,
                                 std::span<const DType> dtypes);
FERRO_API Handle moduleFromFile(const std::string &path,
                                std::span<const DType> dtypes);
/// @}

/// What every module can do, whatever it returns.
template <typename Derived> class ModuleDoors {
public:
  /// Writes the module as an Artifact: its compiled code, its signature and the
  /// values of the tensors that it captured, frozen. No compiler is needed to
  /// load it.
  /// \throws Error NotTraced, IoError.
  void save(const std::string &path) const { saveModule(handle(), path); }
  /// The bytes that save would write.
  std::vector<std::byte> to_bytes() const { return moduleToBytes(handle()); }
  /// The captured graph as text, before optimisation.
  std::string graph() const { return moduleGraph(handle(), false); }
  /// The optimised graph as text: every `fused` node is one compiled kernel.
  std::string kernels() const { return moduleGraph(handle(), true); }
  /// The number of arguments the module takes, used or not.
  std::size_t input_count() const { return moduleInputCount(handle()); }
  /// Whether this tensor came from a script; if not, the others throw
  /// NotTraced.
  bool traced() const { return hasModule(handle()); }

private:
  const Handle &handle() const {
    return static_cast<const Derived *>(this)->moduleHandle();
  }
};

} // namespace detail

/// The result of a script that returns Tensor<T>: a tensor with the script's
/// value, which remembers the module that computed it.
///
/// It converts from a plain tensor, so the same program compiles where scripts
/// run eagerly; module operations then throw Error NotTraced.
template <typename T>
class TracedModule : public Tensor<T>,
                     public detail::ModuleDoors<TracedModule<T>> {
public:
  using Tensor<T>::Tensor;
  TracedModule() = default;
  TracedModule(Tensor<T> value) : Tensor<T>(std::move(value)) {}

  /// Calls the module with the script's parameters. A new signature is traced
  /// and compiled while the function is at hand.
  /// \throws Error NotTraced; SignatureMismatch if the arguments do not fit the
  ///         parameters, or a loaded module's signature.
  template <typename... Arguments>
  TracedModule operator()(const Arguments &...arguments) const {
    const std::array<detail::Argument, sizeof...(Arguments)> erased{
        detail::describe(arguments)...};
    detail::Handle result;
    detail::callModule(*this, erased, std::span(&result, 1));
    return TracedModule(Tensor<T>(std::move(result)));
  }
  /// The same as operator().
  template <typename... Arguments>
  TracedModule forward(const Arguments &...arguments) const {
    return (*this)(arguments...);
  }
  /// The shape of the module's output.
  Shape output_shape() const { return this->shape(); }

  const detail::Handle &moduleHandle() const { return *this; }
};

static_assert(sizeof(TracedModule<float>) == sizeof(Tensor<float>));

namespace detail {

/// Stands for any field while the fields of an aggregate are counted.
struct AnyField {
  template <typename F> operator F() const;
};
template <typename R, std::size_t... I>
constexpr bool bracesTake(std::index_sequence<I...>) {
  return requires { R{(static_cast<void>(I), AnyField{})...}; };
}
template <typename R, std::size_t N = 8> constexpr std::size_t fieldCount() {
  if constexpr (N == 0 || bracesTake<R>(std::make_index_sequence<N>()))
    return N;
  else
    return fieldCount<R, N - 1>();
}

template <typename R>
concept OutputTuple = requires { std::tuple_size<std::remove_cv_t<R>>::value; };
/// What a script may return once its wrappers are taken off.
template <typename R>
concept ScriptOutput = isTensor<R> || OutputTuple<R> || std::is_aggregate_v<R>;

/// The fields of a tuple, pair, array or aggregate, as a tuple of references.
template <typename R> auto fieldsOf(R &value) {
  if constexpr (OutputTuple<R>) {
    return std::apply([](auto &...fields) { return std::tie(fields...); },
                      value);
  } else {
    constexpr std::size_t count = fieldCount<std::remove_cv_t<R>>();
    if constexpr (count == 1) {
      auto &[a] = value;
      return std::tie(a);
    } else if constexpr (count == 2) {
      auto &[a, b] = value;
      return std::tie(a, b);
    } else if constexpr (count == 3) {
      auto &[a, b, c] = value;
      return std::tie(a, b, c);
    } else if constexpr (count == 4) {
      auto &[a, b, c, d] = value;
      return std::tie(a, b, c, d);
    } else if constexpr (count == 5) {
      auto &[a, b, c, d, e] = value;
      return std::tie(a, b, c, d, e);
    } else if constexpr (count == 6) {
      auto &[a, b, c, d, e, f] = value;
      return std::tie(a, b, c, d, e, f);
    } else if constexpr (count == 7) {
      auto &[a, b, c, d, e, f, g] = value;
      return std::tie(a, b, c, d, e, f, g);
    } else {
      static_assert(count == 8, "an aggregate of outputs has 1 to 8 fields");
      auto &[a, b, c, d, e, f, g, h] = value;
      return std::tie(a, b, c, d, e, f, g, h);
    }
  }
}

/// How many tensors a script result holds.
template <typename R> constexpr std::size_t outputCount() {
  if constexpr (isTensor<R>)
    return 1;
  else
    return std::tuple_size_v<decltype(fieldsOf(std::declval<R &>()))>;
}

/// Calls \p f with every tensor of a result, in order.
template <typename R, typename F> void forEachOutput(R &result, F &&f) {
  if constexpr (isTensor<R>)
    f(result);
  else
    std::apply([&](auto &...fields) { (f(fields), ...); }, fieldsOf(result));
}

template <typename R, typename F>
void forEachOutput(TracedOutputs<R> &result, F &&f) {
  forEachOutput(static_cast<R &>(result), std::forward<F>(f));
}

/// The dtypes of a result's tensors.
template <typename R> auto outputDTypes() {
  R result{};
  std::array<DType, outputCount<R>()> dtypes{};
  std::size_t next = 0;
  forEachOutput(result, [&]<typename F>(F &) {
    static_assert(isTensor<F>, "every field of a script's result is a tensor");
    dtypes[next++] = dtypeOf<typename IsTensor<F>::Element>;
  });
  return dtypes;
}

/// Puts \p handles into the tensors of a result.
template <typename R> R resultFrom(std::span<Handle> handles) {
  R result{};
  std::size_t next = 0;
  forEachOutput(result, [&]<typename F>(F &field) {
    field =
        F(Tensor<typename IsTensor<F>::Element>(std::move(handles[next++])));
  });
  return result;
}

} // namespace detail

/// The result of a script that returns a tuple or an aggregate of tensors.
template <typename R>
class TracedOutputs : public R, public detail::ModuleDoors<TracedOutputs<R>> {
public:
  TracedOutputs() = default;
  TracedOutputs(R outputs) : R(std::move(outputs)) {}

  /// As TracedModule::operator().
  template <typename... Arguments>
  TracedOutputs operator()(const Arguments &...arguments) const {
    const std::array<detail::Argument, sizeof...(Arguments)> erased{
        detail::describe(arguments)...};
    std::array<detail::Handle, detail::outputCount<R>()> results;
    detail::callModule(moduleHandle(), erased, results);
    return TracedOutputs(detail::resultFrom<R>(results));
  }

  const detail::Handle &moduleHandle() const {
    return std::get<0>(detail::fieldsOf(static_cast<const R &>(*this)));
  }
};

namespace detail {
/// What a loaded module is: R is an element type, or what a script returned.
template <typename R> struct Loaded {
  using type = TracedOutputs<R>;
};
template <typename R>
  requires requires { DTypeOf<R>::value; }
struct Loaded<R> {
  using type = TracedModule<R>;
};
template <typename T> struct Loaded<Tensor<T>> {
  using type = TracedModule<T>;
};

/// The first output carries the module; none has a value before it is called.
template <typename R, typename Make> auto loadedFrom(const Make &make) {
  using Module = typename Loaded<R>::type;
  if constexpr (isTensor<Module>) {
    using T = typename IsTensor<Module>::Element;
    const DType dtype = dtypeOf<T>;
    return Module(Tensor<T>(make(std::span(&dtype, 1))));
  } else {
    const auto dtypes = outputDTypes<R>();
    std::array<Handle, outputCount<R>()> handles;
    handles[0] = make(std::span<const DType>(dtypes));
    R outputs{};
    std::size_t next = 0;
    forEachOutput(outputs, [&]<typename F>(F &field) {
      if (next == 0)
        field = F(Tensor<typename IsTensor<F>::Element>(handles[0]));
      ++next;
    });
    return Module(std::move(outputs));
  }
}
} // namespace detail

/// Loads a saved module. No compiler is needed. R is what the script returns:
/// `load<float>` for Tensor<float>, `load<Statistics>` for an aggregate.
/// \throws Error IoError, SerializationError, ArtifactMismatch,
///         CpuFeatureMissing; SignatureMismatch unless it returns R.
template <typename R> auto load(const std::string &path) {
  return detail::loadedFrom<R>([&](std::span<const DType> dtypes) {
    return detail::moduleFromFile(path, dtypes);
  });
}
/// The module in the bytes of to_bytes.
template <typename R> auto from_bytes(std::span<const std::byte> bytes) {
  return detail::loadedFrom<R>([&](std::span<const DType> dtypes) {
    return detail::moduleFromBytes(bytes, dtypes);
  });
}

} // namespace ferro

template <typename R>
  requires requires { std::tuple_size<R>::value; }
struct std::tuple_size<ferro::TracedOutputs<R>> : std::tuple_size<R> {};
template <std::size_t I, typename R>
  requires requires { std::tuple_size<R>::value; }
struct std::tuple_element<I, ferro::TracedOutputs<R>>
    : std::tuple_element<I, R> {};
