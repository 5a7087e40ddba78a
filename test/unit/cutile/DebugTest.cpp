#include "cutile/Debug.h"

#include "../graph/ExpectError.h"
#include "RandomTile.h"

using namespace cutile;
using namespace cutile::testing;

// The operation assert, under a name that no macro takes.
// [D180]
TEST(Debug, CheckThrowsItsMessageAndThePlace) {
  check(true, "fine");
  check(tileOf<bool, 2>({true, true}), "fine");
  EXPECT_FERRO_ERROR(
      check(tileOf<bool, 2, 2>({true, true, false, true}), "rows are sorted"),
      InvalidArgument, "check: rows are sorted at [1, 0]");
  EXPECT_FERRO_ERROR(check(false, "n is even"), InvalidArgument,
                     "check: n is even at []");
}

// [D176]
TEST(Debug, AssumedDivisorsAreCheckedInTheReference) {
  auto x = tileOf<i32, 2>({16, 32});
  EXPECT_EQ(valuesOf(assume_div_by<16>(x)), valuesOf(x));
  EXPECT_EQ(assume_div_by<4>(12), 12);
  EXPECT_FERRO_ERROR(assume_div_by<32>(x), InvalidArgument,
                     "assume_div_by: 16 at [0] is not a multiple of 32");
  auto runs = tileOf<i32, 4>({8, 9, 24, 25});
  EXPECT_EQ(valuesOf(assume_div_by_every_along<8, 2, 0>(runs)), valuesOf(runs));
  EXPECT_FERRO_ERROR((assume_div_by_every_along<8, 4, 0>(runs)),
                     InvalidArgument,
                     "assume_div_by_every_along: 24 at [2] is in no run of 4 "
                     "that begins with a multiple of 8");
}

// [D177]
TEST(Debug, AssumedBoundsAreCheckedInTheReference) {
  auto x = tileOf<u32, 2>({3, 7});
  EXPECT_EQ(valuesOf(assume_bounds<3, 7>(x)), valuesOf(x));
  EXPECT_EQ((assume_bounds<-1, 5>(2)), 2);
  EXPECT_FERRO_ERROR(assume_bounds_lower<4>(x), InvalidArgument,
                     "assume_bounds_lower: 3 at [0] is not at least 4");
  EXPECT_FERRO_ERROR((assume_bounds<-1, 6>(x)), InvalidArgument,
                     "assume_bounds_upper: 7 at [1] is not at most 6");
}

// [D178]
TEST(Debug, AssumedEqualGroupsAreCheckedInTheReference) {
  auto x = tileOf<f32, 2, 4>({1, 1, 2, 2, 1, 1, 2, 2});
  EXPECT_EQ(valuesOf(assume_same_elements<2, 2>(x)), valuesOf(x));
  EXPECT_FERRO_ERROR((assume_same_elements<1, 4>(x)), InvalidArgument,
                     "assume_same_elements: the elements at [0, 0] and [0, 2] "
                     "differ and are in one group");
}

// [D179]
TEST(Debug, PrintWritesNumbersAndTiles) {
  ::testing::internal::CaptureStdout();
  print("{{}} n = {}, x = {}, {}", 3, tileOf<f32, 2, 2>({1, 2.5, -3, 4}),
        tileOf<bool, 2>({true, false}));
  print("{} {}", Tile<u8>(200), f16(0.5f));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(),
            "{} n = 3, x = [[1, 2.5], [-3, 4]], [true, false]\n200 0.5\n");
}
