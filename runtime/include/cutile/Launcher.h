// What the launchers that the plugin writes beside kernels are made of:
//
//   kernels::gemm(c.partition({128, 256}), a, b).generics({{"BK", 64}}).sync();
//
// The template arguments of such a call are known when it runs, so it picks one
// of the instantiations that the program has.
#pragma once

#include "cutile/Launch.h"

#include <array>
#include <concepts>
#include <span>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

namespace cutile {

/// A template argument of a kernel, by the name of its parameter.
class Generic {
public:
  /// The value of a constant.
  template <std::integral T>
  Generic(std::string parameter, T constant)
      : name(std::move(parameter)), value(std::to_string(constant)) {}
  /// A type: "f32" and the like, or the qualified name of a class.
  Generic(std::string parameter, std::string type)
      : name(std::move(parameter)), value(std::move(type)) {}

  std::string name, value;
};

namespace detail {

// --- what the plugin writes down

/// A template parameter.
struct GenericName {
  const char *name;
  const char *initial = nullptr; // its default argument
};

/// A parameter of a kernel, and the template parameters that it is made of:
/// null where it says something else.
struct GenericParameter {
  const char *name;
  ParameterKind kind;
  const char *element = nullptr; // of views and pointers; a value's own type
  std::array<const char *, ferro::maxRank> extents{}; // of views; the tile's
  std::array<const char *, ferro::maxRank> map{};     // if Mapped
};

/// A kernel that is a template.
struct GenericKernel {
  const char *name;
  std::span<const GenericName> generics;
  std::span<const GenericParameter> parameters;
};

// --- arguments without their types

/// \returns the language's name of \p type, "f32"; null if it is no element.
FERRO_API const char *elementName(const std::type_info &type);

struct ErasedArgument {
  ArgumentDescription description;
  const char *element = nullptr; // its elements' type, or its own
  const void *value = nullptr;   // of a value
  const std::type_info *type = nullptr;
};

template <typename A> ErasedArgument eraseArgument(const A &argument) {
  ErasedArgument erased;
  erased.description = describeArgument(argument);
  if constexpr (std::is_pointer_v<A>)
    erased.element =
        elementName(typeid(std::remove_cv_t<std::remove_pointer_t<A>>));
  else if constexpr (requires { typename A::value_type; })
    erased.element = elementName(typeid(typename A::value_type));
  else
    erased.element = elementName(typeid(A));
  erased.value = &argument;
  erased.type = &typeid(A);
  return erased;
}

/// \p argument, or the number that a Parameter has now.
template <typename A> const A &current(const A &argument) { return argument; }
template <typename T> T current(const ferro::Parameter<T> &argument) {
  return argument.get();
}

struct ErasedLaunch {
  const GenericKernel &kernel;
  std::span<const ErasedArgument> arguments;
  LaunchRequest asked;
};

[[noreturn]] FERRO_API void refuseValue(const ErasedLaunch &launch,
                                        std::size_t index);

/// Sets \p result to \p argument if that is an A.
template <typename A, typename P>
bool convertFrom(const ErasedArgument &argument, std::optional<P> &result) {
  if constexpr (std::is_convertible_v<const A &, P>)
    if (*argument.type == typeid(A))
      result.emplace(static_cast<P>(*static_cast<const A *>(argument.value)));
  return result.has_value();
}

/// The value that \p launch gives for parameter \p index. Numbers convert, as
/// in a call; classes are of the parameter's type.
/// \throws Error SignatureMismatch.
template <typename P> P valueOf(const ErasedLaunch &launch, std::size_t index) {
  std::optional<P> result;
  const ErasedArgument &argument = launch.arguments[index];
  auto isAnyOf = [&]<typename... A>() {
    return (convertFrom<A>(argument, result) || ...);
  };
  if (!isAnyOf.template
       operator()<P, bool, char, signed char, unsigned char, short,
                  unsigned short, int, unsigned, long, unsigned long, long long,
                  unsigned long long, float, double, ferro::f16, ferro::bf16>())
    refuseValue(launch, index);
  return *result;
}

template <typename P>
auto makeErased(const ErasedLaunch &launch, const BoundMemory &memory,
                std::size_t index) {
  if constexpr (ParameterTraits<P>::description.kind == ParameterKind::Value)
    return valueOf<P>(launch, index);
  else
    return ParameterTraits<P>::make(memory, launch.arguments[index]);
}

/// Runs \p kernel with the arguments of \p launch.
template <auto kernel, typename... P, std::size_t... i>
void runErased(const ErasedLaunch &launch, void (*)(P...),
               std::index_sequence<i...> all) {
  const ParameterDescription parameters[] = {
      describeParameter<P>(launch.kernel.parameters[i].name)...};
  const ArgumentDescription descriptions[] = {
      launch.arguments[i].description...};
  Binding binding =
      cutile::bind(launch.kernel.name, parameters, descriptions, launch.asked);
  auto makeValue = [&]<std::size_t index, typename Q>(
                       std::integral_constant<std::size_t, index>,
                       std::type_identity<Q>) {
    if constexpr (ParameterTraits<Q>::description.kind == ParameterKind::Value)
      return valueOf<Q>(launch, index);
    else
      return NoValue();
  };
  if (runCompiled<kernel, P...>(launch.kernel.name, binding,
                                {parameters, sizeof...(P)}, all, makeValue) ||
      launch.asked.isOnlyCompiled)
    return;
  binding.nameParameters({parameters, sizeof...(P)});
  auto block = [&] {
    // Named parameters live until the kernel returns.
    auto call = [&](auto &&...made) { kernel(std::forward<P>(made)...); };
    call(makeErased<P>(launch, binding.memory[i], i)...);
  };
  reference::run(
      launch.kernel.name, binding, reference::inOrder,
      [](void *context) { (*static_cast<decltype(block) *>(context))(); },
      &block);
}

// --- instantiations

/// A kernel with its template arguments.
struct Instantiation {
  const char *kernel;
  const char *const *generics; // one for each template parameter
  void (*run)(const ErasedLaunch &);
};

template <typename... P, void (*kernel)(P...)>
void runInstantiation(const ErasedLaunch &launch,
                      std::integral_constant<void (*)(P...), kernel>) {
  runErased<kernel>(launch, kernel, std::index_sequence_for<P...>());
}
template <auto kernel> void runInstantiation(const ErasedLaunch &launch) {
  runInstantiation(launch, std::integral_constant<decltype(kernel), kernel>());
}

/// The instantiations of one object file. The program's are those of all its
/// files and of the libraries that are loaded.
class FERRO_API InstantiationTable {
public:
  explicit InstantiationTable(std::span<const Instantiation> rows);
  ~InstantiationTable();
  InstantiationTable(const InstantiationTable &) = delete;

private:
  std::span<const Instantiation> rows;
};

/// Finds the template arguments that \p launch asks for: the kernel that has
/// them.
///
/// Extents are those of the partition's tiles and of the tensors, types those
/// of the arguments; \p given says the rest, and may say a type instead of
/// that of a tensor which stores it, u32 for a tensor of i32.
/// \throws Error InvalidArgument for a template parameter that is unknown, said
///         twice or said nowhere, SignatureMismatch where two places say
///         different things, NotInstantiated if the program does not have the
///         kernel with these arguments, and as bind().
FERRO_API const Instantiation &
findInstantiation(const ErasedLaunch &launch,
                  const std::vector<Generic> &given);

} // namespace detail

/// A launch of a kernel that is a template, which has not happened yet: an
/// operation, as Launch. Executing it throws Error as
/// detail::findInstantiation, as bind(), and as the kernel's operations.
template <typename... Args>
class [[nodiscard]] GenericLaunch
    : public detail::LaunchSettings<GenericLaunch<Args...>>,
      public ferro::Lazy<GenericLaunch<Args...>> {
  static_assert((ferro::detail::outlivesItsCaller<Args> && ...),
                "a launch holds its arguments by value: it may run when the "
                "caller's variables are gone");

public:
  using value_type = std::tuple<typename detail::ArgumentValue<Args>::type...>;
  static constexpr bool isGraphNode = (detail::isGraphArgument<Args>() && ...);

  explicit GenericLaunch(const detail::GenericKernel &launched, Args... args)
      : kernel(&launched), arguments(std::move(args)...) {}

  /// Says template arguments that the kernel's arguments do not tell:
  /// `.generics({{"BK", 64}, {"T", "f32"}})`.
  GenericLaunch &generics(const std::vector<Generic> &more) & {
    given.insert(given.end(), more.begin(), more.end());
    return *this;
  }
  GenericLaunch &&generics(const std::vector<Generic> &more) && {
    return std::move(this->generics(more));
  }

  /// As Launch::compile.
  void compile() const
    requires(!(ferro::DeviceOp<Args> || ...))
  {
    detail::checkOptions(kernel->name, this->asked.options);
    LaunchRequest compiled = this->asked;
    compiled.isOnlyCompiled = true;
    withErased(arguments, [&](std::span<const detail::ErasedArgument> erased) {
      detail::ErasedLaunch launch{*kernel, erased, compiled};
      detail::findInstantiation(launch, given).run(launch);
    });
  }

  value_type execute(ferro::ExecutionContext &context) {
    detail::checkOptions(kernel->name, this->asked.options);
    value_type values = std::apply(
        [&](Args &...each) {
          return value_type{detail::ArgumentValue<Args>::of(each, context)...};
        },
        arguments);
    const detail::Instantiation *found = nullptr;
    withErased(values, [&](std::span<const detail::ErasedArgument> erased) {
      found = &detail::findInstantiation({*kernel, erased, this->asked}, given);
    });
    auto run = [kernel = kernel, asked = this->asked,
                found](const value_type &held) {
      withErased(held, [&](std::span<const detail::ErasedArgument> erased) {
        found->run({*kernel, erased, asked});
      });
    };
    detail::runAndRecord(run, values, context);
    return values;
  }

private:
  template <typename F> static void withErased(const value_type &values, F f) {
    std::apply(
        [&](const auto &...each) {
          auto numbers = std::tuple<decltype(detail::current(each))...>(
              detail::current(each)...);
          std::apply(
              [&](const auto &...now) {
                const detail::ErasedArgument erased[] = {
                    detail::eraseArgument(now)...};
                f(erased);
              },
              numbers);
        },
        values);
  }

  const detail::GenericKernel *kernel;
  std::tuple<Args...> arguments;
  std::vector<Generic> given;
};

namespace detail {

/// Keeps launchers apart from kernels whose template arguments are written out.
enum class Generated {};

/// Whether an argument belongs to a launch: never to a call of the kernel.
template <typename A>
inline constexpr bool isOfLaunch =
    isTensor<A> || isTensorPartition<A> || isMappedTensor<A>;
template <ferro::DeviceOp A>
inline constexpr bool isOfLaunch<A> = isOfLaunch<typename A::value_type>;
template <typename A>
concept LaunchArgument = isOfLaunch<std::remove_cvref_t<A>>;

template <typename... Args>
using LaunchWith = GenericLaunch<std::decay_t<Args>...>;

// --- kernels that are no templates: their launchers have parameters

/// The elements of the tensors in which E lives, as bind() says.
template <typename E> struct StoredAs {
  using type = E;
};
template <typename E>
  requires StorageElement<E>
struct StoredAs<E> {
  using type = std::conditional_t<sizeof(E) == 4, float, std::uint8_t>;
};
template <typename E>
  requires(UnsignedElement<E> && sizeof(E) > 1)
struct StoredAs<E> {
  using type = std::make_signed_t<E>;
};

/// A pointer, or a tensor's elements.
template <typename E> class PointerArgument {
public:
  PointerArgument(E *first) : pointer(first) {}
  PointerArgument(
      const ferro::Tensor<typename StoredAs<std::remove_const_t<E>>::type>
          &elements)
      : tensor(elements) {}
  operator E *() const { return pointer; }

  E *pointer = nullptr;
  std::optional<ferro::detail::Handle> tensor;
};

template <typename E>
ArgumentDescription describeArgument(const PointerArgument<E> &argument) {
  return argument.tensor ? describeArgument(*argument.tensor)
                         : describeArgument(argument.pointer);
}

/// The argument of a launch for a parameter of type P.
template <typename P> struct ArgumentFor {
  using type = P;
};
template <typename E, int... D> struct ArgumentFor<TensorView<E, D...> &> {
  using type = ferro::TensorPartition<typename StoredAs<E>::type>;
};
template <typename E, int... D>
struct ArgumentFor<const TensorView<E, D...> &> {
  using type = ferro::Tensor<typename StoredAs<E>::type>;
};
template <typename E, typename T, typename M>
struct ArgumentFor<MappedPartitionMut<E, T, M>> {
  using type = ferro::MappedTensor<typename StoredAs<E>::type>;
};
template <typename E> struct ArgumentFor<E *> {
  using type = PointerArgument<E>;
};

template <auto kernel, typename Function> struct LaunchFor;
template <auto kernel, typename... P> struct LaunchFor<kernel, void (*)(P...)> {
  using type = Launch<kernel, typename ArgumentFor<P>::type...>;
  template <std::size_t i>
  using Argument =
      std::tuple_element_t<i, std::tuple<typename ArgumentFor<P>::type...>>;
};

/// What the launcher of \p kernel returns, and its parameters.
template <auto kernel>
using LaunchOf = typename LaunchFor<kernel, decltype(kernel)>::type;
template <auto kernel, std::size_t i>
using ArgumentOf =
    typename LaunchFor<kernel, decltype(kernel)>::template Argument<i>;

} // namespace detail

} // namespace cutile
