// Atomics: a histogram of bytes, counted by all blocks together.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int N>
[[cutile::entry, cutile::unsafe]] void histogram(i32 *counts,
                                                 const TensorView<u8, dyn> &x) {
  int block = tile_block_id().x;
  auto values = x.load_tile<N>(block);
  auto isInside = iota<i64, N>() + i64{block} * N < x.extent(0);
  atomic_fetch_add(counts + values, ones<i32, N>(), isInside, memory::relaxed);
}
} // namespace kernels

int main() {
  auto x = ferro::tensor<std::uint8_t>({3, 1, 3, 0, 3, 1, 2});
  auto counts = ferro::zeros<std::int32_t>({4});
  cutile::launch<kernels::histogram<4>>(counts, x).grid({2}).sync();
  std::cout << counts << '\n';
}
