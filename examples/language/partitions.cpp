// Loading and storing tiles: a transposition, and sums over columns.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y = x^T: the block at (n, m) of y reads the tile (m, n) of x.
template <int BM, int BN>
[[cutile::entry]] void transposed(TensorView<f32, BN, BM> &y,
                                  const TensorView<f32, dyn, dyn> &x) {
  auto [n, m, _] = tile_block_id();
  y.store(transpose(x.load_tile<BM, BN>(m, n)));
}

/// sums[j] = sum over i of x[i, j]: a block walks down its strip of columns.
template <int BM, int BN>
[[cutile::entry]] void columnSums(TensorView<f32, BN> &sums,
                                  const TensorView<f32, dyn, dyn> &x) {
  int n = tile_block_id().x;
  auto tiles = x.partition<BM, BN>();
  auto total = zeros<f32, 1, BN>();
  for (auto m : num_tiles(tiles, 0))
    total += sum<0>(tiles.load(m, n));
  sums.store(squeeze<0>(total));
}

/// y = x^T by a permuted partition: tile axis 0 runs along axis 1 of x.
template <int BM, int BN>
[[cutile::entry]] void transposedView(TensorView<f32, BN, BM> &y,
                                      const TensorView<f32, dyn, dyn> &x) {
  auto [n, m, _] = tile_block_id();
  y.store(x.partition<BN, BM>(axes<1, 0>).load(n, m));
}
} // namespace kernels

int main() {
  auto x = ferro::reshape(ferro::arange<float>(15), {3, 5});
  auto y = ferro::zeros<float>({5, 3}), z = ferro::zeros<float>({5, 3});
  cutile::launch<kernels::transposed<2, 4>>(y.partition({4, 2}), x).sync();
  cutile::launch<kernels::transposedView<2, 4>>(z.partition({4, 2}), x).sync();
  std::cout << y << '\n' << (y.to_vector() == z.to_vector()) << '\n';

  auto sums = ferro::zeros<float>({5});
  cutile::launch<kernels::columnSums<2, 4>>(sums.partition({4}), x).sync();
  std::cout << sums << '\n';
}
