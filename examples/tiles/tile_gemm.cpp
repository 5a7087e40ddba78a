// A matrix product: f16 operands, sums in f32, any extents.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// c = a b, a tile of BM x BN for each block.
template <int BM, int BN, int BK>
[[cutile::entry]] void gemm(TensorView<f32, BM, BN> &c,
                            const TensorView<f16, dyn, dyn> &a,
                            const TensorView<f16, dyn, dyn> &b) {
  auto [m, n, _] = tile_block_id();
  auto pa = a.partition<BM, BK>();
  auto pb = b.partition<BK, BN>();
  auto acc = zeros<f32, BM, BN>();
  for (auto k : num_tiles(pa, 1))
    acc = mma(pa.load(m, k), pb.load(k, n), acc);
  c.store(acc);
}
} // namespace kernels

int main() {
  ferro::manual_seed(1);
  auto a = ferro::randn<ferro::f16>({100, 50});
  auto b = ferro::randn<ferro::f16>({50, 70});
  auto c = ferro::zeros<float>({100, 70});
  cutile::launch<kernels::gemm<32, 32, 16>>(c.partition({32, 32}), a, b).sync();
  auto expected = ferro::matmul(a.to<float>(), b.to<float>());
  float difference = ferro::amax(ferro::abs(c - expected)).item();
  std::cout << "gemm " << (difference < 1e-4 ? "agrees" : "differs") << '\n';
}
