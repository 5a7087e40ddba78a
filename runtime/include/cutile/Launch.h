// Launches kernels from host code, with any compiler:
//
//   cutile::launch<kernels::gemm<128, 256, 64>>(c.partition({128, 256}), a, b)
//       .sync();
#pragma once

#include "cutile/Compiled.h"
#include "cutile/MappedPartition.h"
#include "cutile/View.h"
#include "ferro/DeviceGraph.h"
#include "ferro/DeviceOp.h"
#include "ferro/Tensor.h"

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cutile {

namespace detail {

// --- arguments: what the caller gives

template <typename T> inline constexpr bool isTensor = false;
template <std::derived_from<ferro::detail::Handle> T>
inline constexpr bool isTensor<T> = true;
template <typename T>
inline constexpr bool isTensor<std::shared_ptr<T>> =
    isTensor<std::remove_const_t<T>>;

template <typename T>
ArgumentDescription
describeArgument(const ferro::TensorPartition<T> &argument) {
  return {&argument.unpartition(), &argument.tiling()};
}
template <typename T>
ArgumentDescription describeArgument(const ferro::MappedTensor<T> &argument) {
  return {&argument.unpartition(), &argument.tiling()};
}
inline ArgumentDescription
describeArgument(const ferro::detail::Handle &argument) {
  return {&argument};
}
template <std::derived_from<ferro::detail::Handle> T>
ArgumentDescription describeArgument(const std::shared_ptr<T> &argument) {
  return {argument.get()};
}
template <std::derived_from<ferro::detail::Handle> T>
ArgumentDescription describeArgument(const std::shared_ptr<const T> &argument) {
  return {argument.get()};
}
template <typename E> ArgumentDescription describeArgument(E *const &argument) {
  return {nullptr, nullptr, const_cast<std::remove_const_t<E> *>(argument),
          true};
}
template <typename T>
  requires(!std::is_pointer_v<T> && !isTensor<T>)
ArgumentDescription describeArgument(const T &) {
  return {};
}

template <typename T> inline constexpr bool isTensorPartition = false;
template <typename T>
inline constexpr bool isTensorPartition<ferro::TensorPartition<T>> = true;
template <typename T> inline constexpr bool isMappedTensor = false;
template <typename T>
inline constexpr bool isMappedTensor<ferro::MappedTensor<T>> = true;

// --- parameters: what the kernel's type asks for

template <int... D> struct ExtentsOf {
  static constexpr std::array<int, sizeof...(D)> value = {D...};
};

/// The region of a whole tensor.
template <typename E, int rank>
reference::Region<E, rank> regionOf(const BoundMemory &memory) {
  reference::Region<E, rank> region;
  region.first = region.tensorFirst = static_cast<E *>(memory.first);
  for (int axis = 0; axis < rank; ++axis) {
    region.extents[axis] = memory.extents[axis];
    region.strides[axis] = memory.strides[axis];
  }
  region.valid = region.tensorExtents = region.extents;
  region.name = memory.name;
  return region;
}

/// The window of a tensor that is the running block's tile.
template <typename E, int rank>
reference::Region<E, rank> tileRegionOf(const BoundMemory &memory) {
  auto region = regionOf<E, rank>(memory);
  std::array<int, 3> block = reference::blockId();
  for (int axis = 0; axis < rank; ++axis) {
    std::int64_t tile = memory.tile[axis];
    std::int64_t start = block[axis] * tile;
    region.first += start * memory.strides[axis];
    region.extents[axis] = tile;
    region.valid[axis] = std::min(tile, region.tensorExtents[axis] - start);
  }
  return region;
}

/// How a kernel's parameter of type P is described, and made for a block from
/// its memory and its argument.
template <typename P> struct ParameterTraits {
  static_assert(std::is_trivially_copyable_v<P> && !std::is_reference_v<P> &&
                    !std::is_pointer_v<P>,
                "a kernel's parameter is a TensorView<...> & (an output), a "
                "const TensorView<...> & (an input), a MappedPartitionMut, a "
                "number, a pointer to elements, or a trivially copyable class");
  static constexpr ParameterDescription description = {
      .isInteger = std::is_integral_v<P> && !std::is_same_v<P, bool>};
  template <typename A>
  static constexpr bool accepts =
      std::is_convertible_v<const A &, P> && !isTensor<A>;
  static constexpr const char *rule =
      "this argument does not convert to its parameter's type";
  template <typename A> static P make(const BoundMemory &, const A &argument) {
    return static_cast<P>(argument);
  }
};

template <ElementType E, int... D>
struct ParameterTraits<TensorView<E, D...> &> {
  static_assert(sizeof...(D) <= 3,
                "an output has three axes at most, as the grid");
  static constexpr ParameterDescription description = {
      ParameterKind::Output, ElementTraits<E>::id, ExtentsOf<D...>::value};
  template <typename A> static constexpr bool accepts = isTensorPartition<A>;
  template <typename A>
  static TensorView<E, D...> make(const BoundMemory &memory, const A &) {
    return TensorView<E, D...>(tileRegionOf<E, sizeof...(D)>(memory));
  }
};

template <ElementType E, int... D>
struct ParameterTraits<const TensorView<E, D...> &> {
  static constexpr ParameterDescription description = {
      ParameterKind::Input, ElementTraits<E>::id, ExtentsOf<D...>::value};
  template <typename A> static constexpr bool accepts = isTensor<A>;
  template <typename A>
  static TensorView<E, D...> make(const BoundMemory &memory, const A &) {
    auto region = regionOf<E, sizeof...(D)>(memory);
    region.isWritable = false;
    return TensorView<E, D...>(region);
  }
};

template <ElementType E, int... B, int... M>
struct ParameterTraits<MappedPartitionMut<E, TileShape<B...>, TileMap<M...>>> {
  static constexpr ParameterDescription description = {
      ParameterKind::Mapped, ElementTraits<E>::id, ExtentsOf<B...>::value,
      ExtentsOf<M...>::value};
  template <typename A> static constexpr bool accepts = isMappedTensor<A>;
  template <typename A>
  static MappedPartitionMut<E, TileShape<B...>, TileMap<M...>>
  make(const BoundMemory &memory, const A &) {
    return MappedPartitionMut<E, TileShape<B...>, TileMap<M...>>(
        regionOf<E, sizeof...(B)>(memory));
  }
};
template <ElementType E, typename T, typename M>
struct ParameterTraits<MappedPartitionMut<E, T, M> &> {
  static_assert(sizeof(E) == 0, "a mapped output is a parameter by value");
};

template <typename E>
  requires ElementType<std::remove_const_t<E>>
struct ParameterTraits<E *> {
  static constexpr ParameterDescription description = {
      .kind = ParameterKind::Pointer,
      .element = ElementTraits<std::remove_const_t<E>>::id,
      .isConst = std::is_const_v<E>};
  template <typename A>
  static constexpr bool accepts = isTensor<A> || std::is_convertible_v<A, E *>;
  template <typename A> static E *make(const BoundMemory &memory, const A &) {
    return static_cast<E *>(memory.first);
  }
};

template <typename P, typename A> constexpr void checkArgument() {
  using Traits = ParameterTraits<P>;
  constexpr ParameterKind kind = Traits::description.kind;
  constexpr bool accepted = Traits::template accepts<A>;
  static_assert(accepted || kind != ParameterKind::Output,
                "the argument of an output is tensor.partition({...})");
  static_assert(accepted || kind != ParameterKind::Input,
                "the argument of an input is a tensor");
  static_assert(accepted || kind != ParameterKind::Mapped,
                "the argument of a mapped output is "
                "tensor.partition({...}).map({...}, blocks)");
  static_assert(accepted || kind != ParameterKind::Pointer,
                "the argument of a pointer is a pointer or a tensor");
  static_assert(accepted || kind != ParameterKind::Value,
                "the argument does not convert to its parameter");
}

// --- calls

template <typename P>
constexpr ParameterDescription describeParameter(const char *name) {
  ParameterDescription description = ParameterTraits<P>::description;
  description.name = name;
  return description;
}

/// How a launch may run other than as reference: not at all.
struct AsReference {
  template <typename... P, typename... Args>
  static bool run(const BoundLaunch &, const std::tuple<Args...> &) {
    return false;
  }
};
/// As native code, where the program has the source of \p kernel.
template <auto kernel> struct AsCompiled {
  template <typename... P, typename... Args>
  static bool run(const BoundLaunch &call,
                  const std::tuple<Args...> &arguments) {
    return runCompiled<kernel, P...>(
        call.name, call.binding, call.parameters,
        std::index_sequence_for<P...>(),
        [&]<std::size_t i, typename Q>(std::integral_constant<std::size_t, i>,
                                       std::type_identity<Q>) {
          if constexpr (ParameterTraits<Q>::description.kind ==
                        ParameterKind::Value)
            return ParameterTraits<Q>::make(call.binding.memory[i],
                                            std::get<i>(arguments));
          else
            return NoValue();
        });
  }
};

/// Binds \p arguments to \p kernel's parameters and runs all blocks.
/// \tparam How AsReference or AsCompiled.
/// \param names of the parameters, for messages; null if they are not known.
template <typename How, typename... P, typename... Args, std::size_t... i>
void runLaunch(std::string_view name, void (*kernel)(P...),
               const LaunchRequest &asked, reference::BlockOrder order,
               const std::tuple<Args...> &arguments, std::index_sequence<i...>,
               const char *const *names = nullptr) {
  (checkArgument<P, Args>(), ...);
  const ParameterDescription parameters[] = {
      describeParameter<P>(names ? names[i] : nullptr)..., {}};
  const ArgumentDescription descriptions[] = {
      describeArgument(std::get<i>(arguments))..., {}};
  Binding binding = bind(name, {parameters, sizeof...(P)},
                         {descriptions, sizeof...(P)}, asked);
  if (How::template run<P...>({name, binding, {parameters, sizeof...(P)}},
                              arguments) ||
      asked.isOnlyCompiled)
    return;
  binding.nameParameters({parameters, sizeof...(P)});
  auto block = [&] {
    // Named parameters live until the kernel returns.
    auto call = [&](auto &&...made) { kernel(std::forward<P>(made)...); };
    call(
        ParameterTraits<P>::make(binding.memory[i], std::get<i>(arguments))...);
  };
  reference::run(
      name, binding, order,
      [](void *context) { (*static_cast<decltype(block) *>(context))(); },
      &block);
}

/// The kernel's name, without template arguments: not every compiler tells.
template <auto kernel> constexpr std::string_view kernelName() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("kernel = ") + 9);
  if (text.starts_with('&'))
    text.remove_prefix(1);
  return text.substr(0, text.find_first_of("<;]"));
}

} // namespace detail

