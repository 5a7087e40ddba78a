// Outputs whose tiles a map deals to the blocks.
#include "Kernels.h"

#include "../Expect.h"

using namespace ferro;
using cutile::MappedPartitionMut;
using cutile::Tile;
using cutile::TileMap;
using cutile::TileShape;
using cutile::reference::inOrder;

namespace {

using cutile::i32;

template <typename T> T filled(i32 value) {
  return cutile::reference::generate<T>([&](int) { return value; });
}

/// Writes the row-major number of each tile, plus 1, to its elements.
template <int B, int M0, int M1>
void numberTiles(
    MappedPartitionMut<i32, TileShape<B, B>, TileMap<M0, M1>> out) {
  auto columns = num_tiles(out, 1);
  for (auto index : out.iter_indices()) {
    auto [m, n] = index.components();
    out.store(filled<Tile<i32, B, B>>(static_cast<i32>(m * columns + n + 1)),
              index);
  }
}

template <int M0, int M1>
static void expectNumbered(std::int64_t rows, std::int64_t columns,
                           std::int64_t blocks) {
  auto out = zeros<i32>({rows, columns});
  cutile::launch<numberTiles<2, M0, M1>>(
      out.partition({2, 2}).map({M0, M1}, blocks))
      .sync();
  std::int64_t across = (columns + 1) / 2;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      ASSERT_EQ(out.data()[i * columns + j], i / 2 * across + j / 2 + 1);
}

// [D018] [D062] [D171]
TEST(Mapped, EachTileIsDealtOnce) {
  expectNumbered<1, 1>(7, 9, 3);
  expectNumbered<2, 1>(7, 9, 3);
  expectNumbered<2, 2>(9, 13, 5);
  expectNumbered<4, 3>(9, 13, 1);
  expectNumbered<8, 8>(5, 3, 6);
}

// [D100]
TEST(Mapped, GroupsAreVisitedColumnByColumn) {
  std::vector<std::int64_t> seen;
  for (std::int64_t flat = 0; flat < 12; ++flat) {
    auto [row, column] = cutile::detail::groupedPlace(flat, 3, 4, 2, 2);
    seen.push_back(row * 10 + column);
  }
  EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 10, 1, 11, 2, 12, 3, 13, //
                                             20, 21, 22, 23}));
}

/// Blocks own whole rows of tiles and store along them.
void ownedRows(MappedPartitionMut<i32, TileShape<2, 2>, TileMap<1, 0>> out) {
  for (auto index : out.iter_indices())
    for (auto n : num_tiles(out, 1))
      out.store(
          filled<Tile<i32, 2, 2>>(static_cast<i32>(index[0] * 10 + n + 1)),
          index.along<1>(n));
}
// [D173] [H18]
TEST(Mapped, OwnedAxesBelongToTheIndex) {
  auto out = zeros<i32>({6, 5});
  cutile::launch<ownedRows>(out.partition({2, 2}).map({1, 0}, 2)).sync();
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 5; ++j)
      EXPECT_EQ(out.data()[i * 5 + j], i / 2 * 10 + j / 2 + 1);
  EXPECT_FERRO_CODE(out.partition({2, 2}).map({1, 0}, 4),
                    Code::InvalidArgument);
}

void twoOutputs(MappedPartitionMut<i32, TileShape<2>, TileMap<1>> a,
                MappedPartitionMut<i32, TileShape<2>, TileMap<1>> b) {
  for (auto index : a.iter_indices_with(b)) {
    a.store(filled<Tile<i32, 2>>(1), index);
    b.store(filled<Tile<i32, 2>>(static_cast<i32>(index[0] + 1)), index);
  }
}
// [D171]
TEST(Mapped, OneIndexServesOutputsWithEqualGrids) {
  auto a = zeros<i32>({5}), b = zeros<i32>({6}), c = zeros<i32>({7});
  cutile::launch<twoOutputs>(a.partition({2}).map({1}, 2),
                             b.partition({2}).map({1}, 2))
      .sync();
  EXPECT_EQ(b.to_vector(), (std::vector<i32>{1, 1, 2, 2, 3, 3}));
  EXPECT_FERRO_ERROR(
      cutile::reference::launch({}, inOrder, twoOutputs,
                                a.partition({2}).map({1}, 2),
                                c.partition({2}).map({1}, 2)),
      Code::ShapeMismatch,
      "kernel: iter_indices_with of parameter 1 in block (0, 0, 0): 3 tiles on "
      "axis 0, parameter 2 has 4");
}

void someTiles(MappedPartitionMut<i32, TileShape<2, 2>, TileMap<1, 1>> out,
               std::int64_t start, std::int64_t count) {
  for (auto index :
       out.iter_indices_within({{start, count}, {1, cutile::rest}}))
    out.store(filled<Tile<i32, 2, 2>>(1), index);
}
// [D172]
TEST(Mapped, RangesOfTiles) {
  auto out = zeros<i32>({8, 4});
  auto run = [&](int start, int count) {
    cutile::launch<someTiles>(out.partition({2, 2}).map({1, 1}, 3), start,
                              count)
        .sync();
  };
  run(1, 2);
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 4; ++j)
      EXPECT_EQ(out.data()[i * 4 + j], i >= 2 && i < 6 && j >= 2);
  run(4, 0);
  EXPECT_FERRO_CODE(run(-1, 2), Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(run(3, 2), Code::IndexOutOfBounds);
}

// [H18]
TEST(Mapped, MapsAreChecked) {
  auto out = zeros<i32>({8, 4});
  auto partition = out.partition({2, 2});
  EXPECT_FERRO_ERROR(partition.map({1}, 1), Code::InvalidArgument,
                     "map: the map is [1]; a map has an entry for each axis of "
                     "the tile [2, 2]");
  EXPECT_FERRO_CODE(partition.map({0, 0}, 1), Code::InvalidArgument);
  EXPECT_FERRO_CODE(partition.map({1, -1}, 1), Code::InvalidArgument);
  EXPECT_FERRO_CODE(partition.map({2, 0}, 1), Code::InvalidArgument);
  EXPECT_FERRO_ERROR(partition.map({1, 1}, 9), Code::InvalidArgument,
                     "map: 9 blocks for 8 tiles that are dealt; there is at "
                     "least one block, and a tile for each");
  EXPECT_FERRO_CODE(partition.map({1, 1}, 0), Code::InvalidArgument);
  EXPECT_FERRO_CODE(
      cutile::launch<someTiles>(partition.map({1, 2}, 1), 0, 1).sync(),
      Code::ShapeMismatch);
}

} // namespace
