#include "cutile/Shapes.h"

#include "../graph/ExpectError.h"
#include "RandomTile.h"

using namespace cutile;
using namespace cutile::testing;

namespace {
/// The element of a tile of rank 3.
template <typename E, int A, int B, int C>
E at(const Tile<E, A, B, C> &x, int a, int b, int c) {
  return x.storage()[(a * B + b) * C + c];
}
} // namespace

// [D082] [E19]
TEST(Shapes, ConstantTakesTheTypeThatItIsGiven) {
  Tile<f32, 2, 4> x = constant(1.5f);
  EXPECT_EQ(valuesOf(x), std::vector<f32>(8, 1.5f));
  EXPECT_EQ(valuesOf(full<i16, 2, 2>(-3)), std::vector<i16>(4, -3));
  EXPECT_EQ(valuesOf(zeros<f64, 4>()), std::vector<f64>(4, 0));
  EXPECT_EQ(valuesOf(ones<f16, 4>()).size(), 4u);
  EXPECT_EQ(f32(f16(ones<f16, 1>())), 1.f);
  EXPECT_EQ(f8e4m3(zeros<f8e4m3>()), f8e4m3{0});
}

// [D082]
TEST(Shapes, LikeTakesTheTypeOfATile) {
  auto x = randomTile<u8, 2, 2>(1);
  Tile<u8, 2, 2> seven = full_like(x, 7), zero = zeros_like(x),
                 one = ones_like(x);
  EXPECT_EQ(valuesOf(seven), std::vector<u8>(4, 7));
  EXPECT_EQ(valuesOf(zero), std::vector<u8>(4, 0));
  EXPECT_EQ(valuesOf(one), std::vector<u8>(4, 1));
}

