#include "cutile/MappedPartition.h"

#include "../Expect.h"
#include "Views.h"

#include <cmath>

using namespace cutile;
using cutile::test::matrix;
using cutile::test::numbered;
using cutile::test::valuesOf;
using cutile::test::vectorOf;
using ferro::Code;

// [D058] [D099] [D156]
TEST(View, MakeTensorViewKnowsItsExtents) {
  auto elements = numbered<i32>(15);
  auto view = make_tensor_view(elements.data(), TileShape<dyn, 5>{},
                               coord(3, 5), coord(5, 1));
  EXPECT_EQ(view.extent(0), 3);
  EXPECT_EQ(view.shape()[1], 5);
  auto [rows, columns] = get_tensor_shape(view);
  EXPECT_EQ(rows * columns, 15);
  EXPECT_FERRO_ERROR(make_tensor_view(elements.data(), TileShape<dyn, 4>{},
                                      coord(3, 5), coord(5, 1)),
                     Code::ShapeMismatch,
                     "make_tensor_view: extent 5 on axis 1, the type says 4");
}

TEST(View, ExtentsAndStridesAre64Bit) {
  char element = 7;
  auto view =
      make_tensor_view(reinterpret_cast<i8 *>(&element), TileShape<dyn, dyn>{},
                       coord(std::int64_t{1} << 40, 1), coord(0, 0));
  EXPECT_EQ(view.extent(0), std::int64_t{1} << 40);
  EXPECT_EQ(num_tiles(view.partition<4, 1>(), 0), std::int64_t{1} << 38);
  Tile<i8, 4, 1> last = view.load_tile<4, 1>((std::int64_t{1} << 38) - 1, 0);
  EXPECT_EQ(last.storage()[3], 7);
}

// [D059] [D166] [D185]
TEST(Partition, EveryTileOfEveryShapeIsWhereItIs) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 20; ++trial) {
    std::int64_t rows = random() % 20, columns = 1 + random() % 20;
    auto elements = numbered<i16>(rows * columns);
    auto view = matrix(elements, columns);
    auto tiles = view.partition<4, 8>();
    for (auto m : num_tiles(tiles, 0))
      for (auto n : num_tiles(tiles, 1)) {
        auto values = valuesOf(tiles.load(m, n));
        for (int i = 0; i < 4; ++i)
          for (int j = 0; j < 8; ++j) {
            std::int64_t row = m * 4 + i, column = n * 8 + j;
            i16 expected = row < rows && column < columns
                               ? elements[row * columns + column]
                               : i16(0);
            ASSERT_EQ(values[i * 8 + j], expected);
          }
      }
  }
}

// [G15] [G23] [D161]
TEST(Partition, LoadsOutsideNameTheAxis) {
  auto elements = numbered<f32>(70);
  auto view = matrix(elements, 10);
  auto tiles = view.partition<4, 8>();
  EXPECT_FERRO_ERROR(tiles.load(2, 0), Code::IndexOutOfBounds,
                     "load of the view: index 2 on axis 0 is outside of 2 "
                     "tiles of 4 (extent 7)");
  EXPECT_FERRO_ERROR(tiles.load(unchecked, 0, -1), Code::IndexOutOfBounds,
                     "load of the view: index -1 on axis 1 is outside of 2 "
                     "tiles of 8 (extent 10)");
  std::vector<f32> none;
  auto empty = matrix(none, 10).partition<4, 8>();
  EXPECT_EQ(num_tiles(empty, 0), 0);
  EXPECT_FERRO_CODE(empty.load(0, 0), Code::IndexOutOfBounds);
}

// [D077] [D163]
TEST(Partition, PaddingIsWhatTheTagSays) {
  std::vector<f32> elements = {5};
  auto view = vectorOf(elements);
  auto second = [](const auto &tile) { return tile.storage()[1]; };
  EXPECT_EQ(second(view.partition<2>().load(0)), 0);
  EXPECT_TRUE(std::isnan(second(view.partition<2>(pad::nan).load(0))));
  EXPECT_TRUE(
      std::signbit(second(view.partition<2>().load(pad::negative_zero, 0))));
  EXPECT_EQ(second(view.partition<2>(pad::nan).load(pad::inf, 0)), INFINITY);
  EXPECT_EQ(second(view.load_tile<2>(pad::negative_inf, latency<3>, 0)),
            -INFINITY);
  EXPECT_TRUE(std::isnan(second(view.partition<2>(pad::none).load(0))));
  EXPECT_EQ(view.partition<2>(pad::nan).load(pad::inf, 0).storage()[0], 5);
}

