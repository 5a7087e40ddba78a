// Expectations shared by the unit tests.
#pragma once

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <optional>

namespace ferro::test {

/// The Error that \p call throws, if any.
template <typename F> std::optional<Error> errorOf(F &&call) {
  try {
    call();
  } catch (const Error &error) {
    return error;
  }
  return std::nullopt;
}

} // namespace ferro::test

/// Expects \p statement to throw an Error with this code and what().
#define EXPECT_FERRO_ERROR(statement, expected, text)                          \
  do {                                                                         \
    auto error = ::ferro::test::errorOf([&] { statement; });                   \
    if (!error) {                                                              \
      ADD_FAILURE() << #statement " threw no Error";                           \
      break;                                                                   \
    }                                                                          \
    EXPECT_EQ(::ferro::toString(error->code()), ::ferro::toString(expected));  \
    EXPECT_STREQ(error->what(), text);                                         \
  } while (false)

/// Expects \p statement to throw an Error with this code.
#define EXPECT_FERRO_CODE(statement, expected)                                 \
  do {                                                                         \
    auto error = ::ferro::test::errorOf([&] { statement; });                   \
    if (!error) {                                                              \
      ADD_FAILURE() << #statement " threw no Error";                           \
      break;                                                                   \
    }                                                                          \
    EXPECT_EQ(::ferro::toString(error->code()), ::ferro::toString(expected))   \
        << error->what();                                                      \
  } while (false)
