// Launches of functions that are no tile kernels.
#include "Waiting.h"

#include "cutile/Foreign.h"

#include <set>

using namespace ferro;
using cutile::Block;
using cutile::Grid;
using cutile::launch;

/// c[i, j] = x for block (i, j).
static void number(const Block &block, std::int32_t *c, std::int32_t factor) {
  c[block.x * block.grid.y + block.y] =
      static_cast<std::int32_t>(factor * (10 * block.x + block.y));
}

// [H49]
TEST(Foreign, EachBlockIsCalledOnce) {
  auto c = zeros<std::int32_t>({3, 4});
  auto [back, factor] = launch(number, Grid{3, 4}, c, 2).sync();
  EXPECT_EQ(back.id(), c.id());
  EXPECT_EQ(factor, 2);
  EXPECT_EQ(c.to_vector(), (std::vector<std::int32_t>{0, 2, 4, 6, 20, 22, 24,
                                                      26, 40, 42, 44, 46}));
  launch(number, Grid{0, 4}, c, 5).sync(); // no blocks
  EXPECT_EQ(c.data()[11], 46);
}

/// As a library's function: strides and extents are arguments.
static void gemv(float *y, const float *a, const float *x, int m, int n) {
  for (int i = 0; i < m; ++i) {
    y[i] = 0;
    for (int j = 0; j < n; ++j)
      y[i] += a[i * n + j] * x[j];
  }
}

// [H49]
TEST(Foreign, FunctionsWithoutBlocksAreCalledOnceInTheirStream) {
  auto a = test::random({5, 7}, 1), x = test::random({7}, 2);
  auto y = zeros<float>({5}), expected = zeros<float>({5});
  gemv(expected.mutable_data().data(), a.data().data(), x.data().data(), 5, 7);
  Stream stream(cpu);
  auto result = launch(gemv, {}, y, a, x, 5, 7)
                    .then([](Tensor<float> y, auto, auto, int, int) {
                      return value(y.to_vector());
                    })
                    .on(stream)
                    .get();
  EXPECT_EQ(result, expected.to_vector());
  EXPECT_FERRO_ERROR(
      launch(gemv, {2}, y, a, x, 5, 7).sync(), Code::InvalidArgument,
      "foreign launch: the grid is 2 x 1 x 1, and the function's "
      "first parameter is no const Block &");
}

TEST(Foreign, OutputsCountAsWritesAndInputsDoNot) {
  auto x = test::random({4}, 3), y = zeros<float>({4});
  x.requires_grad_();
  auto loss = sum(x * y.detach() * x);
  auto reads = +[](const float *) {};
  launch(reads, {}, x).sync();
  loss.backward();
  auto z = test::random({4}, 4);
  auto other = sum(x * z);
  auto writes = +[](float *z) { z[0] = 3; };
  launch(writes, {}, z).sync();
  EXPECT_FERRO_CODE(other.backward(), Code::SavedTensorModified);
}

TEST(Foreign, TensorsWithoutRowMajorElementsAreRefused) {
  auto x = test::random({4, 4}, 5);
  auto reads = +[](const float *) {};
  EXPECT_FERRO_ERROR(launch(reads, {}, transpose(x, 0, 1)).sync(),
                     Code::InvalidArgument,
                     "foreign launch: argument 1: the tensor is [4, 4] with "
                     "strides [1, 4]; the function gets the address of "
                     "row-major elements");
  EXPECT_FERRO_CODE(launch(reads, {}, meta<float>({2})).sync(),
                    Code::DeviceMismatch);
  EXPECT_FERRO_CODE(launch(reads, {}, Tensor<float>()).sync(),
                    Code::InvalidArgument);
  auto block = +[](const Block &) {};
  EXPECT_FERRO_CODE(launch(block, {std::int64_t{1} << 31}).sync(),
                    Code::InvalidArgument);
  EXPECT_FERRO_CODE(launch(block, {-1}).sync(), Code::InvalidArgument);
}

TEST(Foreign, TheFirstBlocksErrorIsTold) {
  auto fails = +[](const Block &block) {
    if (block.x % 3 == 2)
      throw Error(Code::Internal, "block", std::to_string(block.x));
  };
  EXPECT_FERRO_ERROR(launch(fails, {1000}).sync(), Code::Internal, "block: 2");
}

// [H43]
TEST(Foreign, ALaunchKeepsItsTensorsUntilItHasEnded) {
  Stream stream(cpu);
  static test::Gate *gate;
  test::Gate opened;
  gate = &opened;
  auto y = zeros<float>({1000});
  auto copy = +[](float *to, const float *from) {
    gate->wait();
    for (int i = 0; i < 1000; ++i)
      to[i] = from[i];
  };
  {
    auto dropped = launch(copy, {}, y, test::random({1000}, 6)).on(stream);
  }
  std::vector<Tensor<float>> others;
  for (int i = 0; i < 16; ++i)
    others.push_back(full<float>({1000}, 5));
  opened.open();
  stream.synchronize();
  EXPECT_EQ(y.to_vector(), test::random({1000}, 6).to_vector());
}