// [D083]
TEST(Shapes, IotaCountsRowMajorInAnyRank) {
  EXPECT_EQ(valuesOf(iota<u8, 4>()), (std::vector<u8>{0, 1, 2, 3}));
  Tile<i64, 2, 2, 2> cube = iota<i64, 2, 2, 2>();
  EXPECT_EQ(valuesOf(cube), (std::vector<i64>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(i32(iota<i32>()), 0);
  static_assert(CountsTo<i8, 128> && !CountsTo<i8, 256> && CountsTo<u8, 256>);
}

// [D084]
TEST(Shapes, BroadcastRepeatsAxesOfExtentOne) {
  auto row = tileOf<i32, 1, 4>({1, 2, 3, 4});
  auto column = tileOf<i32, 2, 1>({10, 20});
  EXPECT_EQ(valuesOf(broadcast<2, 4>(row)),
            (std::vector<i32>{1, 2, 3, 4, 1, 2, 3, 4}));
  Tile<i32, 2, 4> wide = broadcast(column);
  EXPECT_EQ(valuesOf(wide), (std::vector<i32>{10, 10, 10, 10, 20, 20, 20, 20}));
  EXPECT_EQ(valuesOf(broadcast(column, TileShape<2, 2>{})),
            (std::vector<i32>{10, 10, 20, 20}));
  EXPECT_EQ(valuesOf(broadcast_to<2, 2, 2>(column)),
            (std::vector<i32>{10, 10, 20, 20, 10, 10, 20, 20}));
}

// [D085]
TEST(Shapes, BroadcastMakesTilesOfNumbers) {
  Tile<f32, 2, 2> x = broadcast<2, 2>(2.5f);
  EXPECT_EQ(valuesOf(x), std::vector<f32>(4, 2.5f));
  Tile<i32, 4> y = broadcast(Tile<i32>(3));
  EXPECT_EQ(valuesOf(y), std::vector<i32>(4, 3));
}

// [D086] [E18]
TEST(Shapes, ReshapeKeepsTheElementsInOrder) {
  auto x = randomTile<f32, 4, 8>(1);
  Tile<f32, 2, 1, 16> y = reshape<2, 1, 16>(x);
  EXPECT_EQ(valuesOf(y), valuesOf(x));
  Tile<f32, 32> ascribed = reshape(x);
  EXPECT_EQ(valuesOf(ascribed), valuesOf(x));
  EXPECT_EQ(valuesOf(reshape(x, TileShape<16, 2>{})), valuesOf(x));
  Tile<f32, 1, 1> one = reshape(Tile<f32>(3));
  EXPECT_EQ(f32(one), 3.f);
}

// [D087] [E19]
TEST(Shapes, PermuteMovesEveryAxis) {
  auto x = randomTile<i32, 2, 4, 8>(1);
  Tile<i32, 8, 2, 4> y = permute<2, 0, 1>(x);
  for (int a = 0; a < 2; ++a)
    for (int b = 0; b < 4; ++b)
      for (int c = 0; c < 8; ++c)
        ASSERT_EQ(at(y, c, a, b), at(x, a, b, c));
  static_assert(Permutation<2, 0, 1> && !Permutation<0, 0, 1> &&
                !Permutation<1, 2, 3>);
}

// [D088]
TEST(Shapes, TransposeSwapsRowsAndColumns) {
  auto x = tileOf<i32, 2, 4>({1, 2, 3, 4, 5, 6, 7, 8});
  Tile<i32, 4, 2> y = transpose(x);
  EXPECT_EQ(valuesOf(y), (std::vector<i32>{1, 5, 2, 6, 3, 7, 4, 8}));
}

// [D089] [E19]
TEST(Shapes, CatJoinsAlongItsAxis) {
  auto a = randomTile<i32, 2, 4, 2>(1), b = randomTile<i32, 2, 4, 2>(2);
  Tile<i32, 4, 4, 2> front = cat<0>(a, b);
  Tile<i32, 2, 8, 2> middle = cat<1>(a, b);
  Tile<i32, 2, 4, 4> back = cat<2>(a, b);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 4; ++j)
      for (int k = 0; k < 2; ++k) {
        int first = at(a, i, j, k), second = at(b, i, j, k);
        ASSERT_EQ(at(front, i, j, k), first);
        ASSERT_EQ(at(front, i + 2, j, k), second);
        ASSERT_EQ(at(middle, i, j, k), first);
        ASSERT_EQ(at(middle, i, j + 4, k), second);
        ASSERT_EQ(at(back, i, j, k), first);
        ASSERT_EQ(at(back, i, j, k + 2), second);
      }
}

// [D090] [E19]
TEST(Shapes, ExtractCountsSubTiles) {
  auto x = iota<i32, 4, 8>();
  EXPECT_EQ(valuesOf(extract<2, 2>(x, 1, 3)),
            (std::vector<i32>{22, 23, 30, 31}));
  Tile<i32, 1, 4> ascribed = extract(x, Tile<i32>(3), 0);
  EXPECT_EQ(valuesOf(ascribed), (std::vector<i32>{24, 25, 26, 27}));
  EXPECT_FERRO_ERROR((extract<2, 2>(x, 1, 4)), IndexOutOfBounds,
                     "extract: index 4 on axis 1, which has 4 sub-tiles");
  EXPECT_FERRO_ERROR((extract<2, 2>(x, -1, 0)), IndexOutOfBounds,
                     "extract: index -1 on axis 0, which has 2 sub-tiles");
}

// [D090]
TEST(Shapes, InsertIsTheInverseOfExtract) {
  auto x = randomTile<i32, 4, 8>(1);
  auto part = randomTile<i32, 2, 4>(2);
  auto y = insert(x, part, 1, 0);
  EXPECT_EQ(valuesOf(extract<2, 4>(y, 1, 0)), valuesOf(part));
  for (auto [m, n] : {std::pair(0, 0), {0, 1}, {1, 1}})
    EXPECT_EQ(valuesOf(extract<2, 4>(y, m, n)),
              valuesOf(extract<2, 4>(x, m, n)));
  EXPECT_FERRO_ERROR(insert(x, part, 2, 0), IndexOutOfBounds,
                     "insert: index 2 on axis 0, which has 2 sub-tiles");
}

// [D086]
TEST(Shapes, SqueezeAndUnsqueezeDropAndAddAxesOfExtentOne) {
  auto x = randomTile<i32, 1, 4, 1, 2>(1);
  Tile<i32, 4, 1, 2> first = squeeze<0>(x);
  Tile<i32, 4, 2> both = squeeze<0, 2>(x);
  Tile<i32, 4, 2, 1> last = unsqueeze<2>(both);
  Tile<i32, 1, 4, 2> front = unsqueeze<0>(both);
  for (auto values :
       {valuesOf(first), valuesOf(both), valuesOf(last), valuesOf(front)})
    EXPECT_EQ(values, valuesOf(x));
}

// [D098] [D099]
TEST(Shapes, IndicesPermuteAndShapesAreConstants) {
  constexpr std::array<i32, 3> index{10, 20, 30};
  static_assert(permute_array<2, 0, 1>(index) ==
                std::array<i32, 3>{30, 10, 20});
  static_assert(Tile<f32, 2, 8>::shape()[1] == 8);
  static_assert(Tile<f32, 2, 8>::shape() == TileShape<2, 8>{});
}

// [D100]
TEST(Shapes, SwizzledBlocksVisitEveryTileOnceByGroupsOfRows) {
  constexpr int M = 11, N = 5;
  std::vector<int> visits(M * N);
  for (int id = 0; id < M * N; ++id) {
    auto [m, n] = swizzle_partition_index_2d<4>(id, M, N);
    ASSERT_TRUE(m >= 0 && m < M && n >= 0 && n < N);
    EXPECT_EQ(m / 4, id / (4 * N)) << "groups follow each other";
    ++visits[static_cast<std::size_t>(m * N + n)];
  }
  EXPECT_EQ(visits, std::vector<int>(M * N, 1));
  static_assert(swizzle_partition_index_2d<4>(1, M, N) == GridIndex{1, 0});
  static_assert(swizzle_partition_index_2d<4>(4, M, N) == GridIndex{0, 1});
  static_assert(swizzle_partition_index_2d<4>(40, M, N) == GridIndex{8, 0});
  static_assert(swizzle_partition_index_2d<4>(43, M, N) == GridIndex{8, 1});
}
