// Operations made of operations; see ferro::Lazy for what each means.
#pragma once

#include "ferro/DeviceOp.h"

#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace ferro {

namespace detail {

template <typename T> inline constexpr bool isTuple = false;
template <typename... T> inline constexpr bool isTuple<std::tuple<T...>> = true;

/// f(before..., value), or f(before..., elements of the tuple value...).
template <typename F, typename T, typename... Before>
decltype(auto) invokeWith(F &f, T &&value, Before &...before) {
  if constexpr (std::invocable<F &, Before &..., T>) {
    return std::invoke(f, before..., std::forward<T>(value));
  } else {
    static_assert(isTuple<std::remove_cvref_t<T>>,
                  "the function does not take the operation's value");
    return std::apply(
        [&]<typename... E>(E &&...each) -> decltype(auto) {
          static_assert(std::invocable<F &, Before &..., E...>,
                        "the function takes neither the operation's tuple nor "
                        "its elements");
          return std::invoke(f, before..., std::forward<E>(each)...);
        },
        std::forward<T>(value));
  }
}

/// invokeWith, with Unit for nothing.
template <typename F, typename T> auto valueWith(F &f, T &&value) {
  using Result = decltype(invokeWith(f, std::forward<T>(value)));
  if constexpr (std::is_void_v<Result>) {
    invokeWith(f, std::forward<T>(value));
    return Unit();
  } else {
    return invokeWith(f, std::forward<T>(value));
  }
}

} // namespace detail

template <DeviceOp Op, typename F>
class [[nodiscard]] ThenOp : public Lazy<ThenOp<Op, F>> {
  using Next = std::remove_cvref_t<decltype(detail::invokeWith(
      std::declval<F &>(), std::declval<typename Op::value_type>()))>;
  static_assert(DeviceOp<Next>,
                "the function of then() returns an operation; that of map() a "
                "value");

public:
  using value_type = typename Next::value_type;
  static constexpr bool isGraphNode =
      detail::isGraphNode<Op>() && detail::isGraphNode<Next>();
  ThenOp(Op before, F after) : op(std::move(before)), f(std::move(after)) {}
  value_type execute(ExecutionContext &context) {
    Next next = detail::invokeWith(f, op.execute(context));
    return next.execute(context);
  }

private:
  Op op;
  F f;
};

template <DeviceOp Op, typename F>
class [[nodiscard]] ThenWithContextOp : public Lazy<ThenWithContextOp<Op, F>> {
  using Next = std::remove_cvref_t<decltype(detail::invokeWith(
      std::declval<F &>(), std::declval<typename Op::value_type>(),
      std::declval<ExecutionContext &>()))>;
  static_assert(DeviceOp<Next>,
                "the function of then_with_context() returns an operation");

public:
  using value_type = typename Next::value_type;
  static constexpr bool isGraphNode =
      detail::isGraphNode<Op>() && detail::isGraphNode<Next>();
  ThenWithContextOp(Op before, F after)
      : op(std::move(before)), f(std::move(after)) {}
  value_type execute(ExecutionContext &context) {
    Next next = detail::invokeWith(f, op.execute(context), context);
    return next.execute(context);
  }

private:
  Op op;
  F f;
};

template <DeviceOp Op, typename F>
class [[nodiscard]] MapOp : public Lazy<MapOp<Op, F>> {
public:
  using value_type = std::remove_cvref_t<decltype(detail::valueWith(
      std::declval<F &>(), std::declval<typename Op::value_type>()))>;
  static constexpr bool isGraphNode = detail::isGraphNode<Op>();
  MapOp(Op before, F after) : op(std::move(before)), f(std::move(after)) {}
  value_type execute(ExecutionContext &context) {
    return detail::valueWith(f, op.execute(context));
  }

private:
  Op op;
  F f;
};

template <DeviceOp Op, typename F>
class [[nodiscard]] InspectOp : public Lazy<InspectOp<Op, F>> {
public:
  using value_type = typename Op::value_type;
  static constexpr bool isGraphNode = detail::isGraphNode<Op>();
  InspectOp(Op before, F after) : op(std::move(before)), f(std::move(after)) {}
  value_type execute(ExecutionContext &context) {
    value_type value = op.execute(context);
    detail::valueWith(f, std::as_const(value));
    return value;
  }

private:
  Op op;
  F f;
};

