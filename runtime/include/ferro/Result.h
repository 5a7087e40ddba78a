// A value or the Error that came instead.
#pragma once

#include "ferro/Error.h"

#include <type_traits>
#include <utility>
#include <variant>

namespace ferro {

/// What std::expected<T, ferro::Error> is in C++23. A script that returns a
/// Result gives an Error thrown in its body as the result's error.
template <typename T> class [[nodiscard]] Result {
public:
  using value_type = T;
  using error_type = Error;

  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}
  /// From what makes a T.
  template <typename U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             std::is_convertible_v<U, T>)
  Result(U &&value) : state(std::in_place_index<0>, std::forward<U>(value)) {}
  /// From a result whose value makes a T.
  template <typename U>
    requires(!std::is_same_v<U, T> && std::is_convertible_v<U, T>)
  Result(Result<U> other)
      : Result(other ? Result(T(std::move(*other)))
                     : Result(std::move(other).error())) {}

  bool has_value() const { return state.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// The value. \throws the Error if there is none.
  const T &value() const & {
    throwIfError();
    return std::get<0>(state);
  }
  T &value() & {
    throwIfError();
    return std::get<0>(state);
  }
  T &&value() && {
    throwIfError();
    return std::get<0>(std::move(state));
  }
  /// The error; there must be one.
  const Error &error() const & { return *std::get_if<1>(&state); }
  Error error() && { return std::move(*std::get_if<1>(&state)); }
  template <typename U> T value_or(U &&otherwise) const {
    return has_value() ? **this : static_cast<T>(std::forward<U>(otherwise));
  }

  /// The value; there must be one.
  const T &operator*() const & { return *std::get_if<0>(&state); }
  T &operator*() & { return *std::get_if<0>(&state); }
  T &&operator*() && { return std::move(*std::get_if<0>(&state)); }
  const T *operator->() const { return std::get_if<0>(&state); }
  T *operator->() { return std::get_if<0>(&state); }

private:
  void throwIfError() const {
    if (!has_value())
      throw error();
  }

  std::variant<T, Error> state;
};

} // namespace ferro
