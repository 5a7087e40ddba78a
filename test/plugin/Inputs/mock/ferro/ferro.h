// A small stand-in for the runtime: scripts run eagerly, and a call records
// what its site says. It keeps the plugin's tests fast and independent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>
#include <version>
#ifdef __cpp_lib_expected
#include <expected>
#endif

namespace ferro {

template <typename T> struct Tensor {
  std::vector<T> values;
  Tensor() = default;
  Tensor(std::initializer_list<T> list) : values(list) {}
  T item() const { return values.at(0); }
};

template <typename T> struct TracedModule : Tensor<T> {
  TracedModule() = default;
  TracedModule(Tensor<T> value) : Tensor<T>(std::move(value)) {}
};

template <typename R> struct TracedOutputs : R {
  TracedOutputs(R outputs) : R(std::move(outputs)) {}
};

struct Error {
  std::string text;
};

template <typename X> struct Result {
  X content;
  Result(X value) : content(std::move(value)) {}
  template <typename Y>
  Result(Result<Y> other) : content(std::move(other.content)) {}
  X &operator*() { return content; }
};

template <typename T> Tensor<T> add(const Tensor<T> &x, const Tensor<T> &y) {
  Tensor<T> result = x;
  for (std::size_t i = 0; i < x.values.size(); ++i)
    result.values[i] += y.values[i];
  return result;
}
template <typename T> Tensor<T> mul(const Tensor<T> &x, const Tensor<T> &y) {
  Tensor<T> result = x;
  for (std::size_t i = 0; i < x.values.size(); ++i)
    result.values[i] *= y.values[i];
  return result;
}
template <typename T> Tensor<T> mul(Tensor<T> x, std::type_identity_t<T> factor) {
  for (T &value : x.values)
    value *= factor;
  return x;
}
template <typename T> Tensor<T> sum(const Tensor<T> &x) {
  T total{};
  for (T value : x.values)
    total += value;
  return {total};
}
template <typename T> Tensor<T> randn_like(const Tensor<T> &x) { return x; }
template <typename T> Tensor<T> operator+(const Tensor<T> &x, const Tensor<T> &y) { return add(x, y); }
template <typename T> Tensor<T> operator*(const Tensor<T> &x, std::type_identity_t<T> factor) { return mul(x, factor); }

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
template <typename X> struct ScriptedOf<Result<X>> {
  using type = Result<typename ScriptedOf<X>::type>;
};
#ifdef __cpp_lib_expected
template <typename X, typename E> struct ScriptedOf<std::expected<X, E>> {
  using type = std::expected<typename ScriptedOf<X>::type, E>;
};
#endif

enum class ScriptFlags : std::uint8_t { None = 0, Closed = 1, FullGraph = 2 };
constexpr ScriptFlags operator|(ScriptFlags a, ScriptFlags b) {
  return static_cast<ScriptFlags>(static_cast<int>(a) | static_cast<int>(b));
}

struct ScriptSite {
  const char *name;
  const char *file;
  int line;
  ScriptFlags flags = ScriptFlags::None;
  const char *parameters = "";
  int calls = 0;
};

/// The site of the latest script that returned.
inline ScriptSite *lastSite = nullptr;
/// How many values it listed from outside.
inline std::size_t lastOutside = 0;

template <typename... Ts> struct OutsideList {
  static constexpr std::size_t size = sizeof...(Ts);
};
template <typename... Ts> OutsideList<Ts...> outside(const Ts &...) { return {}; }

template <typename Outside, typename Body, typename... Args>
auto callScript(ScriptSite &site, const Outside &outside, Body body, Args &...arguments) {
  using R = std::remove_cvref_t<std::invoke_result_t<Body &, Args &...>>;
  typename ScriptedOf<R>::type result(body(arguments...));
  ++site.calls;
  lastSite = &site;
  if constexpr (std::is_invocable_v<const Outside &>)
    lastOutside = decltype(outside())::size;
  else
    lastOutside = 0;
  return result;
}

} // namespace detail

template <typename R>
using Scripted = typename detail::ScriptedOf<std::remove_cvref_t<R>>::type;

} // namespace ferro