namespace detail {

/// \throws Error InvalidArgument if a value is outside its range.
FERRO_API void checkOptions(std::string_view kernel,
                            const CompileOptions &options);

/// What every launch can be told before it happens.
template <typename Self> class LaunchSettings {
public:
  /// Runs with \p grid blocks. Without it the outputs say how many.
  Self &grid(Grid grid) & {
    asked.grid = grid;
    asked.isConstGrid = false;
    return static_cast<Self &>(*this);
  }
  Self &&grid(Grid grid) && { return std::move(this->grid(grid)); }
  /// As grid; the kernel is compiled for this grid, and knows it.
  Self &const_grid(Grid grid) & {
    this->grid(grid);
    asked.isConstGrid = true;
    return static_cast<Self &>(*this);
  }
  Self &&const_grid(Grid grid) && { return std::move(this->const_grid(grid)); }
  /// Compiles with \p wanted; sync() refuses what is outside its range.
  Self &compile_options(const CompileOptions &wanted) & {
    asked.options = wanted;
    return static_cast<Self &>(*this);
  }
  Self &&compile_options(const CompileOptions &wanted) && {
    return std::move(this->compile_options(wanted));
  }

protected:
  LaunchRequest asked;
};

} // namespace detail

namespace detail {

/// What a launch hands to its kernel for an argument: the argument, or the
/// value of an operation.
template <typename A> struct ArgumentValue {
  using type = A;
  static A &&of(A &argument, ferro::ExecutionContext &) {
    return std::move(argument);
  }
};
template <ferro::DeviceOp A> struct ArgumentValue<A> {
  using type = typename A::value_type;
  static type of(A &argument, ferro::ExecutionContext &context) {
    return argument.execute(context);
  }
};

/// Whether a graph may record a launch with an argument of type A.
template <typename A> constexpr bool isGraphArgument() {
  if constexpr (ferro::DeviceOp<A>)
    return ferro::GraphNode<A>;
  else
    return true;
}

template <typename Arguments>
bool useMemoryOf(const Arguments &arguments,
                 const ferro::detail::Handle &tensor) {
  return std::apply(
      [&](const auto &...each) {
        auto uses = [&](const ArgumentDescription &description) {
          return description.tensor &&
                 ferro::detail::sharesStorage(*description.tensor, tensor);
        };
        return (uses(describeArgument(each)) || ...);
      },
      arguments);
}

/// A launch in a graph: binds its arguments anew at each replay, for numbers
/// may have changed.
template <typename Run, typename Arguments>
class LaunchStep final : public ferro::detail::GraphStep {
public:
  LaunchStep(Run runs, Arguments held)
      : launch(std::move(runs)), arguments(std::move(held)) {}
  void run() override { launch(arguments); }
  bool uses(const ferro::detail::Handle &tensor) const override {
    return useMemoryOf(arguments, tensor);
  }

private:
  Run launch;
  Arguments arguments;
};

/// Runs a launch and has the graph that is being captured record it.
template <typename Run, typename Arguments>
void runAndRecord(Run run, const Arguments &arguments,
                  ferro::ExecutionContext &context) {
  run(arguments);
  if (context.is_capturing())
    context.record(std::make_shared<LaunchStep<Run, Arguments>>(std::move(run),
                                                                arguments));
}

} // namespace detail

