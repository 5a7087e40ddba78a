#include "../Expect.h"

#include "ferro/Creation.h"
#include "ferro/Result.h"

#include <gtest/gtest.h>

using namespace ferro;

static Result<Tensor<float>> halved(const Tensor<float> &x) {
  if (x.numel() == 0)
    return Error(Code::InvalidArgument, "halved", "found no elements");
  return x / 2;
}

TEST(Result, HoldsAValueOrAnError) {
  auto good = halved(tensor<float>({4}));
  ASSERT_TRUE(good);
  EXPECT_EQ(good->item(), 2);
  EXPECT_EQ((*good).item(), good.value().item());

  auto bad = halved(empty<float>({0}));
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code(), Code::InvalidArgument);
  EXPECT_FERRO_ERROR(bad.value(), Code::InvalidArgument,
                     "halved: found no elements");
  EXPECT_EQ(bad.value_or(ones({1})).item(), 1);
}

TEST(Result, ConvertsWithItsValue) {
  Result<int> number = 3;
  Result<double> wide = number;
  EXPECT_EQ(*wide, 3.0);
  Result<double> failed = Result<int>(Error(Code::IoError, "read", "gone"));
  EXPECT_EQ(failed.error().code(), Code::IoError);
}
