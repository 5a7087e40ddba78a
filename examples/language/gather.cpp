// Gather and scatter: by the rows of a table, by index, and by address.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y[r, :] = table[index[r], :].
template <int N, int D>
[[cutile::entry]] void embedding(TensorView<f32, N, D> &y,
                                 const TensorView<f32, dyn, dyn> &table,
                                 const TensorView<i32, dyn> &index) {
  auto rows = index.load_tile<N>(tile_block_id().x);
  y.store(table.gather_along<0, N, D>(rows, 0, 0));
}

/// y[i] = x[i, i]: index tiles, one for each axis, as x[i, i] of NumPy.
template <int N>
[[cutile::entry]] void diagonal(TensorView<f32, N> &y,
                                const TensorView<f32, N, N> &x) {
  auto i = iota<i32, N>();
  y.store(gather(x, i, i));
}

/// y[n - 1 - i] = x[i], by address and with a mask where x ends.
template <int N>
[[cutile::entry, cutile::unsafe]] void reversed(f32 *y, const f32 *x, i32 n) {
  auto i = iota<i32, N>() + tile_block_id().x * N;
  auto isInside = i < n;
  auto tile = gather(x + i, isInside);
  scatter(y + (n - 1 - i), tile, isInside);
}
} // namespace kernels

int main() {
  auto table = ferro::reshape(ferro::arange<float>(8), {4, 2});
  auto index = ferro::tensor<std::int32_t>({3, 0, 3});
  auto y = ferro::zeros<float>({3, 2});
  cutile::launch<kernels::embedding<2, 2>>(y.partition({2, 2}), table, index)
      .sync();
  std::cout << y << '\n';

  auto x = ferro::reshape(ferro::arange<float>(16), {4, 4});
  auto d = ferro::zeros<float>({4});
  cutile::launch<kernels::diagonal<4>>(d.partition({4}), x).sync();
  std::cout << d << '\n';

  auto r = ferro::zeros<float>({5});
  cutile::launch<kernels::reversed<4>>(r, ferro::arange<float>(5), 5)
      .grid({2})
      .sync();
  std::cout << r << '\n';
}
