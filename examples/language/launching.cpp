// Launches by a kernel's name: what a launch infers, and what it is told.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// c = a b, a block for each tile of c; a step along K is BK long.
template <int BM, int BN, int BK>
[[cutile::entry]] void gemm(TensorView<f32, BM, BN> &c,
                            const TensorView<f32, dyn, dyn> &a,
                            const TensorView<f32, dyn, dyn> &b) {
  auto [m, n, _] = tile_block_id();
  auto pa = a.partition<BM, BK>();
  auto pb = b.partition<BK, BN>();
  auto acc = zeros<f32, BM, BN>();
  for (auto k : num_tiles(pa, 1))
    acc = mma(pa.load(m, k), pb.load(k, n), acc);
  c.store(acc);
}

/// Counts blocks: no output says how many there are, so the launch does.
[[cutile::entry]] [[cutile::unsafe]] void countBlocks(i32 *count) {
  atomic_fetch_add(count + zeros<i32, 1>(), ones<i32, 1>());
}
} // namespace kernels

int main() {
  auto a = ferro::ones<float>({5, 40}), b = ferro::ones<float>({40, 7});
  auto c = ferro::zeros<float>({5, 7});

  auto [tiles, left, right] = kernels::gemm(c.partition({4, 8}), a, b)
                                  .generics({{"BK", 16}})
                                  .compile_options({.occupancy = 2})
                                  .sync();
  std::cout << c << '\n' << (left.data().data() == a.data().data()) << '\n';

  auto again = ferro::zeros<float>({5, 7});
  cutile::launch<kernels::gemm<4, 8, 16>>(again.partition({4, 8}), a, b).sync();
  std::cout << (again.to_vector() == c.to_vector()) << '\n';

  auto count = ferro::zeros<std::int32_t>({1});
  kernels::countBlocks(count).grid({6, 7}).sync();
  std::cout << count << '\n';

  try {
    kernels::gemm(c.partition({4, 8}), a, b).sync();
  } catch (const ferro::Error &error) {
    std::cout << error.what() << '\n';
  }
}