/// A launch that has not happened yet: an operation (ferro/DeviceOp.h) whose
/// value are the arguments, handed back. An argument may be an operation, too:
/// it executes first, and its value is the argument.
///
/// Executing it throws Error as bind(), and as the kernel's operations.
template <auto kernel, typename... Args>
class [[nodiscard]] Launch
    : public detail::LaunchSettings<Launch<kernel, Args...>>,
      public ferro::Lazy<Launch<kernel, Args...>> {
  static_assert((ferro::detail::outlivesItsCaller<Args> && ...),
                "a launch holds its arguments by value: it may run when the "
                "caller's variables are gone");

public:
  using value_type = std::tuple<typename detail::ArgumentValue<Args>::type...>;
  static constexpr bool isGraphNode = (detail::isGraphArgument<Args>() && ...);

  explicit Launch(Args... given) : arguments(std::move(given)...) {}

  /// Calls the parameters \p own, which outlive the launch, in messages.
  Launch &&named(const char *const *own) && {
    names = own;
    return std::move(*this);
  }

  /// Compiles what executing it would run, so that it need not when it does:
  /// nothing runs and no argument changes. Where kernels run as reference it
  /// checks the arguments, the grid and the options only.
  /// \throws Error as executing it, but for what the kernel's operations throw.
  void compile() const
    requires(!(ferro::DeviceOp<Args> || ...))
  {
    constexpr std::string_view name = detail::kernelName<kernel>();
    detail::checkOptions(name, this->asked.options);
    LaunchRequest compiled = this->asked;
    compiled.isOnlyCompiled = true;
    detail::runLaunch<detail::AsCompiled<kernel>>(
        name, kernel, compiled, reference::inOrder, arguments,
        std::index_sequence_for<Args...>(), names);
  }

  value_type execute(ferro::ExecutionContext &context) {
    constexpr std::string_view name = detail::kernelName<kernel>();
    detail::checkOptions(name, this->asked.options);
    value_type values = std::apply(
        [&](Args &...each) {
          return value_type{detail::ArgumentValue<Args>::of(each, context)...};
        },
        arguments);
    auto run = [asked = this->asked, names = names](const value_type &held) {
      detail::runLaunch<detail::AsCompiled<kernel>>(
          detail::kernelName<kernel>(), kernel, asked, reference::inOrder, held,
          std::index_sequence_for<Args...>(), names);
    };
    detail::runAndRecord(run, values, context);
    return values;
  }

private:
  std::tuple<Args...> arguments;
  const char *const *names = nullptr;
};

