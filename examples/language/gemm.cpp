// c = relu(a b + bias), in tiles of BM x BN, over K in steps of BK.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int BM, int BN, int BK>
[[cutile::entry]] void
gemm(TensorView<f32, BM, BN> &c, const TensorView<f16, dyn, dyn> &a,
     const TensorView<f16, dyn, dyn> &b, const TensorView<f32, dyn> &bias) {
  auto [m, n, _] = tile_block_id();
  auto pa = a.partition<BM, BK>(); // zeros beyond the edges add nothing
  auto pb = b.partition<BK, BN>();
  auto acc = zeros<f32, BM, BN>();
  for (auto k : num_tiles(pa, 1))
    acc = mma(pa.load(m, k), pb.load(k, n), acc);
  c.store(max(acc + bias.load_tile<BN>(n), 0));
}
} // namespace kernels

int main() {
  ferro::manual_seed(3);
  auto a = ferro::cast<ferro::f16>(ferro::randn<float>({37, 50}));
  auto b = ferro::cast<ferro::f16>(ferro::randn<float>({50, 21}));
  auto bias = ferro::randn<float>({21});
  auto c = ferro::zeros<float>({37, 21});
  cutile::launch<kernels::gemm<16, 8, 32>>(c.partition({16, 8}), a, b, bias)
      .sync();
  auto expected = ferro::relu(
      ferro::matmul(ferro::cast<float>(a), ferro::cast<float>(b)) + bias);
  std::cout << (ferro::amax(ferro::abs(c - expected)).item() < 1e-4f) << '\n';
}
