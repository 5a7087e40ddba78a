// Launches run native code that is compiled from the captured source, where the
// program has it: what is not typed lives here.
#pragma once

#include "cutile/Binding.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace cutile::detail {

/// A kernel's parameter that is neither view nor pointer, as it lies in memory.
struct ValueBytes {
  const void *first = nullptr;
  std::size_t size = 0, alignment = 1;
};

/// The native code of one instance of a kernel, for all that its launches let
/// it rely on. Lives as long as the program.
class FERRO_API CompiledKernel {
public:
  /// \param tag the type KernelTag<kernel>.
  explicit CompiledKernel(const std::type_info &tag);
  ~CompiledKernel();
  CompiledKernel(const CompiledKernel &) = delete;

  /// Runs all blocks, or compiles only, as the binding says. False, and nothing
  /// has run, if the kernel is to run as reference: FERRO_KERNELS says so, or
  /// leaves it open and the program does not hold the kernel's source.
  /// \throws Error ModuleNotFound if the program does not hold the kernel's
  ///         source and FERRO_KERNELS is compiled, CompilationFailed,
  ///         CompilerUnavailable, InvalidArgument if FERRO_KERNELS is none of
  ///         these, and what the checks in the kernel throw.
  bool run(std::string_view name, const Binding &binding,
           std::span<const ParameterDescription> parameters,
           std::span<const ValueBytes> values);

  /// How many launches have run as native code.
  std::uint64_t runs() const;

private:
  struct Code;
  std::unique_ptr<Code> code;
};

/// A type whose name has the kernel's, template arguments and all.
template <auto kernel> struct KernelTag {};

template <auto kernel> CompiledKernel &compiledKernel() {
  static CompiledKernel *const compiled =
      new CompiledKernel(typeid(KernelTag<kernel>));
  return *compiled;
}

/// What a parameter's bytes are kept in; nothing for views.
struct NoValue {};
template <typename P, bool isValue> struct ValueHolder {
  using type = NoValue;
};
template <typename P> struct ValueHolder<P, true> {
  using type = P;
};

template <typename P> struct ParameterTraits;

template <typename T> ValueBytes bytesOf(const T &value) {
  if constexpr (std::is_same_v<T, NoValue>)
    return {};
  else
    return {&value, sizeof value, alignof(T)};
}

/// A launch that is bound.
struct BoundLaunch {
  std::string_view name;
  const Binding &binding;
  std::span<const ParameterDescription> parameters;
};

/// CompiledKernel::run, where \p makeValue(index, type_identity<P>) makes a
/// parameter that is neither view nor pointer.
template <auto kernel, typename... P, std::size_t... i, typename Make>
bool runCompiled(std::string_view name, const Binding &binding,
                 std::span<const ParameterDescription> parameters,
                 std::index_sequence<i...>, Make makeValue) {
  std::tuple<typename ValueHolder<P, ParameterTraits<P>::description.kind ==
                                         ParameterKind::Value>::type...>
      values{makeValue(std::integral_constant<std::size_t, i>(),
                       std::type_identity<P>())...};
  const ValueBytes bytes[] = {bytesOf(std::get<i>(values))..., {}};
  return compiledKernel<kernel>().run(name, binding, parameters,
                                      {bytes, sizeof...(P)});
}

} // namespace cutile::detail
