// Launches of functions that are no tile kernels: a library's, one's own, or
// machine code that was loaded by hand.
//
//   void scale(const cutile::Block &block, float *y, const float *x, float a);
//   cutile::launch(scale, cutile::Grid{64}, y, x, 2.0f).sync();
//   cutile::launch(vendor_gemm, {}, c, a, b, 512).on(stream);
#pragma once

#include "cutile/Binding.h"
#include "ferro/DeviceGraph.h"
#include "ferro/DeviceOp.h"
#include "ferro/Tensor.h"

#include <concepts>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cutile {

/// The block that a foreign function runs, and how many there are.
struct Block {
  std::int64_t x = 0, y = 0, z = 0;
  Grid grid;
};

namespace detail {

/// Calls \p body(\p context, block) for each block, on all threads. Of several
/// blocks that throw the first one is told.
/// \throws Error InvalidArgument for a grid outside of the limits of bind().
FERRO_API void runBlocks(const char *name, const Grid &grid,
                         void (*body)(void *context, const Block &block),
                         void *context);
/// The first element. \throws Error InvalidArgument unless the elements lie
/// row-major, DeviceMismatch, TracingError.
FERRO_API void *foreignMemory(const ferro::detail::Handle &tensor,
                              std::size_t argument, bool isWritten);
/// \throws Error InvalidArgument.
[[noreturn]] FERRO_API void refuseGrid(const Grid &grid);

/// How an argument of type A becomes a parameter of type P.
template <typename P, typename A> struct ForeignArgument {
  static_assert(std::is_convertible_v<const A &, P>,
                "the argument does not convert to the function's parameter");
  using type = std::remove_cvref_t<P>;
  static type make(const A &argument, std::size_t) {
    return static_cast<type>(argument);
  }
};
template <typename E, typename A>
  requires std::derived_from<A, ferro::Tensor<std::remove_const_t<E>>>
struct ForeignArgument<E *, A> {
  using type = E *;
  static E *make(const A &argument, std::size_t index) {
    return static_cast<E *>(
        foreignMemory(argument, index, !std::is_const_v<E>));
  }
};
template <typename E, typename T>
  requires(std::is_convertible_v<std::remove_extent_t<T> *, E *>)
struct ForeignArgument<E *, std::shared_ptr<T>> {
  using type = E *;
  static E *make(const std::shared_ptr<T> &argument, std::size_t) {
    return argument.get();
  }
};

template <typename A>
bool sharesMemory(const A &argument, const ferro::detail::Handle &tensor) {
  if constexpr (std::derived_from<A, ferro::detail::Handle>)
    return argument.get() && ferro::detail::sharesStorage(argument, tensor);
  else
    return false;
}

} // namespace detail

/// A launch of a foreign function that has not happened yet: an operation,
/// whose value are the arguments.
template <typename Function, typename... Args> class ForeignLaunch;

template <typename... P, typename... Args>
class [[nodiscard]] ForeignLaunch<void (*)(P...), Args...>
    : public ferro::Lazy<ForeignLaunch<void (*)(P...), Args...>> {
  static constexpr bool hasBlock = sizeof...(P) == sizeof...(Args) + 1;
  static_assert(hasBlock || sizeof...(P) == sizeof...(Args),
                "a launch has an argument for each parameter of the function, "
                "beside a first one of type const Block &");
  static_assert((ferro::detail::outlivesItsCaller<Args> && ...),
                "a launch holds its arguments by value: it may run when the "
                "caller's variables are gone");
  template <std::size_t i>
  using ParameterAt = std::tuple_element_t<i + hasBlock, std::tuple<P...>>;

public:
  using value_type = std::tuple<Args...>;
  static constexpr bool isGraphNode = true;

  ForeignLaunch(void (*launched)(P...), Grid blocks, Args... given)
      : function(launched), grid(blocks), arguments(std::move(given)...) {}

  value_type execute(ferro::ExecutionContext &context) {
    if (!hasBlock && grid != Grid())
      detail::refuseGrid(grid);
    run(function, grid, arguments);
    if (context.is_capturing())
      context.record(std::make_shared<Step>(function, grid, arguments));
    return std::move(arguments);
  }

private:
  static void run(void (*function)(P...), const Grid &grid,
                  const value_type &held) {
    [&]<std::size_t... i>(std::index_sequence<i...>) {
      auto made = std::tuple<
          typename detail::ForeignArgument<ParameterAt<i>, Args>::type...>(
          detail::ForeignArgument<ParameterAt<i>, Args>::make(std::get<i>(held),
                                                              i)...);
      if constexpr (hasBlock) {
        auto body = [&](const Block &block) {
          function(block, std::get<i>(made)...);
        };
        detail::runBlocks(
            "foreign launch", grid,
            [](void *context, const Block &block) {
              (*static_cast<decltype(body) *>(context))(block);
            },
            &body);
      } else {
        function(std::get<i>(made)...);
      }
    }(std::index_sequence_for<Args...>());
  }

  class Step final : public ferro::detail::GraphStep {
  public:
    Step(void (*launched)(P...), Grid blocks, value_type held)
        : function(launched), grid(blocks), arguments(std::move(held)) {}
    void run() override { ForeignLaunch::run(function, grid, arguments); }
    bool uses(const ferro::detail::Handle &tensor) const override {
      return std::apply(
          [&](const Args &...each) {
            return (detail::sharesMemory(each, tensor) || ...);
          },
          arguments);
    }

  private:
    void (*function)(P...);
    Grid grid;
    value_type arguments;
  };

  void (*function)(P...);
  Grid grid;
  value_type arguments;
};

/// Prepares calls of \p function.
///
/// If its first parameter is `const Block &` it is called once for each block
/// of \p grid, on any thread, and blocks must not write what others touch;
/// else it is called once. Executing throws what the function throws, and Error
/// InvalidArgument, DeviceMismatch, TracingError for a tensor that it cannot
/// be given.
///
/// \param function whose pointer parameters get the first element of tensors,
///        which lie row-major. A parameter `E *` is one that is written: it
///        counts as an in-place write. Nothing checks that the function stays
///        within its tensors.
/// \param grid how many blocks there are.
/// \param arguments tensors, numbers, and for pointers also std::shared_ptr,
///        which the launch keeps, and bare pointers, whose memory the caller
///        keeps until the work has ended.
template <typename... P, typename... Args>
ForeignLaunch<void (*)(P...), Args...> launch(void (*function)(P...), Grid grid,
                                              Args... arguments) {
  return {function, grid, std::move(arguments)...};
}

} // namespace cutile
