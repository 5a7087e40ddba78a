#include "cutile/kernels/Attention.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

using Values = std::vector<double>;

/// Attention by its definition; query i of \p queries sees the first
/// seen(head, i) keys.
template <typename F>
Values attention(const Values &q, const Values &k, const Values &v,
                 std::int64_t heads, std::int64_t kvHeads, std::int64_t queries,
                 std::int64_t keys, std::int64_t dim, double scale, F seen) {
  Values y;
  for (std::int64_t row = 0; row < heads * queries; ++row) {
    std::int64_t head = row / queries, kvHead = head / (heads / kvHeads);
    const double *query = q.data() + row * dim;
    const double *key = k.data() + kvHead * keys * dim;
    const double *value = v.data() + kvHead * keys * dim;
    std::int64_t count = seen(head, row % queries);
    Values p;
    double top = -INFINITY, total = 0;
    for (std::int64_t j = 0; j < count; ++j) {
      double score = 0;
      for (std::int64_t d = 0; d < dim; ++d)
        score += query[d] * key[j * dim + d];
      p.push_back(score * scale);
      top = std::max(top, p.back());
    }
    for (double &weight : p)
      total += weight = std::exp(weight - top);
    for (std::int64_t d = 0; d < dim; ++d) {
      double sum = 0;
      for (std::size_t j = 0; j < p.size(); ++j)
        sum += p[j] / total * value[static_cast<std::int64_t>(j) * dim + d];
      y.push_back(sum);
    }
  }
  return y;
}

struct Extents {
  std::int64_t heads, kvHeads, queries, keys, dim;
};

template <typename E, bool causal, int D = 16>
void expectAttention(const Extents &all) {
  auto [heads, kvHeads, queries, keys, dim] = all;
  auto q = random<E>({heads, queries, dim}, 1, 3);
  auto k = random<E>({kvHeads, keys, dim}, 2, 3);
  auto v = random<E>({kvHeads, keys, dim}, 3);
  auto y = ferro::full<E>({heads, queries, dim}, 9);
  double scale = 0.25;
  auto seen = [&](std::int64_t, std::int64_t i) {
    return causal ? std::max<std::int64_t>(i + 1 + keys - queries, 0) : keys;
  };
  run<kernels::flash_attention<8, 16, D, causal, E>>(
      y.partition({1, 8, D}), q, k, v, static_cast<kernels::Compute<E>>(scale));
  expectNear(y, attention(wide(q), wide(k), wide(v), heads, kvHeads, queries,
                          keys, dim, scale, seen));
}

template <typename E> void expectAttentionOfAnyLength() {
  for (const Extents &all :
       {Extents{4, 4, 37, 37, 16}, // as many keys
        Extents{6, 2, 21, 50, 16}, // a cache, shared heads
        Extents{4, 1, 40, 23, 10}, // queries without keys
        Extents{1, 1, 1, 1, 1}, Extents{2, 2, 16, 32, 16},
        Extents{2, 1, 0, 5, 16}, Extents{2, 1, 5, 0, 16}}) {
    expectAttention<E, false>(all);
    expectAttention<E, true>(all);
  }
}

/// Where there are no keys of the sequences anything may be.
template <typename E>
void fillWithNanBehind(ferro::Tensor<E> &cache,
                       const std::vector<i32> &lengths) {
  auto sequences = static_cast<std::int64_t>(lengths.size());
  std::int64_t heads = cache.size(0) / sequences, dim = cache.size(2);
  std::int64_t ofHead = cache.size(1) * dim;
  auto elements = cache.mutable_data();
  for (std::int64_t head = 0; head < cache.size(0); ++head)
    for (std::int64_t i = lengths[static_cast<std::size_t>(head / heads)] * dim;
         i < ofHead; ++i)
      elements[static_cast<std::size_t>(head * ofHead + i)] =
          static_cast<E>(NAN);
}

/// A prompt's last tokens with \p lengths keys in the caches of the sequences.
template <typename E> void expectCached(const std::vector<i32> &lengths) {
  std::int64_t heads = 4, kvHeads = 2, queries = 21, capacity = 50, dim = 12;
  auto batch = static_cast<std::int64_t>(lengths.size());
  auto q = random<E>({batch * heads, queries, dim}, 1, 3);
  auto k = random<E>({batch * kvHeads, capacity, dim}, 2, 3);
  auto v = random<E>({batch * kvHeads, capacity, dim}, 3);
  auto y = ferro::full<E>(q.shape(), 9);
  double scale = 0.25;
  auto seen = [&](std::int64_t head, std::int64_t i) {
    i32 length = lengths[static_cast<std::size_t>(head / heads)];
    return std::max<std::int64_t>(i + 1 + length - queries, 0);
  };
  auto expected =
      attention(wide(q), wide(k), wide(v), batch * heads, batch * kvHeads,
                queries, capacity, dim, scale, seen);
  fillWithNanBehind(k, lengths);
  fillWithNanBehind(v, lengths);
  run<kernels::flash_attention_cached<8, 16, 16, E>>(
      y.partition({1, 8, 16}), q, k, v, ferro::from_vector(lengths),
      static_cast<kernels::Compute<E>>(scale));
  expectNear(y, expected);
}