namespace detail {
template <typename F> inline constexpr int arity = -1;
template <typename... P>
inline constexpr int arity<void (*)(P...)> = sizeof...(P);
} // namespace detail

/// Prepares a call of \p kernel, a function that returns nothing.
///
/// \param arguments for an output `tensor.partition({...})` with tiles of its
///        view's extents, for a mapped one `.map({...}, blocks)` besides; for
///        an input a tensor; for a pointer a pointer or a tensor; for other
///        parameters what converts to them.
template <auto kernel, typename... Args>
Launch<kernel, std::decay_t<Args>...> launch(Args &&...arguments) {
  static_assert(detail::arity<decltype(kernel)> >= 0,
                "a kernel is a function that returns nothing");
  static_assert(detail::arity<decltype(kernel)> == sizeof...(Args),
                "a launch has an argument for each parameter of the kernel");
  return Launch<kernel, std::decay_t<Args>...>(
      std::forward<Args>(arguments)...);
}

namespace reference {

/// Runs \p kernel as C++ on this thread, block after block.
///
/// Every access is checked. Two blocks that touch one element, one of them
/// writing, without atomics or an order between them are Error RaceDetected.
/// \param grid the number of blocks; if empty the outputs say it.
/// \param order inOrder or shuffled(seed).
/// \param kernel a function that returns nothing.
/// \param arguments as cutile::launch takes them.
template <typename... P, typename... Args>
void launch(const std::optional<Grid> &grid, BlockOrder order,
            void (*kernel)(P...), const Args &...arguments) {
  static_assert(sizeof...(P) == sizeof...(Args),
                "a launch has an argument for each parameter of the kernel");
  detail::runLaunch<detail::AsReference>(
      "kernel", kernel, grid, order,
      std::tuple<std::decay_t<Args>...>(arguments...),
      std::index_sequence_for<Args...>());
}

} // namespace reference

} // namespace cutile
