// Blocks that touch each other's elements are found, in whatever order they
// run.
#include "Kernels.h"

#include "../Expect.h"

using namespace ferro;
using cutile::dyn;
using cutile::TensorView;
using cutile::reference::inOrder;
using cutile::reference::shuffled;
using cutile::test::random;

namespace {

using cutile::i32;
using cutile::Tile;

// [G37]
TEST(Race, TilesOfOnesOwnAreNone) {
  auto x = random({100}, 1), y = zeros<float>({100});
  for (std::uint64_t seed : {1, 2, 3})
    cutile::reference::launch({}, shuffled(seed), kernels::copy<8>,
                              y.partition({8}), x);
  EXPECT_EQ(y.to_vector(), x.to_vector());
}

/// Every block stores the tile that `target` says.
void storeTo(TensorView<i32, 4> &y, int target) {
  auto tiles = y.partition_full_mut<4>();
  tiles.store(
      cutile::reference::generate<Tile<i32, 4>>([](int i) { return i; }),
      target);
}
TEST(Race, TwoBlocksStoreOneElement) {
  auto y = zeros<std::int32_t>({12});
  EXPECT_FERRO_ERROR(
      cutile::reference::launch({}, inOrder, storeTo, y.partition({4}), 1),
      Code::RaceDetected,
      "kernel: store to element [4] of parameter 1 in block (1, 0, 0): block "
      "(0, 0, 0) touches it too, and nothing orders the two");
}

/// Every block reads what the block before it writes.
void readNeighbour(TensorView<i32, 4> &y) {
  auto tiles = y.partition_full_mut<4>();
  int x = cutile::tile_block_id().x;
  auto own = y.load();
  tiles.load(x > 0 ? x - 1 : 0);
  y.store(own);
}
// [D181] [D183]
TEST(Race, ABlockReadsWhatAnotherWrites) {
  auto y = zeros<std::int32_t>({40});
  EXPECT_FERRO_CODE(
      cutile::reference::launch({}, inOrder, readNeighbour, y.partition({4})),
      Code::RaceDetected);
  for (std::uint64_t seed = 0; seed < 5; ++seed)
    EXPECT_FERRO_CODE(cutile::reference::launch(
                          {}, shuffled(seed), readNeighbour, y.partition({4})),
                      Code::RaceDetected);
}

TEST(Race, AllMayReadTheSame) {
  auto kernel = +[](TensorView<float, 4> &y, const TensorView<float, 4> &x) {
    y.store(x.load());
  };
  auto x = random({4}, 2), y = zeros<float>({32});
  cutile::reference::launch({}, inOrder, kernel, y.partition({4}), x);
  EXPECT_EQ(y.data()[31], x.data()[3]);
}

TEST(Race, ShuffledBlocksAllRunOnce) {
  static std::vector<int> order;
  auto kernel = +[](const TensorView<float, dyn> &) {
    auto [x, y, z] = cutile::tile_block_id();
    order.push_back(x + 3 * (y + 2 * z));
  };
  auto orderOf = [&](cutile::reference::BlockOrder blocks) {
    order.clear();
    cutile::reference::launch(cutile::Grid{3, 2, 2}, blocks, kernel,
                              zeros<float>({1}));
    return order;
  };
  auto plain = orderOf(inOrder), once = orderOf(shuffled(7));
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(plain[i], i);
  EXPECT_NE(once, plain);
  EXPECT_EQ(once, orderOf(shuffled(7)));
  std::sort(once.begin(), once.end());
  EXPECT_EQ(once, plain);
}

} // namespace
