// Kernels from their source to their result, as DESIGN shows them.
#include "cutile/cutile.h"
#include "ferro/ferro.h"

#include <gtest/gtest.h>

#include <random>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int M, int N, int K>
static Tile<f32, M, N> product(const Tile<f16, M, K> &a,
                               const Tile<f16, K, N> &b,
                               const Tile<f32, M, N> &sum) {
  return reference::generate<Tile<f32, M, N>>([&](int i) {
    float total = sum.storage()[i];
    for (int k = 0; k < K; ++k)
      total +=
          float(a.storage()[i / N * K + k]) * float(b.storage()[k * N + i % N]);
    return total;
  });
}

template <int BM, int BN, int BK>
[[cutile::entry]] void gemm(TensorView<f32, BM, BN> &c,
                            const TensorView<f16, dyn, dyn> &a,
                            const TensorView<f16, dyn, dyn> &b) {
  auto [m, n, _] = tile_block_id();
  auto pa = a.partition<BM, BK>();
  auto pb = b.partition<BK, BN>();
  auto acc = reference::generate<Tile<f32, BM, BN>>([](int) { return 0.0f; });
  for (int k = 0; k < num_tiles(pa, 1); ++k)
    acc = product(pa.load(m, k), pb.load(k, n), acc);
  c.store(acc);
}
} // namespace kernels

using namespace ferro;

static Tensor<f16> randomHalves(const Shape &shape, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  auto tensor = zeros<f16>(shape);
  for (f16 &value : tensor.mutable_data())
    value = f16(uniform(random));
  return tensor;
}

// [D016] [D017] [D163]
TEST(Gemm, MatchesThePlainProductForOddSizes) {
  std::int64_t m = 37, n = 21, k = 50;
  auto a = randomHalves({m, k}, 1), b = randomHalves({k, n}, 2);
  auto c = full<float>({m, n}, -1);
  cutile::launch<kernels::gemm<16, 8, 32>>(c.partition({16, 8}), a, b).sync();
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      float sum = 0;
      for (int l = 0; l < k; ++l)
        sum += float(a.data()[i * k + l]) * float(b.data()[l * n + j]);
      ASSERT_NEAR(c.data()[i * n + j], sum, 1e-5) << i << ", " << j;
    }
}
