// Softmax over rows, from nothing: rows that fit a tile, and rows that do not.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y[r, :] = exp(x[r, :] - max) / sum for rows of at most BN elements.
template <int BM, int BN>
[[cutile::entry]] void softmax(TensorView<f32, BM, BN> &y,
                               const TensorView<f32, dyn, dyn> &x) {
  auto tile = load_tile_like(x, y, pad::negative_inf); // exp makes it 0
  auto powers = exp(tile - reduce_max<1>(tile));
  y.store(powers / sum<1>(powers));
}

/// The same for rows of any length. Where a tile has a new maximum, the sum so
/// far shrinks by exp(old - new).
/// Source: Milakov, Gimelshein: Online normalizer calculation for softmax,
/// arXiv:1805.02867.
template <int BN>
[[cutile::entry]] void longSoftmax(TensorView<f32, 1, dyn> &y,
                                   const TensorView<f32, dyn, dyn> &x) {
  int row = tile_block_id().x;
  auto from = x.partition<1, BN>(pad::negative_inf);
  auto to = y.partition_mut<1, BN>();

  auto top = full<f32, 1, 1>(-INFINITY), total = zeros<f32, 1, 1>();
  for (auto n : num_tiles(from, 1)) {
    auto tile = from.load(row, n);
    auto next = max(top, reduce_max<1>(tile));
    total = total * exp(top - next) + sum<1>(exp(tile - next));
    top = next;
  }
  for (auto n : num_tiles(from, 1))
    to.store(exp(from.load(row, n) - top) / total, 0, n);
}
} // namespace kernels

int main() {
  ferro::manual_seed(2);
  auto x = ferro::randn<float>({5, 100});
  auto expected = ferro::softmax(x, 1);
  auto y = ferro::zeros<float>({5, 100}), z = ferro::zeros<float>({5, 100});
  cutile::launch<kernels::softmax<4, 128>>(y.partition({4, 128}), x).sync();
  cutile::launch<kernels::longSoftmax<32>>(z.partition({1, 100}), x).sync();
  for (const auto &result : {y, z})
    std::cout << (ferro::amax(ferro::abs(result - expected)).item() < 1e-6f)
              << '\n';
}
