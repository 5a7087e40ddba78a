#include "cutile/Tile.h"

#include "RandomTile.h"

using namespace cutile;
using namespace cutile::testing;

// [D057] [D105]
// scalar_to_tile, tile_to_scalar
TEST(Tiles, ANumberIsATileWithoutAxes) {
  Tile<i32> three = 3;
  i32 number = three;
  EXPECT_EQ(number, 3);
  EXPECT_EQ(Tile<i32>::rank, 0);
  EXPECT_EQ(Tile<f16>(f16(0.5f)).storage()[0], f16(0.5f));
  auto x = randomTile<f64>(3);
  EXPECT_EQ(f64(x), x.storage()[0]);
}

// [D105]
TEST(Tiles, OneElementWithAxesIsANumberOnlyWhenAsked) {
  auto x = randomTile<f32, 1, 1>(5);
  EXPECT_EQ(f32(x), x.storage()[0]);
  static_assert(!std::is_convertible_v<Tile<f32, 1, 1>, f32>);
  static_assert(std::is_convertible_v<Tile<f32>, f32>);
  static_assert(!std::is_constructible_v<f32, Tile<f32, 2>>);
  static_assert(!std::is_convertible_v<f32, Tile<f32, 1>>);
}

// [D057]
TEST(Tiles, AreValues) {
  using Row = Tile<i16, 2, 4>;
  static_assert(std::is_same_v<Row::element_type, i16>);
  static_assert(std::is_same_v<Row::shape_type, TileShape<2, 4>>);
  static_assert(Row::rank == 2 && Row::size == 8);
  static_assert(!std::is_default_constructible_v<Row>);
  Row x = randomTile<i16, 2, 4>(7), copy = x;
  std::vector<i16> before = valuesOf(x);
  x = randomTile<i16, 2, 4>(8);
  EXPECT_EQ(valuesOf(copy), before);
  EXPECT_NE(valuesOf(x), before);
}
