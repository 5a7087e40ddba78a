// A kernel looked into: printing, checks, and the errors that tell where.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y[i] = x[index[i]].
template <int N>
[[cutile::entry]] void picked(TensorView<f32, N> &y,
                              const TensorView<f32, dyn> &x,
                              const TensorView<i32, dyn> &index) {
  auto i = load_tile_like(index, y);
  print("block {}: {}", tile_block_id().x, i);
  check(i >= 0, "indices are not negative");
  y.store(gather(x, i));
}

/// Wrong: each block also stores the first element of the tile to its right.
template <int N> [[cutile::entry]] void careless(TensorView<f32, N> &y) {
  auto tiles = y.template partition_full_mut<1>();
  int first = tile_block_id().x * N;
  for (int i = first; i <= first + N && i < num_tiles(tiles, 0); ++i)
    tiles.store(full<f32, 1>(1), i);
}
} // namespace kernels

static void report(auto launch) {
  try {
    launch();
  } catch (const ferro::Error &error) {
    std::cout << error.what() << '\n';
  }
}

int main() {
  using ferro::tensor, ferro::zeros;
  auto x = tensor<float>({10, 20, 30, 40}), y = zeros<float>({4});
  auto pick = [&](std::initializer_list<std::int32_t> index) {
    cutile::launch<kernels::picked<2>>(y.partition({2}), x,
                                       tensor<std::int32_t>(index))
        .sync();
  };
  report([&] { pick({3, 2, 1, 0}); });
  report([&] { pick({3, 2, -1, 0}); });
  report([&] { pick({3, 4, 1, 0}); });
  report([&] { // blocks in a random order, the same for each seed
    cutile::reference::launch({}, cutile::reference::shuffled(1),
                              kernels::careless<2>, y.partition({2}));
  });
}
