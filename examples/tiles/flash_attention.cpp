// Attention that never stores its scores, by a kernel of the library.
#include <cmath>
#include <cutile/kernels/Attention.h>
#include <ferro/ferro.h>
#include <iostream>

using namespace ferro;

/// The same in plain steps, with all scores in memory.
static Tensor<float> attention(const Tensor<float> &q, const Tensor<float> &k,
                               const Tensor<float> &v, float scale) {
  return bmm(softmax(bmm(q, transpose(k, 1, 2)) * scale, 2), v);
}

int main() {
  manual_seed(1);
  const std::int64_t heads = 4, tokens = 100, dim = 32;
  auto q = randn<f16>({heads, tokens, dim}), k = randn<f16>(q.shape()),
       v = randn<f16>(q.shape()), y = zeros<f16>(q.shape());
  float scale = 1 / std::sqrt(float(dim));
  // Blocks of 32 queries meet 16 keys at a time.
  cutile::launch<cutile::kernels::flash_attention<32, 16, 32>>(
      y.partition({1, 32, 32}), q, k, v, scale)
      .sync();
  auto expected = attention(q.to<float>(), k.to<float>(), v.to<float>(), scale);
  float difference = amax(ferro::abs(y.to<float>() - expected)).item();
  std::cout << "attention " << (difference < 2e-3 ? "agrees" : "differs")
            << '\n';
}
