#include "../Expect.h"

#include "api/Random.h"

#include "ferro/Creation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

using namespace ferro;

// [C41]
TEST(Creation, FromNumbers) {
  EXPECT_EQ(zeros<int>({2, 2}).to_vector(), (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(ones({3}).to_vector(), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(full<double>({2}, 0.1).to_vector(),
            (std::vector<double>{0.1, 0.1}));
  EXPECT_EQ(full<std::int64_t>({1}, INT64_MAX).item(), INT64_MAX);
  EXPECT_EQ(scalar<double>(2.5).item(), 2.5);
  EXPECT_EQ(scalar(1).ndim(), 0u);
  EXPECT_EQ(eye<int>(2).to_vector(), (std::vector<int>{1, 0, 0, 1}));
  EXPECT_EQ(eye<int>(2, 3).to_vector(), (std::vector<int>{1, 0, 0, 0, 1, 0}));
}

// [C41]
TEST(Creation, FromMemory) {
  EXPECT_EQ(tensor<float>({1, 2, 3}).shape(), (Shape{3}));
  EXPECT_EQ(tensor<float>({{1, 2, 3}, {4, 5, 6}}).shape(), (Shape{2, 3}));
  auto deep = tensor<int>({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}});
  EXPECT_EQ(deep.shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(deep.to_vector(), (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}));
  std::vector<double> values{1, 2, 3, 4};
  EXPECT_EQ(from_vector(values).shape(), (Shape{4}));
  EXPECT_EQ(from_vector(values, {2, 2}).to_vector(), values);
  auto copied = from_span(std::span<const double>(values).subspan(1), {3});
  values[1] = 99;
  EXPECT_EQ(copied.to_vector(), (std::vector<double>{2, 3, 4}));
  EXPECT_FERRO_ERROR(tensor<float>({{1, 2}, {3}}), Code::ShapeMismatch,
                     "tensor: found rows of 2 and of 1 values; all rows must "
                     "be equally long");
  EXPECT_FERRO_ERROR(from_vector(values, {3}), Code::ShapeMismatch,
                     "tensor: found 4 values; shape [3] has 3 elements");
}

// [C41]
TEST(Creation, Ranges) {
  EXPECT_EQ(arange<int>(4).to_vector(), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(arange<int>(5, -1, -2).to_vector(), (std::vector<int>{5, 3, 1}));
  EXPECT_EQ(arange<double>(0, 1, 0.25).to_vector(),
            (std::vector<double>{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(arange<int>(3, 3).numel(), 0);
  EXPECT_EQ(linspace<double>(0, 1, 5).to_vector(),
            (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(linspace<float>(-0.3, 0.7, 11).to_vector().back(), 0.7f);
  EXPECT_EQ(linspace<float>(3, 4, 1).to_vector(), (std::vector<float>{3}));
  EXPECT_FERRO_CODE(arange<int>(0, 3, 0), Code::InvalidArgument);
}

// [C41]
TEST(Creation, LikeAnother) {
  auto x = meta<double>({2, 3});
  EXPECT_EQ(zeros_like(x).device().kind, DeviceKind::Meta);
  auto y = tensor<std::int8_t>({{1, 2}});
  EXPECT_EQ(ones_like(y).to_vector(), (std::vector<std::int8_t>{1, 1}));
  EXPECT_EQ(full_like(y, 3).shape(), y.shape());
  EXPECT_EQ(empty_like(y).shape(), y.shape());
  EXPECT_EQ(rand_like(ones<f16>({4})).shape(), (Shape{4}));
  EXPECT_EQ(randn_like(ones({4})).shape(), (Shape{4}));
}

// Known answers of the authors' Random123 distribution (kat_vectors).
TEST(Random, PhiloxGivesTheKnownAnswer) {
  EXPECT_EQ(detail::philox(0, 0),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c,
                                          0x9b00dbd8}));
}

// [C41]
TEST(Random, SeedDecidesTheNumbers) {
  manual_seed(7);
  auto first = rand({100}), second = randn({100});
  manual_seed(7);
  EXPECT_EQ(rand({100}).to_vector(), first.to_vector());
  EXPECT_EQ(randn({100}).to_vector(), second.to_vector());
  manual_seed(8);
  EXPECT_NE(rand({100}).to_vector(), first.to_vector());
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
  manual_seed(1);
  constexpr std::int64_t n = 200000;
  auto u = rand<double>({n}), z = randn<double>({n});
  EXPECT_GE(amin(u).item(), 0);
  EXPECT_LT(amax(u).item(), 1);
  EXPECT_NEAR(mean(u).item(), 0.5, 0.004);
  EXPECT_NEAR(mean(square(u - 0.5)).item(), 1.0 / 12, 0.001);
  EXPECT_NEAR(mean(z).item(), 0, 0.01);
  EXPECT_NEAR(mean(square(z)).item(), 1, 0.02);
  EXPECT_NEAR(mean(z * z * z * z).item(), 3, 0.1);
  // Halves never round up to 1.
  EXPECT_LT(static_cast<float>(amax(rand<bf16>({20000})).item()), 1);
}
