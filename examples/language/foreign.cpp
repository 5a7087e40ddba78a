// Memory that something else allocated, and functions that are no kernels.
#include <cutile/cutile.h>
#include <ferro/Adoption.h>
#include <ferro/ferro.h>
#include <iostream>
#include <vector>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int N>
[[cutile::entry]] void negate(TensorView<f32, N> &y,
                              const TensorView<f32, dyn> &x) {
  y.store(-load_tile_like(x, y));
}
} // namespace kernels

/// As a library has it: c (m, n) = a (m, k) b (k, n).
static void vendorGemm(float *c, const float *a, const float *b, int m, int n,
                       int k) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      c[i * n + j] = 0;
      for (int p = 0; p < k; ++p)
        c[i * n + j] += a[i * k + p] * b[p * n + j];
    }
}

/// y = x + 1, eight elements a block.
static void addOne(const cutile::Block &block, float *y, const float *x,
                   int n) {
  for (auto i = 8 * block.x; i < n && i < 8 * (block.x + 1); ++i)
    y[i] = x[i] + 1;
}

static void adoptMemory() {
  auto mine = std::make_shared<std::vector<float>>(6, 2.0f);
  auto shared = ferro::from_owner(mine, mine->data(), 6, {2, 3});

  auto owned = ferro::adopt(new float[3]{1, 2, 3}, {3}, [](float *first) {
    delete[] first;
    std::cout << "released\n";
  });
  float values[] = {4, 5, 6};
  auto borrowed = ferro::borrow(values, {3}); // values outlives it

  auto row = ferro::slice(shared, {{1, 2}}); // a view: row 1
  auto flat = ferro::reshape(row, {3});
  cutile::launch<kernels::negate<4>>(flat.partition({4}), owned).sync();
  cutile::launch<kernels::negate<4>>(borrowed.partition({4}), borrowed.clone())
      .sync();
  std::cout << ferro::Tensor<float>(shared) << '\n' << values[2] << '\n';
}

static void callFunctions() {
  auto a = ferro::ones<float>({2, 4}), b = ferro::full<float>({4, 3}, 0.5f);
  auto c = ferro::zeros<float>({2, 3});
  auto y = ferro::zeros<float>({12});
  cutile::launch(vendorGemm, {}, c, a, b, 2, 3, 4)
      .then([&](auto...) {
        auto x = ferro::full<float>({12}, 6);
        return cutile::launch(addOne, cutile::Grid{2}, y, x, 12);
      })
      .sync();
  std::cout << c << '\n' << y.data()[11] << '\n';
}

int main() {
  adoptMemory();
  callFunctions();
}
