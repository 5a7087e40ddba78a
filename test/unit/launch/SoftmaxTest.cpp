// Softmax over rows that are longer than a tile and end within one.
#include "Kernels.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kernels {

/// y[r, :] = exp(x[r, :] - max) / sum, one row a block, read in tiles of BN.
template <int BN>
[[cutile::entry]] void softmax(TensorView<f32, 1, dyn> &y,
                               const TensorView<f32, dyn, dyn> &x) {
  int row = tile_block_id().x;
  auto px = x.partition<1, BN>(pad::negative_inf);
  auto py = y.partition_mut<1, BN>();
  f32 top = -INFINITY, sum = 0;
  for (auto n : num_tiles(px, 1)) {
    auto tile = px.load(row, n);
    for (int i = 0; i < BN; ++i)
      top = std::max(top, tile.storage()[i]);
  }
  auto shifted = [&](const Tile<f32, 1, BN> &tile) {
    return exp(reference::generate<Tile<f32, 1, BN>>(
        [&](int i) { return tile.storage()[i] - top; }));
  };
  for (auto n : num_tiles(px, 1)) {
    auto tile = shifted(px.load(row, n));
    for (int i = 0; i < BN; ++i)
      sum += tile.storage()[i];
  }
  for (auto n : num_tiles(py, 1)) {
    auto tile = shifted(px.load(row, n));
    py.store(reference::generate<Tile<f32, 1, BN>>(
                 [&](int i) { return tile.storage()[i] / sum; }),
             0, n);
  }
}

} // namespace kernels

// [D039]
TEST(Softmax, MatchesTheTensorLibrary) {
  for (std::int64_t columns : {1, 16, 37, 100}) {
    auto x = cutile::test::random({5, columns}, 1);
    auto y = ferro::zeros<float>({5, columns});
    cutile::launch<kernels::softmax<16>>(y.partition({1, columns}), x).sync();
    auto expected = ferro::softmax(x, 1);
    for (std::size_t i = 0; i < y.data().size(); ++i)
      ASSERT_NEAR(y.data()[i], expected.data()[i], 1e-6);
  }
}
