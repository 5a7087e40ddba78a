// What launches accept, refuse and give back.
#include "Kernels.h"

#include "../Expect.h"

using namespace ferro;
using cutile::dyn;
using cutile::launch;
using cutile::TensorView;
using cutile::Tile;
using cutile::TileShape;
using cutile::test::random;

namespace {

// [H14] [H25] [H27]
TEST(Launch, GivesTheArgumentsBack) {
  auto x = random({37}, 1), y = zeros<float>({37});
  auto [partition, input] =
      launch<kernels::copy<16>>(y.partition({16}), x).sync();
  EXPECT_EQ(partition.unpartition().to_vector(), x.to_vector());
  EXPECT_EQ(input.id(), x.id());
  EXPECT_EQ(partition.grid(), (Dims{3}));
}

// [H17] [H20]
TEST(Launch, BorrowedPartitionsAndLazyLaunches) {
  auto x = random({5}, 2), y = zeros<float>({5});
  auto partition = y.partition({4});
  auto later = launch<kernels::copy<4>>(partition, x);
  EXPECT_EQ(y.to_vector(), std::vector<float>(5, 0));
  later.sync();
  EXPECT_EQ(y.to_vector(), x.to_vector());
}

// [H19]
TEST(Launch, InputsAreViewsToo) {
  auto x = random({6, 4}, 3), y = zeros<float>({6});
  auto column = squeeze(narrow(x, 1, 2, 1), 1); // strides 4
  launch<kernels::copy<4>>(y.partition({4}), column).sync();
  EXPECT_EQ(y.to_vector(), column.to_vector());
}

TEST(Launch, BlocksAreTheTilesOfTheOutput) {
  auto out = zeros<std::int32_t>({5, 3});
  launch<kernels::number<2, 2>>(out.partition({2, 2})).sync();
  EXPECT_EQ(out.to_vector(),
            (std::vector<std::int32_t>{1, 1, 2, 1, 1, 2, 3, 3, 4, //
                                       3, 3, 4, 5, 5, 6}));
}

TEST(Launch, EmptyTensorsRunNoBlocks) {
  auto x = zeros<float>({0}), y = zeros<float>({0});
  launch<kernels::copy<16>>(y.partition({16}), x).sync();
  auto none = zeros<std::int32_t>({0, 3});
  launch<kernels::number<2, 2>>(none.partition({2, 2})).sync();
}

// [D019] [D020]
struct Scale {
  float factor;
  int shift;
  float operator()(float x) const { return x * factor + shift; }
};
template <int N>
void affine(TensorView<float, N> &y, const TensorView<float, dyn> &x,
            Scale scale, double offset, const float *bias) {
  auto tile = load_tile_like(x, y);
  y.store(cutile::reference::generate<Tile<float, N>>([&](int i) {
    return scale(tile.storage()[i]) + float(offset) + bias[0];
  }));
}
TEST(Launch, NumbersAggregatesAndPointersAreParameters) {
  auto x = random({9}, 4), y = zeros<float>({9});
  auto bias = ferro::tensor<float>({0.5});
  launch<affine<4>>(y.partition({4}), x, Scale{2, 1}, 3, bias).sync();
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(y.data()[i], x.data()[i] * 2 + 1 + 3.0f + 0.5f);
  float one = 1;
  launch<affine<4>>(y.partition({4}), x, Scale{0, 0}, 0, &one).sync();
  EXPECT_EQ(y.data()[8], 1);
}

// [G67] [G35]
TEST(Launch, RanksAndStaticExtentsAreChecked) {
  auto fixed =
      +[](TensorView<float, 4> &, const TensorView<float, 3, dyn> &) {};
  auto y = zeros<float>({4});
  auto run = [&](const Tensor<float> &x) {
    cutile::reference::launch({}, cutile::reference::inOrder, fixed,
                              y.partition({4}), x);
  };
  run(zeros<float>({3, 9}));
  EXPECT_FERRO_ERROR(run(zeros<float>({3})), Code::ShapeMismatch,
                     "kernel: parameter 2 is a view [3, dyn], the tensor is "
                     "[3]; the ranks are equal");
  EXPECT_FERRO_ERROR(run(zeros<float>({4, 3})), Code::ShapeMismatch,
                     "kernel: parameter 2 is a view [3, dyn], the tensor is "
                     "[4, 3]; axis 0 differs");
  EXPECT_FERRO_CODE(run(Tensor<float>()), Code::InvalidArgument);
}

TEST(Launch, TilesOfTheOutputAreTheViews) {
  auto x = random({8}, 5), y = zeros<float>({8});
  EXPECT_FERRO_ERROR(
      launch<kernels::copy<4>>(y.partition({8}), x).sync(), Code::ShapeMismatch,
      "kernels::copy: parameter 1 has tiles [4], the partition has [8]");
}

// [G67]
TEST(Launch, OutputsWhoseElementsCoincideAreRefused) {
  auto x = random({8}, 6), one = zeros<float>({1});
  auto y = expand(one, {8}); // strides 0
  EXPECT_FERRO_CODE(launch<kernels::copy<4>>(y.partition({4}), x).sync(),
                    Code::InvalidArgument);
  launch<kernels::copy<4>>(x.partition({4}), y).sync(); // an input may
  EXPECT_EQ(x.data()[7], 0);
}

TEST(Launch, ElementTypesAreChecked) {
  auto x = random({8}, 7), y = zeros<float>({8});
  EXPECT_FERRO_ERROR(
      launch<kernels::copy<4>>(y.partition({4}), cast<double>(x)).sync(),
      Code::DTypeMismatch,
      "kernels::copy: parameter 2 has elements f32, which tensors of f32 "
      "hold; the tensor is of f64");
}

// [G36]
TEST(Launch, AnOutputOverlapsNoOtherArgument) {
  auto x = random({8}, 8);
  EXPECT_FERRO_ERROR(
      launch<kernels::copy<4>>(x.partition({4}), x).sync(),
      Code::InvalidArgument,
      "kernels::copy: parameter 1 is an output and overlaps parameter 2 in "
      "memory; nothing else reaches an output's elements");
  auto halves = random({4, 4}, 9);
  auto left = narrow(halves, 1, 0, 2), right = narrow(halves, 1, 2, 2);
  auto copy2 = +[](TensorView<float, 4, 2> &y,
                   const TensorView<float, 4, 2> &x) { y.store(x.load()); };
  auto run = [&](const Tensor<float> &y, const Tensor<float> &x) {
    cutile::reference::launch({}, cutile::reference::inOrder, copy2,
                              y.partition({4, 2}), x);
  };
  run(left, right); // interleaved in memory, and apart
  EXPECT_EQ(left.to_vector(), right.to_vector());
  EXPECT_FERRO_CODE(run(left, narrow(halves, 1, 1, 2)), Code::InvalidArgument);
  float *inside = x.mutable_data().data() + 3;
  auto reads = +[](TensorView<float, 4> &, const float *) {};
  EXPECT_FERRO_CODE(cutile::reference::launch({}, cutile::reference::inOrder,
                                              reads, x.partition({4}), inside),
                    Code::InvalidArgument);
}

// [H15] [H25]
TEST(Launch, GridsComeFromOutputsOrAreGiven) {
  auto x = random({9}, 10), y = zeros<float>({9});
  EXPECT_FERRO_ERROR(
      launch<kernels::copy<4>>(y.partition({4}), x).grid({2}).sync(),
      Code::ShapeMismatch,
      "kernels::copy: the grid is 2 x 1 x 1, parameter 1 has 3 x 1 x 1 "
      "tiles; there is a block for each");
  launch<kernels::copy<4>>(y.partition_prefix({4}), x).grid({2}).sync();
  EXPECT_EQ(y.data()[7], x.data()[7]);
  EXPECT_EQ(y.data()[8], 0);
  EXPECT_FERRO_CODE(
      launch<kernels::copy<4>>(y.partition_prefix({4}), x).grid({4}).sync(),
      Code::ShapeMismatch);

  auto noOutput = +[](const TensorView<float, dyn> &) {};
  EXPECT_FERRO_CODE(
      cutile::reference::launch({}, cutile::reference::inOrder, noOutput, x),
      Code::InvalidArgument);
  auto two = +[](TensorView<float, 4> &, TensorView<float, 4> &) {};
  EXPECT_FERRO_CODE(cutile::reference::launch({}, cutile::reference::inOrder,
                                              two, y.partition({4}),
                                              zeros<float>({3}).partition({4})),
                    Code::ShapeMismatch);
  EXPECT_FERRO_CODE(
      cutile::reference::launch(cutile::Grid{std::int64_t{1} << 31},
                                cutile::reference::inOrder, noOutput, x),
      Code::InvalidArgument);
}

// [H14] [H16]
TEST(Launch, PartitionsAreChecked) {
  auto y = zeros<float>({8});
  EXPECT_FERRO_ERROR(y.partition({4, 4}), Code::ShapeMismatch,
                     "partition: tiles are [4, 4], the tensor is [8]; a tile "
                     "has an extent for each axis");
  EXPECT_FERRO_CODE(y.partition({0}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(zeros<float>({1, 1, 1, 1}).partition({1, 1, 1, 1}),
                    Code::ShapeMismatch);
  EXPECT_FALSE(y.try_partition({0}).has_value());
  EXPECT_EQ(y.try_partition({3})->grid(), (Dims{3}));
}

TEST(Launch, TheErrorsOfAKernelNameItAndItsBlock) {
  auto beyond = +[](TensorView<float, 4> &y, const TensorView<float, dyn> &x) {
    y.store(x.partition<4>().load(cutile::tile_block_id().x + 1));
  };
  auto x = random({8}, 11), y = zeros<float>({8});
  EXPECT_FERRO_ERROR(
      cutile::reference::launch({}, cutile::reference::inOrder, beyond,
                                y.partition({4}), x),
      Code::IndexOutOfBounds,
      "kernel: load of parameter 2 in block (1, 0, 0): index 2 on axis 0 is "
      "outside of 2 tiles of 4 (extent 8)");
}

} // namespace
