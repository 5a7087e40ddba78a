#include "cutile/Random.h"
#include "cutile/Reduce.h"

#include "RandomTile.h"

using namespace cutile;
using namespace cutile::testing;

namespace {
std::vector<u32> philoxOf(u32 c0, u32 c1, u32 c2, u32 c3, u32 k0, u32 k1) {
  auto [x0, x1, x2, x3] = philox(PhiloxBlock<>{c0, c1, c2, c3}, k0, k1);
  return {x0, x1, x2, x3};
}
} // namespace

// The known answers of Random123 for philox4x32-10.
TEST(Random, PhiloxGivesTheKnownAnswers) {
  EXPECT_EQ(philoxOf(0, 0, 0, 0, 0, 0),
            (std::vector<u32>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philoxOf(~0u, ~0u, ~0u, ~0u, ~0u, ~0u),
            (std::vector<u32>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philoxOf(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822,
                     0x299f31d0),
            (std::vector<u32>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, ANumberDependsOnSeedAndIndexOnly) {
  auto whole = random_bits(5, iota<i32, 8>());
  auto half = random_bits(5, iota<i64, 4>() + 4);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(half.storage()[i], whole.storage()[i + 4]);
  EXPECT_EQ(u32(random_bits(0, Tile<i32>(0))), 0x6627e8d5u);
  EXPECT_NE(valuesOf(random_bits(6, iota<i32, 8>())), valuesOf(whole));
  EXPECT_NE(u32(random_bits(5, Tile<u64>(u64{1} << 32))),
            u32(random_bits(5, Tile<u64>(0))));
}

TEST(Random, MomentsOfTheDistributions) {
  constexpr int count = 4096;
  auto u = uniform(1, iota<i32, count>());
  EXPECT_TRUE(all_of(u >= 0.f && u < 1.f));
  EXPECT_NEAR(f32(sum(u)) / count, 0.5, 0.02);
  EXPECT_NEAR(f32(sum(u * u)) / count, 1 / 3., 0.02);
  auto n = normal(1, iota<i32, count>());
  EXPECT_TRUE(all_of(isfinite(n)));
  EXPECT_NEAR(f32(sum(n)) / count, 0, 0.06);
  EXPECT_NEAR(f32(sum(n * n)) / count, 1, 0.08);
  EXPECT_NEAR(f32(sum(n * n * n * n)) / count, 3, 0.5);
}
