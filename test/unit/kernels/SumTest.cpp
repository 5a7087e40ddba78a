#include "cutile/kernels/PrefixSum.h"

#include "../Expect.h"
#include "Tolerance.h"

#include <numeric>

using namespace cutile;
using namespace cutile::testing;

namespace {

using kernels::Compute;

const std::int64_t lengths[] = {0, 1, 8, 37, 200};

template <typename E>
ferro::Tensor<Compute<E>> partialSums(const ferro::Tensor<E> &x,
                                      std::int64_t blocks) {
  auto sums = ferro::full<Compute<E>>({blocks}, 9);
  run<kernels::partial_sums<8, E>>(sums.partition({1}), x);
  return sums;
}

template <typename E> void expectSums(double reach) {
  for (std::int64_t n : lengths)
    for (std::int64_t blocks : {1, 3, 40}) {
      auto x = random<E>({n}, 1, reach);
      auto values = wide(x);
      double expected = std::accumulate(values.begin(), values.end(), 0.0);
      expectNear(partialSums(partialSums(x, blocks), 1), {expected});
    }
}

template <typename E, Inclusion inclusion> void expectPrefixes(double reach) {
  for (std::int64_t n : lengths) {
    auto x = random<E>({n}, 1, reach), y = ferro::full<E>({n}, 9);
    auto expected = wide(x);
    if constexpr (inclusion == Inclusion::Inclusive)
      std::inclusive_scan(expected.begin(), expected.end(), expected.begin());
    else
      std::exclusive_scan(expected.begin(), expected.end(), expected.begin(),
                          0.0);
    run<kernels::prefix_sum<8, E, inclusion>>(y.partition({8}), x,
                                              partialSums(x, (n + 7) / 8));
    expectNear(y, expected);
  }
}

} // namespace

TEST(Sum, TwoLaunchesOfAnyLength) {
  expectSums<f32>(1);
  expectSums<f64>(1);
  expectSums<f16>(1);
  expectSums<i32>(1e6);
  expectSums<i64>(1e12);
}

TEST(PrefixSum, InclusiveOfAnyLength) {
  expectPrefixes<f32, Inclusion::Inclusive>(1);
  expectPrefixes<f64, Inclusion::Inclusive>(1);
  expectPrefixes<bf16, Inclusion::Inclusive>(1);
  expectPrefixes<i32, Inclusion::Inclusive>(1e6);
}

TEST(PrefixSum, ExclusiveOfAnyLength) {
  expectPrefixes<f32, Inclusion::Exclusive>(1);
  expectPrefixes<f16, Inclusion::Exclusive>(1);
  expectPrefixes<i64, Inclusion::Exclusive>(1e12);
}

TEST(PrefixSum, ThereIsASumForEachBlock) {
  auto x = random<f32>({20}, 1), y = ferro::zeros<f32>({20});
  EXPECT_FERRO_CODE(
      (run<kernels::prefix_sum<8>>(y.partition({8}), x, partialSums(x, 2))),
      ferro::Code::InvalidArgument);
}
