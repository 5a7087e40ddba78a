// EXPECT_FERRO_ERROR(statement, code, text): what is thrown, word for word.
#pragma once

#include "ferro/Error.h"

#include <gtest/gtest.h>

#define EXPECT_FERRO_ERROR(statement, expectedCode, expectedText)              \
  try {                                                                        \
    statement;                                                                 \
    ADD_FAILURE() << "nothing was thrown";                                     \
  } catch (const ::ferro::Error &error) {                                      \
    EXPECT_EQ(::ferro::toString(error.code()),                                 \
              ::ferro::toString(::ferro::Code::expectedCode));                 \
    EXPECT_EQ(std::string(error.what()), expectedText);                        \
  }
