// Texts that are put together at compile time, for static_assert.
#pragma once

#include "cutile/Element.h"
#include "cutile/Shape.h"

// CUTILE_REQUIRE(condition, Explanation) is a static_assert that says
// Explanation::computed, or, to compilers before C++26's computed messages,
// Explanation::fixed. The JIT's compiler reads what another has accepted.
#if !defined(__FERRO_JIT__) && defined(__cpp_static_assert) &&                 \
    __cpp_static_assert >= 202306L
#define CUTILE_PRAGMA(text) _Pragma(#text)
#define CUTILE_REQUIRE(condition, ...)                                         \
  {                                                                            \
    constexpr bool holds = condition;                                          \
    CUTILE_PRAGMA(clang diagnostic push)                                       \
    CUTILE_PRAGMA(clang diagnostic ignored "-Wc++26-extensions")               \
    static_assert(holds, (__VA_ARGS__::text()));                               \
    CUTILE_PRAGMA(clang diagnostic pop)                                        \
  }
#else
#define CUTILE_REQUIRE(condition, ...)                                         \
  static_assert(condition, "operands do not fit each other; Clang says "       \
                           "which");
#endif

namespace cutile::detail {

/// A name as a template argument.
template <std::size_t length> struct Name {
  consteval Name(const char (&name)[length]) {
    for (std::size_t i = 0; i < length; ++i)
      characters[i] = name[i];
  }
  char characters[length];
};
template <std::size_t length> Name(const char (&)[length]) -> Name<length>;

/// A short text; what does not fit is cut off.
class Message {
public:
  constexpr const char *data() const { return characters; }
  constexpr std::size_t size() const { return length; }

  constexpr Message &operator<<(const char *text) {
    while (*text)
      append(*text++);
    return *this;
  }
  constexpr Message &operator<<(int number) {
    if (number < 0)
      return append('-'), *this << -number;
    if (number >= 10)
      *this << number / 10;
    append(static_cast<char>('0' + number % 10));
    return *this;
  }
  /// "[4, 8]"
  template <int... D> constexpr Message &operator<<(TileShape<D...>) {
    int axis = 0;
    *this << "[";
    ((*this << (axis++ ? ", " : "") << D), ...);
    return *this << "]";
  }

private:
  constexpr void append(char c) {
    if (length < sizeof(characters))
      characters[length++] = c;
  }

  char characters[240] = {};
  std::size_t length = 0;
};

} // namespace cutile::detail
