// A mapped output: four blocks multiply matrices of any size, each as many
// tiles as the map deals it.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int BM, int BN, int BK>
[[cutile::entry]] void
gemm(MappedPartitionMut<f32, TileShape<BM, BN>, TileMap<8, 1>> c,
     const TensorView<f32, dyn, dyn> &a, const TensorView<f32, dyn, dyn> &b) {
  auto pa = a.partition<BM, BK>();
  auto pb = b.partition<BK, BN>();
  for (auto index : c.iter_indices()) {
    auto [m, n] = index.components();
    auto acc = zeros<f32, BM, BN>();
    for (auto k : num_tiles(pa, 1))
      acc = mma(pa.load(m, k), pb.load(k, n), acc);
    c.store(acc, index);
  }
}
} // namespace kernels

int main() {
  ferro::manual_seed(4);
  auto a = ferro::randn<float>({70, 20}), b = ferro::randn<float>({20, 30});
  auto c = ferro::zeros<float>({70, 30});
  auto mapped = c.partition({8, 8}).map({8, 1}, /*blocks=*/4);
  cutile::launch<kernels::gemm<8, 8, 16>>(mapped, a, b).sync();
  auto difference = ferro::abs(c - ferro::matmul(a, b));
  std::cout << (ferro::amax(difference).item() < 1e-4f) << '\n';
}
