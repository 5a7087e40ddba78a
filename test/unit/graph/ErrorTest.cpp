#include "ferro/Error.h"

#include "ExpectError.h"
#include "ferro/Device.h"
#include "ferro/Shape.h"
#include "support/Check.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

using namespace ferro;

// [B71]
TEST(Errors, EveryCodeHasANameAndAMeaning) {
  std::set<std::string_view> names;
#define FERRO_ERROR(Id, text)                                                  \
  EXPECT_EQ(toString(Code::Id), #Id);                                          \
  EXPECT_EQ(meaning(Code::Id), text);                                          \
  EXPECT_TRUE(names.insert(#Id).second);
#include "ferro/Errors.def"
  EXPECT_GE(names.size(), 24u);
}

TEST(Errors, SayOperationAndText) {
  Error error(Code::ShapeMismatch, "matmul", "lhs is [2]");
  EXPECT_EQ(std::string(error.what()), "matmul: lhs is [2]");
  EXPECT_EQ(error.op(), "matmul");
  EXPECT_EQ(error.text(), "lhs is [2]");
  EXPECT_EQ(std::string(Error(Code::Internal, "", "text").what()), "text");
}

TEST(Errors, ChecksNameTheConditionAndThePlace) {
  EXPECT_NO_THROW(FERRO_CHECK(1 + 1 == 2, "arithmetic holds"));
  try {
    FERRO_CHECK(1 + 1 == 3, "arithmetic holds");
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), Code::Internal);
    EXPECT_EQ(
        std::string(error.what())
            .rfind("ErrorTest.cpp: arithmetic holds (1 + 1 == 3, line ", 0),
        0u)
        << error.what();
  }
}

TEST(Printing, ShapesAndDevices) {
  EXPECT_EQ(toString(Shape{2, 3}), "[2, 3]");
  EXPECT_EQ(toString(Shape{}), "[]");
  EXPECT_EQ(toString(Device{}), "cpu");
  EXPECT_EQ(toString(Device{DeviceKind::Cuda, 1}), "cuda:1");
  EXPECT_FERRO_ERROR(Dims::filled(9, 1), InvalidArgument,
                     "shape: found 9 axes; a tensor has at most 8");
}
