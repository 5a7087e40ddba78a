// Broadcasting and promotion, from tables.
#include "../Expect.h"

#include "ferro/Creation.h"

#include <gtest/gtest.h>

using namespace ferro;

struct BroadcastRow {
  Shape x, y, result;
};

// NumPy's documentation, "Broadcasting", and its corners.
static const BroadcastRow broadcastTable[] = {
    {{256, 3}, {3}, {256, 3}},
    {{8, 1, 6, 1}, {7, 1, 5}, {8, 7, 6, 5}},
    {{5, 4}, {1}, {5, 4}},
    {{5, 4}, {4}, {5, 4}},
    {{3, 5, 2}, {3, 1, 2}, {3, 5, 2}},
    {{3, 5, 2}, {5, 2}, {3, 5, 2}},
    {{3, 5, 2}, {5, 1}, {3, 5, 2}},
    {{}, {2, 3}, {2, 3}},
    {{}, {}, {}},
    {{0, 3}, {1, 3}, {0, 3}},
    {{1}, {0}, {0}},
};

// [C01]
TEST(Broadcast, FollowsNumPy) {
  for (const BroadcastRow &row : broadcastTable) {
    auto x = rand<double>(row.x), y = rand<double>(row.y);
    for (bool swapped : {false, true}) {
      auto sum = swapped ? y + x : x + y;
      ASSERT_EQ(sum.shape(), row.result);
      // Element by element, by the definition of broadcasting.
      auto a = x.to_vector(), b = y.to_vector(), r = sum.to_vector();
      auto at = [&](const Shape &shape, std::int64_t flat) {
        std::int64_t index = 0, step = 1;
        for (std::size_t i = 0; i < shape.size(); ++i) {
          std::int64_t extent = shape[shape.size() - 1 - i];
          std::int64_t full = row.result[row.result.size() - 1 - i];
          if (extent != 1)
            index += flat % full * step;
          flat /= full;
          step *= extent;
        }
        return index;
      };
      for (std::int64_t i = 0; i < sum.numel(); ++i)
        EXPECT_EQ(r[i], a[at(row.x, i)] + b[at(row.y, i)]);
    }
  }
}

// [C58]
TEST(Broadcast, MismatchNamesTheShapes) {
  EXPECT_FERRO_ERROR(rand({2, 3}) + rand({2, 4}), Code::ShapeMismatch,
                     "add: shapes are [2, 3] and [2, 4]; extents, aligned at "
                     "the last axis, must be equal or 1");
}

// Rows and columns: bool u8 i8 i16 i32 i64 f16 bf16 f32 f64.
static const char *const promotionTable[numDTypes][numDTypes] = {
    {"bool", "u8", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"},
    {"u8", "u8", "i16", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"},
    {"i8", "i16", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"},
    {"i16", "i16", "i16", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"},
    {"i32", "i32", "i32", "i32", "i32", "i64", "f16", "bf16", "f32", "f64"},
    {"i64", "i64", "i64", "i64", "i64", "i64", "f16", "bf16", "f32", "f64"},
    {"f16", "f16", "f16", "f16", "f16", "f16", "f16", "f32", "f32", "f64"},
    {"bf16", "bf16", "bf16", "bf16", "bf16", "bf16", "f32", "bf16", "f32",
     "f64"},
    {"f32", "f32", "f32", "f32", "f32", "f32", "f32", "f32", "f32", "f64"},
    {"f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64"},
};

// [C57]
TEST(Promotion, FollowsTheTable) {
  for (std::size_t i = 0; i < numDTypes; ++i)
    for (std::size_t j = 0; j < numDTypes; ++j) {
      auto x = static_cast<DType>(i), y = static_cast<DType>(j);
      EXPECT_EQ(toString(promote(x, y)), promotionTable[i][j])
          << toString(x) << " with " << toString(y);
      // The library agrees with the types: a choice has the promoted dtype.
      auto one = [](DType dtype) {
        return detail::makeFull(dtype, {}, 1, Device{});
      };
      detail::Handle chosen =
          detail::ops::where(one(DType::Bool), one(x), one(y));
      EXPECT_TRUE(detail::checkDType(chosen, promote(x, y)).get());
    }
}

template <typename R, typename T> static bool is(const Tensor<T> &) {
  return std::is_same_v<R, T>;
}

TEST(Promotion, ResultTypesFollowTheRules) {
  auto i = tensor<int>({1, 2}), b = cast<int>(tensor<bool>({true, false}));
  auto f = tensor<float>({0.5, 2});
  auto truth = tensor<bool>({true, false});
  EXPECT_TRUE(is<float>(i + f));
  EXPECT_TRUE(is<double>(f + tensor<double>({1})));
  EXPECT_TRUE(is<float>(exp(i)));  // the Float rule
  EXPECT_TRUE(is<bool>(lt(i, f))); // Compare
  EXPECT_TRUE(is<bool>(logical_and(truth, truth)));
  EXPECT_TRUE(is<std::int64_t>(sum(b)));
  EXPECT_TRUE(is<float>(mean(i)));
  EXPECT_EQ((i + f).to_vector(), (std::vector<float>{1.5, 4}));
}

// A number takes the tensor's dtype, unless a float meets integers or an
// integer truth values.
TEST(Promotion, NumbersAreWeak) {
  EXPECT_TRUE(is<float>(tensor<float>({1}) + 1.0));
  EXPECT_TRUE(is<f16>(tensor<f16>({1.0f}) * 2.5));
  EXPECT_TRUE(is<std::uint8_t>(tensor<std::uint8_t>({1}) + 1));
  EXPECT_TRUE(is<float>(tensor<int>({1}) + 0.5));
  EXPECT_TRUE(is<float>(2.0f * tensor<std::int64_t>({3})));
  EXPECT_TRUE(
      is<std::int64_t>(where(tensor<bool>({true}), tensor<bool>({true}), 5)));
  EXPECT_EQ((tensor<int>({1}) + 0.5).item(), 1.5f);
}

TEST(Promotion, ArithmeticOfTruthValuesIsRefused) {
  auto truth = tensor<bool>({true});
  EXPECT_FERRO_CODE(truth + truth, Code::DTypeMismatch);
}
