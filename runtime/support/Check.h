// Our own invariants, checked in every build.
#pragma once

namespace ferro::detail {
/// \throws Error Internal naming the broken invariant and its place.
[[noreturn]] void checkFailed(const char *condition, const char *text,
                              const char *file, int line);
} // namespace ferro::detail

/// States what must hold if FerroScript has no bug; never what a user can
/// break.
#define FERRO_CHECK(condition, text)                                           \
  ((condition) ? static_cast<void>(0)                                          \
               : ::ferro::detail::checkFailed(#condition, text, __FILE_NAME__, \
                                              __LINE__))