template <DeviceOp... Ops>
class [[nodiscard]] ZipOp : public Lazy<ZipOp<Ops...>> {
public:
  using value_type = std::tuple<typename Ops::value_type...>;
  static constexpr bool isGraphNode = (detail::isGraphNode<Ops>() && ...);
  explicit ZipOp(Ops... given) : ops(std::move(given)...) {}
  value_type execute(ExecutionContext &context) {
    return std::apply(
        [&](Ops &...each) { // braces: from left to right
          return value_type{each.execute(context)...};
        },
        ops);
  }

private:
  std::tuple<Ops...> ops;
};

/// The operations, one after another in one stream; a tuple of their values.
template <DeviceOp... Ops> ZipOp<Ops...> zip(Ops... ops) {
  return ZipOp<Ops...>(std::move(ops)...);
}

/// Any number of operations of one type: see all().
template <DeviceOp Op> class [[nodiscard]] AllOp : public Lazy<AllOp<Op>> {
public:
  using value_type = std::vector<typename Op::value_type>;
  static constexpr bool isGraphNode = detail::isGraphNode<Op>();
  explicit AllOp(std::vector<Op> given) : ops(std::move(given)) {}
  value_type execute(ExecutionContext &context) {
    value_type values;
    values.reserve(ops.size());
    for (Op &op : ops)
      values.push_back(op.execute(context));
    return values;
  }

private:
  std::vector<Op> ops;
};

/// The operations, one after another in one stream; a vector of their values.
template <DeviceOp Op> AllOp<Op> all(std::vector<Op> ops) {
  return AllOp<Op>(std::move(ops));
}

/// Gives a value: see value().
template <typename T> class [[nodiscard]] ValueOp : public Lazy<ValueOp<T>> {
public:
  using value_type = T;
  static constexpr bool isGraphNode = true;
  explicit ValueOp(T given) : held(std::move(given)) {}
  T execute(ExecutionContext &) { return std::move(held); }

private:
  T held;
};

/// An operation that gives \p held and does nothing.
template <typename T> ValueOp<T> value(T held) {
  return ValueOp<T>(std::move(held));
}
/// An operation that does nothing.
inline ValueOp<Unit> empty_op() { return ValueOp<Unit>(Unit()); }

/// The operation that \p f makes of the ExecutionContext.
template <typename F> auto with_context(F f) {
  return empty_op().then_with_context(
      [f = std::move(f)](ExecutionContext &context, Unit) mutable {
        return f(context);
      });
}

namespace detail {

/// Executes an operation once, whoever comes first; the others wait for that.
/// They never wait for each other in a circle, since operations are made before
/// they are used.
template <typename T> class Once {
public:
  virtual ~Once() = default;
  T &get(ExecutionContext &context) {
    std::lock_guard lock(mutex);
    if (!value && !failure) {
      try {
        value.emplace(execute(context));
      } catch (...) {
        failure = Failure(std::current_exception());
      }
      release();
    }
    if (failure)
      failure.raise();
    return *value;
  }

protected:
  virtual T execute(ExecutionContext &context) = 0;
  virtual void release() = 0;

private:
  std::mutex mutex;
  std::optional<T> value;
  Failure failure;
};

template <DeviceOp Op>
class OnceOf final : public Once<typename Op::value_type> {
public:
  explicit OnceOf(Op given) : op(std::move(given)) {}

private:
  typename Op::value_type execute(ExecutionContext &context) override {
    return op->execute(context);
  }
  void release() override { op.reset(); }
  std::optional<Op> op;
};

} // namespace detail

/// One element of the tuple of an operation that several parts share.
template <typename Tuple, std::size_t i>
class [[nodiscard]] UnzipOp : public Lazy<UnzipOp<Tuple, i>> {
public:
  using value_type = std::tuple_element_t<i, Tuple>;
  explicit UnzipOp(std::shared_ptr<detail::Once<Tuple>> all)
      : whole(std::move(all)) {}
  UnzipOp(UnzipOp &&) = default;
  value_type execute(ExecutionContext &context) {
    return std::move(std::get<i>(whole->get(context)));
  }

private:
  std::shared_ptr<detail::Once<Tuple>> whole;
};

