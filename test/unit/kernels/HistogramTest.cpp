#include "cutile/kernels/Histogram.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

template <typename E>
std::vector<i32> counted(const ferro::Tensor<E> &x, i32 bins, double low,
                         double high, std::int64_t blocks) {
  auto counts = ferro::zeros<i32>({bins});
  runWith<kernels::histogram<16, E>>(Grid{blocks}, counts, x, bins,
                                     static_cast<kernels::Compute<E>>(low),
                                     static_cast<kernels::Compute<E>>(high));
  return counts.to_vector();
}

template <typename E> void expectCounts(std::int64_t n, std::int64_t blocks) {
  auto x = random<E>({n}, 1, 5);
  std::vector<i32> expected(8);
  for (double value : wide(x)) // steps of a power of two: exact
    if (value >= -4 && value <= 4)
      ++expected[std::min<std::size_t>(static_cast<std::size_t>(value + 4), 7)];
  EXPECT_EQ(counted(x, 8, -4, 4, blocks), expected);
}

} // namespace

TEST(Histogram, CountsWithAnyNumberOfBlocks) {
  for (std::int64_t n : {0, 1, 16, 333})
    for (std::int64_t blocks : {1, 3, 30}) {
      expectCounts<f32>(n, blocks);
      expectCounts<f16>(n, blocks);
      expectCounts<f64>(n, blocks);
    }
}

TEST(Histogram, EdgesBelongToTheBinAboveAndTheLastToTheLast) {
  auto x = ferro::tensor<f32>({0, 1, 2, 3, -0.5f, 3.5f, NAN, INFINITY,
                               -INFINITY, std::nextafterf(3, 0)});
  EXPECT_EQ(counted(x, 3, 0, 3, 1), (std::vector<i32>{1, 1, 3}));
}

TEST(Histogram, RangesAreChecked) {
  auto x = random<f32>({10}, 1);
  EXPECT_FERRO_CODE(counted(x, 0, 0, 1, 1), ferro::Code::InvalidArgument);
  EXPECT_FERRO_CODE(counted(x, 4, 1, 1, 1), ferro::Code::InvalidArgument);
}