// [D157] [D164]
TEST(Partition, PermutedTilesRunAlongTheMappedAxes) {
  auto elements = numbered<i32>(6); // 1 2 3 / 4 5 6
  auto tiles = matrix(elements, 3).partition<4, 2>(axes<1, 0>);
  EXPECT_EQ(num_tiles(tiles, 0), 1);
  EXPECT_EQ(valuesOf(tiles.load(0, 0)),
            (std::vector<i32>{1, 4, 2, 5, 3, 6, 0, 0}));
  auto view = matrix(elements, 3);
  auto made =
      make_partition_view(view, TileShape<1, 2>{}, pad::zero, axes<1, 0>);
  EXPECT_EQ(valuesOf(load_view_tko(made, coord(2, 0)).value),
            (std::vector<i32>{3, 6}));
}

// [D069]
TEST(Partition, StridedTilesOverlapOrLeaveGaps) {
  auto elements = numbered<i32>(7);
  auto view = vectorOf(elements);
  auto overlapping = view.strided<4>(steps<2>);
  EXPECT_EQ(num_tiles(overlapping, 0), 4);
  EXPECT_EQ(valuesOf(overlapping.load(2)), (std::vector<i32>{5, 6, 7, 0}));
  EXPECT_FERRO_CODE(overlapping.load(4), Code::IndexOutOfBounds);
  auto apart =
      make_strided_view(view, TileShape<2>{}, steps<5>, pad::zero, axes<0>);
  EXPECT_EQ(valuesOf(apart.load(1)), (std::vector<i32>{6, 7}));
}

TEST(View, WindowsBeginAnywhere) {
  auto elements = numbered<i32>(12);
  auto view = matrix(elements, 4);
  EXPECT_EQ(valuesOf(view.window<2, 2>(1, 1)),
            (std::vector<i32>{6, 7, 10, 11}));
  EXPECT_EQ(valuesOf(view.window<2, 2>(-1, 3)), (std::vector<i32>{0, 0, 4, 0}));
  std::int64_t far = INT64_MAX;
  EXPECT_EQ(valuesOf(view.window<1, 2>(far, far)), (std::vector<i32>{0, 0}));
  EXPECT_FERRO_ERROR(
      load_window_tko(view, TileShape<2, 2>{}, coord(1, 3), with(unchecked)),
      Code::IndexOutOfBounds,
      "unchecked window of the view: index 3 on axis 1 is "
      "outside of 3 offsets at which the tile fits");
}

TEST(View, MembersAreFunctionsAsWell) {
  auto elements = numbered<i32>(12);
  auto view = matrix(elements, 4);
  EXPECT_EQ(valuesOf(window<2, 2>(view, 1, 1)),
            valuesOf(view.window<2, 2>(1, 1)));
  EXPECT_EQ(valuesOf(partition<4, 2>(view, axes<1, 0>).load(0, 1)),
            valuesOf(view.partition<4, 2>(axes<1, 0>).load(0, 1)));
  auto tiles = partition_mut<2, 2>(view);
  tiles.store(tiles.load(0, 1), 1, 0);
  EXPECT_EQ(elements[8], 3);
}

// [D060] [D165] [D167]
TEST(PartitionMut, StoresAreClippedAtTheEdge) {
  auto elements = numbered<i32>(6);
  auto view = vectorOf(elements);
  PartitionMut tiles = view.partition_mut<4>();
  static_assert(!std::is_copy_constructible_v<decltype(tiles)>);
  auto tile = reference::generate<Tile<i32, 4>>([](int i) { return -i - 1; });
  tiles.store(tile, 1);
  EXPECT_EQ(elements, (std::vector<i32>{1, 2, 3, 4, -1, -2}));
  EXPECT_EQ(valuesOf(tiles.load(1)), (std::vector<i32>{-1, -2, 0, 0}));
  tiles.store(tile, unchecked, latency<2>, tma::forbid, 0);
  EXPECT_EQ(elements[3], -4);
  EXPECT_FERRO_ERROR(tiles.store(tile, 2), Code::IndexOutOfBounds,
                     "store to the view: index 2 on axis 0 is outside of 2 "
                     "tiles of 4 (extent 6)");
  EXPECT_FERRO_CODE(
      store_view_tko(tiles, tile, coord(-1), with(memory::release)),
      Code::IndexOutOfBounds);
}