/// Decodes with \p lengths keys in the caches of the sequences, behind which
/// there is NaN.
template <typename E>
void expectDecoding(std::vector<i32> lengths, std::int64_t heads,
                    std::int64_t shared, std::int64_t splits) {
  constexpr int BM = 4, BN = 8, D = 16;
  using C = kernels::Compute<E>;
  std::int64_t capacity = 50, dim = 12;
  auto batch = static_cast<std::int64_t>(lengths.size());
  std::int64_t kvHeads = batch * heads;
  auto q = random<E>({kvHeads, shared, dim}, 1, 3);
  auto k = random<E>({kvHeads, capacity, dim}, 2, 3);
  auto v = random<E>({kvHeads, capacity, dim}, 3);
  auto lengthOf = [&](std::int64_t head) {
    return std::int64_t{lengths[static_cast<std::size_t>(head / heads)]};
  };
  double scale = 0.25;
  auto expected =
      attention(wide(q), wide(k), wide(v), kvHeads, kvHeads, shared, capacity,
                dim, scale, [&](auto head, auto) { return lengthOf(head); });
  fillWithNanBehind(k, lengths);
  fillWithNanBehind(v, lengths);

  auto parts = ferro::full<C>({kvHeads, splits * BM, dim}, 9);
  auto weights = ferro::full<C>({kvHeads, splits * BM}, 9);
  run<kernels::flash_decode<BM, BN, D, E>>(
      parts.partition({1, BM, D}), weights.partition({1, BM}), q, k, v,
      ferro::from_vector(lengths), static_cast<C>(scale));
  auto y = ferro::full<E>({kvHeads, shared, dim}, 9);
  run<kernels::merge_splits<BM, D, E>>(y.partition({1, BM, D}), parts, weights);
  expectNear(y, expected);
}

} // namespace

// [I03] [I16]
TEST(Attention, CausalOrNotOfAnyLength) {
  expectAttentionOfAnyLength<f16>();
  expectAttentionOfAnyLength<bf16>();
  expectAttentionOfAnyLength<f32>();
  expectAttentionOfAnyLength<f64>();
}

// Scores of some hundred: the exponentials alone would overflow.
TEST(Attention, LargeScoresDoNotOverflow) {
  auto q = ferro::full<f32>({1, 4, 16}, 30), v = random<f32>({1, 40, 16}, 3);
  auto k = random<f32>({1, 40, 16}, 2, 30), y = ferro::zeros<f32>({1, 4, 16});
  run<kernels::flash_attention<8, 16, 16, false, f32>>(y.partition({1, 8, 16}),
                                                       q, k, v, 1.0f);
  expectNear(y,
             attention(wide(q), wide(k), wide(v), 1, 1, 4, 40, 16, 1,
                       [](auto, auto) { return 40; }),
             1e-3); // the greatest scores have an error of 1e-3
}

// [I03]
TEST(Attention, CachesHaveLengthsOfTheirOwn) {
  expectCached<f16>({21, 50, 33});
  expectCached<f32>({40});
  expectCached<bf16>({3, 0, 21}); // queries without keys
}

// [I03]
TEST(Attention, SplitsOfKeysAreMerged) {
  for (std::int64_t splits : {1, 2, 3, 9}) {
    expectDecoding<f16>({37, 50, 1}, 2, 4, splits);
    expectDecoding<f32>({20, 0}, 1, 3, splits);
    expectDecoding<bf16>({13}, 3, 1, splits);
    expectDecoding<f64>({8, 33}, 2, 2, splits);
  }
}

TEST(Attention, OperandsThatDoNotFitAreRefused) {
  auto q = random<f16>({3, 5, 16}, 1), k = random<f16>({2, 5, 16}, 2);
  auto y = ferro::zeros<f16>({3, 5, 16});
  EXPECT_FERRO_CODE((run<kernels::flash_attention<8, 16, 16>>(
                        y.partition({1, 8, 16}), q, k, k, 1.0f)),
                    ferro::Code::InvalidArgument);
  auto wide = random<f16>({3, 5, 17}, 3);
  auto result = ferro::zeros<f16>({3, 5, 17});
  EXPECT_FERRO_CODE((run<kernels::flash_attention<8, 16, 16>>(
                        result.partition({1, 8, 16}), wide, wide, wide, 1.0f)),
                    ferro::Code::InvalidArgument);

  auto x = random<f16>({2, 5, 16}, 1), z = ferro::zeros<f16>({2, 5, 16});
  EXPECT_FERRO_CODE(
      (run<kernels::flash_attention_cached<8, 16, 16>>(
          z.partition({1, 8, 16}), x, x, x, ferro::tensor<i32>({6}), 1.0f)),
      ferro::Code::InvalidArgument);
}
