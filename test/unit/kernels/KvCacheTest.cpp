#include "cutile/kernels/KvCache.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

/// Caches of 3 heads, 21 positions and 20 elements.
const ferro::Shape cacheShape{3, 21, 20};
const ferro::Dims cacheTile{1, 8, 16};

/// The cache after \p x, [tokens, 3, 20], was written at \p position.
std::vector<double> written(const ferro::Tensor<f16> &cache,
                            const ferro::Tensor<f16> &x,
                            std::int64_t position) {
  auto expected = wide(cache), fresh = wide(x);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    std::int64_t token = i / 60, head = i / 20 % 3, d = i % 20;
    expected[static_cast<std::size_t>((head * 21 + position + token) * 20 +
                                      d)] = fresh[static_cast<std::size_t>(i)];
  }
  return expected;
}

struct Step {
  ferro::Tensor<f16> keys = random<f16>(cacheShape, 1),
                     values = random<f16>(cacheShape, 2);
  ferro::Tensor<f16> newKeys, newValues;

  explicit Step(std::int64_t tokens)
      : newKeys(random<f16>({tokens, 3, 20}, 3)),
        newValues(random<f16>({tokens, 3, 20}, 4)) {}

  void update(std::int64_t position) {
    run<kernels::kv_cache_update<8, 16>>(keys.partition(cacheTile),
                                         values.partition(cacheTile), newKeys,
                                         newValues, position);
  }
  void updateAt(i32 position) {
    run<kernels::kv_cache_update_at<8, 16>>(
        keys.partition(cacheTile), values.partition(cacheTile), newKeys,
        newValues, ferro::tensor<i32>({position}));
  }
};

} // namespace

// [I05]
TEST(KvCache, TokensAreWrittenAtAPosition) {
  for (auto [tokens, position] :
       {std::pair{0, 0}, {0, 21}, {1, 0}, {1, 20}, {5, 6}, {8, 8}, {21, 0}}) {
    Step step(tokens);
    auto keys = written(step.keys, step.newKeys, position);
    auto values = written(step.values, step.newValues, position);
    step.update(position);
    expectNear(step.keys, keys, 0);
    expectNear(step.values, values, 0);
  }
}

// [I05]
TEST(KvCache, ThePositionMayLieOnTheDevice) {
  for (i32 position : {0, 7, 18}) {
    Step step(3);
    auto keys = written(step.keys, step.newKeys, position);
    auto values = written(step.values, step.newValues, position);
    step.updateAt(position);
    expectNear(step.keys, keys, 0);
    expectNear(step.values, values, 0);
  }
}

TEST(KvCache, TokensThatDoNotFitAreRefused) {
  Step step(3);
  EXPECT_FERRO_CODE(step.update(19), ferro::Code::InvalidArgument);
  EXPECT_FERRO_CODE(step.updateAt(-1), ferro::Code::InvalidArgument);
  step.newValues = random<f16>({3, 4, 20}, 1);
  EXPECT_FERRO_CODE(step.update(0), ferro::Code::InvalidArgument);
  step.newValues = random<f16>({3, 3, 21}, 1);
  EXPECT_FERRO_CODE(step.update(0), ferro::Code::InvalidArgument);
}