// [D168] [D170]
TEST(View, AViewWithStaticExtentsIsLoadedAndStoredWhole) {
  auto elements = numbered<i32>(4);
  auto view = make_tensor_view(elements.data(), TileShape<2, 2>{}, coord(2, 2),
                               coord(1, 2));
  EXPECT_EQ(valuesOf(load_tile_mut(view)), (std::vector<i32>{1, 3, 2, 4}));
  EXPECT_EQ(valuesOf(load_tile<1, 2>(view, 1, 0)), (std::vector<i32>{2, 4}));
  store_tile(view,
             reference::generate<Tile<i32, 2, 2>>([](int i) { return i; }));
  EXPECT_EQ(elements, (std::vector<i32>{0, 2, 1, 3}));
}

TEST(View, ConstantElementsAreNotStored) {
  const i32 elements[] = {1, 2};
  auto view = make_tensor_view(elements, TileShape<2>{}, coord(2), coord(1));
  EXPECT_FERRO_ERROR(view.store(view.load()), Code::InvalidArgument,
                     "store to the view: the view is of constant elements");
}

// [D101]
TEST(Partition, TilesAreVisitedRowByRow) {
  auto elements = numbered<i32>(12);
  auto partition = matrix(elements, 4).partition<2, 2>();
  EXPECT_EQ(get_index_space_shape(partition), coord(2, 2));
  std::vector<std::int64_t> seen;
  for (auto place : tiles(partition)) {
    seen.push_back(place[0] * 10 + place[1]);
    partition.load(place);
  }
  EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 1, 10, 11}));
}

TEST(View, TilesWithoutAxes) {
  f32 element = 3;
  auto view = make_tensor_view(&element, TileShape<>{}, coord(), coord());
  EXPECT_EQ(f32(view.load()), 3);
  view.store(Tile<f32>(4));
  EXPECT_EQ(element, 4);
}

// [D066] [D097]
TEST(Token, JoinTokensOfNewTokenUnordered) {
  auto elements = numbered<i32>(4);
  auto view = vectorOf(elements);
  auto partition = view.partition<2>();
  auto first = load_view_tko(partition, coord(0), with(memory::acquire),
                             new_token_unordered());
  auto [second, token] =
      load_view_tko(partition, coord(1), with(), first.token);
  Token both = join_tokens(first.token, token);
  auto third = load_view_tko(partition, coord(1), with(), both);
  EXPECT_EQ(valuesOf(third.value), valuesOf(second));
}

// [D079] [D080]
TEST(Grid, OutsideOfAKernelThereIsNoBlock) {
  EXPECT_FERRO_ERROR(tile_block_id(), Code::InvalidArgument,
                     "tile_block_id: no kernel is running on this thread");
  EXPECT_FERRO_CODE(num_tile_blocks(), Code::InvalidArgument);
}

// [D160] [D162]
TEST(MappedPartition, PrimitivesOutsideOfAKernel) {
  auto elements = numbered<i32>(6), longer = numbered<i32>(9);
  auto view = vectorOf(elements), other = vectorOf(longer);
  auto mapped = make_mapped_partition_view(view, TileShape<4>{}, TileMap<1>{});
  auto same = make_mapped_partition_view(view, TileShape<4>{}, TileMap<1>{});
  auto more = make_mapped_partition_view(other, TileShape<4>{}, TileMap<1>{});
  check_equal_grids(mapped, same);
  EXPECT_FERRO_CODE(check_equal_grids(mapped, more), Code::ShapeMismatch);
  check_tile_ranges(mapped, coord(1), coord(1));
  EXPECT_FERRO_CODE(check_tile_ranges(mapped, coord(1), coord(2)),
                    Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(mapped.iter_indices().begin(), Code::InvalidArgument);
}
