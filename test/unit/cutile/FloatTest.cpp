#include "cutile/Float.h"

#include <gtest/gtest.h>

using namespace cutile;

// [D129]
TEST(Float, AddfAddsElementByElement) {
  auto x = reference::generate<Tile<f32, 4>>([](int i) { return i * 0.5f; });
  Tile<f32, 4> y = addf(x, x);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(y.storage()[i], float(i));
}