/// \p op in parts: as Lazy::unzip.
template <DeviceOp Op>
  requires detail::isTuple<typename Op::value_type>
auto unzip(Op op) {
  using Tuple = typename Op::value_type;
  std::shared_ptr<detail::Once<Tuple>> whole =
      std::make_shared<detail::OnceOf<Op>>(std::move(op));
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::tuple(UnzipOp<Tuple, i>(whole)...);
  }(std::make_index_sequence<std::tuple_size_v<Tuple>>());
}

/// The result of an operation that is executed once: see Lazy::shared.
template <typename T> class [[nodiscard]] SharedOp : public Lazy<SharedOp<T>> {
public:
  using value_type = std::shared_ptr<const T>;
  explicit SharedOp(std::shared_ptr<detail::Once<T>> all)
      : whole(std::move(all)) {}
  value_type execute(ExecutionContext &context) {
    return {whole, &whole->get(context)};
  }

private:
  std::shared_ptr<detail::Once<T>> whole;
};

/// Any operation that gives a T: see Lazy::boxed.
template <typename T> class [[nodiscard]] AnyOp : public Lazy<AnyOp<T>> {
public:
  using value_type = T;
  template <DeviceOp Op>
    requires std::same_as<typename Op::value_type, T>
  explicit AnyOp(Op op) : held(std::make_unique<Holder<Op>>(std::move(op))) {}
  AnyOp(AnyOp &&) noexcept = default;
  AnyOp &operator=(AnyOp &&) noexcept = default;
  T execute(ExecutionContext &context) { return held->execute(context); }

private:
  struct Interface {
    virtual ~Interface() = default;
    virtual T execute(ExecutionContext &context) = 0;
  };
  template <typename Op> struct Holder final : Interface {
    explicit Holder(Op given) : op(std::move(given)) {}
    T execute(ExecutionContext &context) override {
      return op.execute(context);
    }
    Op op;
  };
  std::unique_ptr<Interface> held;
};

// --- the members of Lazy

template <typename Self> template <typename F> auto Lazy<Self>::then(F f) && {
  return ThenOp<Self, F>(consumed(), std::move(f));
}
template <typename Self>
template <typename F>
auto Lazy<Self>::then_with_context(F f) && {
  return ThenWithContextOp<Self, F>(consumed(), std::move(f));
}
template <typename Self> template <typename F> auto Lazy<Self>::map(F f) && {
  return MapOp<Self, F>(consumed(), std::move(f));
}
template <typename Self>
template <typename F>
auto Lazy<Self>::inspect(F f) && {
  return InspectOp<Self, F>(consumed(), std::move(f));
}
template <typename Self>
template <typename... Others>
auto Lazy<Self>::zip(Others... others) && {
  return ZipOp<Self, Others...>(consumed(), std::move(others)...);
}
template <typename Self> auto Lazy<Self>::unzip() && {
  return ferro::unzip(consumed());
}
template <typename Self> auto Lazy<Self>::first() && {
  return std::move(*this).map([](typename Self::value_type value) {
    return std::move(std::get<0>(value));
  });
}
template <typename Self> auto Lazy<Self>::last() && {
  return std::move(*this).map([](typename Self::value_type value) {
    constexpr std::size_t size = std::tuple_size_v<typename Self::value_type>;
    return std::move(std::get<size - 1>(value));
  });
}
template <typename Self> auto Lazy<Self>::shared() && {
  return SharedOp<typename Self::value_type>(
      std::make_shared<detail::OnceOf<Self>>(consumed()));
}
template <typename Self> auto Lazy<Self>::unwrap() && {
  return std::move(*this).map(
      [](typename Self::value_type pointer) { return *pointer; });
}
template <typename Self> auto Lazy<Self>::boxed() && {
  return AnyOp<typename Self::value_type>(consumed());
}

} // namespace ferro
