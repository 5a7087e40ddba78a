// Compiled matrix products against the reference kernels, which sum in f64.
#include "MatmulKernels.h"

#include "exec/Reference.h"
#include "graph/OpInfo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace ferro::test {

using exec::StridedView;
using graph::OpKind;

static std::int64_t reach(const ProductCase &product, const Layout &layout,
                          std::int64_t other) {
  std::int64_t last =
      (product.k - 1) * layout.alongK + (other - 1) * layout.alongOther;
  for (std::size_t i = 0; i < product.batch.size(); ++i)
    last += (product.batch[i] - 1) * layout.batch[i];
  return product.k == 0 ? 0 : last + 1;
}

static void fillRandomly(const GuardedBytes &memory, DType dtype,
                         unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(-1, 1);
  visit(dtype, [&](auto sample) {
    using T = decltype(sample);
    T *elements = reinterpret_cast<T *>(memory.begin());
    for (std::size_t i = 0; i < memory.size() / sizeof(T); ++i)
      elements[i] = isFloat(dtype) ? T(unit(random))
                                   : T(static_cast<std::int64_t>(random()));
  });
}

static StridedView viewOf(const GuardedBytes &memory, DType dtype,
                          const std::vector<std::int64_t> &batch,
                          const std::vector<std::int64_t> &batchStrides,
                          std::int64_t rows, std::int64_t rowStride,
                          std::int64_t columns, std::int64_t columnStride) {
  StridedView view;
  view.bytes = memory.begin();
  view.dtype = dtype;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    view.shape.push_back(batch[i]);
    view.strides.push_back(batchStrides[i]);
  }
  view.shape.push_back(rows);
  view.strides.push_back(rowStride);
  view.shape.push_back(columns);
  view.strides.push_back(columnStride);
  return view;
}

/// A case's operands, its results by compiled code and by the reference.
class Checked {
public:
  Checked(const Machine &machine, const ProductCase &product)
      : product(product), compute(computeType(product.dtype)),
        lhs(bytes(product.dtype, reach(product, product.lhs, product.m))),
        rhs(bytes(product.dtype, reach(product, product.rhs, product.n))),
        row(bytes(compute, product.n)), result(bytes(compute, results())),
        compiled(machine, product) {
    fillRandomly(lhs, product.dtype, 1);
    fillRandomly(rhs, product.dtype, 2);
    fillRandomly(row, compute, 3);
    fillRandomly(result, compute, 4);
    compiled.run(lhs.begin(), rhs.begin(), row.begin(), result.begin());
  }

  /// The product of \p lhs and \p rhs in dtype \p T by the reference.
  template <typename T> std::vector<T> reference(bool magnitudes) const {
    GuardedBytes left(lhs.size()), right(rhs.size());
    std::memcpy(left.begin(), lhs.begin(), lhs.size());
    std::memcpy(right.begin(), rhs.begin(), rhs.size());
    if (magnitudes) {
      dropSigns(left);
      dropSigns(right);
    }
    const Layout &l = product.lhs, &r = product.rhs;
    StridedView operands[] = {
        widened(viewOf(left, product.dtype, product.batch, l.batch, product.m,
                       l.alongOther, product.k, l.alongK),
                wideLeft),
        widened(viewOf(right, product.dtype, product.batch, r.batch, product.k,
                       r.alongK, product.n, r.alongOther),
                wideRight)};
    Shape shape;
    for (std::int64_t extent : product.batch)
      shape.push_back(extent);
    shape.push_back(product.m);
    shape.push_back(product.n);
    std::vector<T> expected(static_cast<std::size_t>(results()));
    exec::run(OpKind::Matmul, {}, operands,
              exec::rowMajor(reinterpret_cast<std::byte *>(expected.data()),
                             dtypeOf<T>, shape));
    return expected;
  }

  void expectFloats() const {
    visit(compute, [&](auto sample) {
      using T = decltype(sample);
      if constexpr (std::floating_point<T>)
        expectClose<T>();
    });
  }

  void expectIntegers() const {
    visit(compute, [&](auto sample) {
      using T = decltype(sample);
      if constexpr (std::integral<T> && !std::same_as<T, bool>) {
        std::vector<T> expected = reference<T>(false);
        const T *got = elements<T>(result);
        const T *added = elements<T>(row);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          T wanted = expected[i];
          if (product.finish == Finish::AddRow)
            wanted = static_cast<T>(
                static_cast<std::uint64_t>(wanted) +
                static_cast<std::uint64_t>(added[i % product.n]));
          ASSERT_EQ(got[i], wanted) << "element " << i;
        }
      }
    });
  }

  void expectSameBitsInAnyOrder() const {
    GuardedBytes again(result.size());
    compiled.run(lhs.begin(), rhs.begin(), row.begin(), again.begin(), true);
    EXPECT_EQ(std::memcmp(again.begin(), result.begin(), result.size()), 0);
  }

  std::size_t stages() const { return compiled.stages(); }

private:
  static std::size_t bytes(DType dtype, std::int64_t count) {
    return byteSize(dtype) * static_cast<std::size_t>(count);
  }
  std::int64_t results() const {
    std::int64_t count = product.m * product.n;
    for (std::int64_t extent : product.batch)
      count *= extent;
    return count;
  }
  template <typename T> static T *elements(const GuardedBytes &memory) {
    return reinterpret_cast<T *>(memory.begin());
  }
  void dropSigns(const GuardedBytes &memory) const {
    visit(product.dtype, [&](auto sample) {
      using T = decltype(sample);
      if constexpr (isFloat(dtypeOf<T>))
        for (std::size_t i = 0; i < memory.size() / sizeof(T); ++i)
          elements<T>(memory)[i] =
              T(std::fabs(static_cast<double>(elements<T>(memory)[i])));
    });
  }
  /// Floats in f64, so that the reference rounds nothing; integers as they are.
  StridedView widened(const StridedView &view,
                      std::vector<double> &memory) const {
    if (!isFloat(product.dtype))
      return view;
    std::int64_t count = 1;
    for (std::size_t i = 0; i < view.shape.size(); ++i)
      count *= view.shape[i];
    memory.assign(static_cast<std::size_t>(count), 0);
    StridedView wide = exec::rowMajor(
        reinterpret_cast<std::byte *>(memory.data()), DType::F64, view.shape);
    exec::copyElements(view, wide);
    return wide;
  }

  /// A sum of k products with one rounding each is off by at most k eps of the
  /// sum of their magnitudes; the epilogue adds two roundings.
  template <typename T> void expectClose() const {
    std::vector<double> expected = reference<double>(false);
    std::vector<double> magnitudes = reference<double>(true);
    const T *got = elements<T>(result);
    const T *added = elements<T>(row);
    double epsilon = std::numeric_limits<T>::epsilon() / 2;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      double wanted = expected[i], magnitude = magnitudes[i];
      if (product.finish != Finish::Store) {
        wanted += added[i % product.n];
        magnitude += std::fabs(added[i % product.n]);
      }
      double bound = static_cast<double>(product.k + 2) * epsilon * magnitude;
      if (product.finish == Finish::AddRowTanh) {
        wanted = std::tanh(wanted);
        bound += 3 * epsilon;
      }
      ASSERT_NEAR(got[i], wanted, bound)
          << "element " << i << " of " << product.m << "x" << product.n
          << ", k " << product.k;
    }
  }

  ProductCase product;
  DType compute;
  GuardedBytes lhs, rhs, row, result;
  CompiledProduct compiled;
  mutable std::vector<double> wideLeft, wideRight;
};

class MatmulTest : public testing::Test {
protected:
  void SetUp() override {
    if (machines().empty())
      GTEST_SKIP() << "no AVX2 with FMA here";
  }
};

static void expectCase(const ProductCase &product) {
  for (const Machine &machine : machines()) {
    SCOPED_TRACE(machine.name);
    Checked checked(machine, product);
    if (isFloat(product.dtype))
      checked.expectFloats();
    else
      checked.expectIntegers();
  }
}

struct Extents {
  std::int64_t m, n, k;
};
// Whole tiles, tiles that move up, ragged columns, fewer rows than a tile.
static const Extents shapes[] = {{1, 1, 1},      {2, 3, 4},       {5, 16, 64},
                                 {3, 17, 33},    {7, 31, 5},      {14, 32, 16},
                                 {15, 33, 17},   {28, 64, 100},   {29, 65, 40},
                                 {33, 1000, 3},  {64, 10, 128},   {32, 128, 64},
                                 {130, 70, 900}, {257, 259, 1300}};

// [B18] [C21]
TEST_F(MatmulTest, MultipliesMatricesOfAnyShape) {
  for (auto [m, n, k] : shapes)
    expectCase(rowMajorCase({}, m, n, k));
}

// [B18] [C22]
TEST_F(MatmulTest, MultipliesByATransposedMatrix) {
  for (auto [m, n, k] : shapes)
    expectCase(rowMajorCase({}, m, n, k, /*lhsTransposed=*/false,
                            /*rhsTransposed=*/true));
}

TEST_F(MatmulTest, MultipliesATransposedMatrix) {
  for (auto [m, n, k] : shapes) {
    expectCase(rowMajorCase({}, m, n, k, /*lhsTransposed=*/true));
    expectCase(rowMajorCase({}, m, n, k, true, /*rhsTransposed=*/true));
  }
}

// [B18] [C23]
TEST_F(MatmulTest, MultipliesVectors) {
  for (std::int64_t k : {1, 7, 100, 4099}) {
    expectCase(rowMajorCase({}, 1, 1, k));                // dot
    expectCase(rowMajorCase({}, 1, 300, k, false, true)); // mv
    expectCase(rowMajorCase({}, 1, 300, k));              // vector times matrix
    expectCase(rowMajorCase({}, 300, 1, k));              // matrix times column
  }
  expectCase(rowMajorCase({}, 1, 1, 100'003)); // summed in chunks
}

// [C24] [C25]
TEST_F(MatmulTest, MultipliesBatchesAndBroadcastsThem) {
  expectCase(rowMajorCase({4}, 64, 64, 64));
  expectCase(rowMajorCase({2, 3}, 5, 20, 30));
  expectCase(rowMajorCase({3}, 130, 70, 150, false, true));
  expectCase(rowMajorCase({5}, 1, 1, 70));
  ProductCase sharedRight = rowMajorCase({2, 3}, 9, 40, 33);
  sharedRight.rhs.batch = {0, 0}; // folds into 54 rows
  expectCase(sharedRight);
  ProductCase oneOfThree = rowMajorCase({1, 3}, 9, 40, 33);
  oneOfThree.lhs.batch[0] = 0; // the stride of an extent of 1 is anything
  oneOfThree.rhs.batch = {0, 0};
  expectCase(oneOfThree);
  ProductCase sharedLeft = rowMajorCase({2, 3}, 9, 40, 33);
  sharedLeft.lhs.batch = {0, 9 * 33};
  expectCase(sharedLeft);
  ProductCase crossed = rowMajorCase({2, 2}, 140, 150, 160);
  crossed.lhs.batch = {140 * 160, 0};
  crossed.rhs.batch = {0, 160 * 150};
  expectCase(crossed);
}

TEST_F(MatmulTest, HonoursStridesOfEveryAxis) {
  ProductCase spread = rowMajorCase({}, 50, 60, 70);
  spread.lhs = {{}, 3, 300};
  spread.rhs = {{}, 200, 2};
  expectCase(spread);
  ProductCase repeated = rowMajorCase({}, 20, 33, 40);
  repeated.rhs = {{}, 1, 0}; // one column for all
  expectCase(repeated);
}

// [B20] [C26]
TEST_F(MatmulTest, AppliesTheEpilogueToEveryElementOnce) {
  for (Finish finish : {Finish::AddRow, Finish::AddRowTanh})
    for (auto [m, n, k] : shapes) {
      ProductCase product = rowMajorCase({}, m, n, k, false, true);
      product.finish = finish;
      expectCase(product);
    }
}

TEST_F(MatmulTest, ComputesInTheDtypeOrFloatForHalves) {
  for (DType dtype : {DType::F64, DType::F16, DType::BF16, DType::I32,
                      DType::I64, DType::I8, DType::U8, DType::I16})
    for (auto [m, n, k] :
         {Extents{1, 1, 100}, {2, 40, 50}, {29, 65, 40}, {150, 70, 200}}) {
      SCOPED_TRACE(toString(dtype));
      ProductCase product = rowMajorCase({}, m, n, k);
      product.dtype = dtype;
      product.finish = Finish::AddRow;
      expectCase(product);
      ProductCase transposed = rowMajorCase({}, m, n, k, false, true);
      transposed.dtype = dtype;
      expectCase(transposed);
    }
}

TEST_F(MatmulTest, NothingSummedIsZero) {
  ProductCase empty = rowMajorCase({}, 20, 40, 0);
  expectCase(empty);
}

TEST_F(MatmulTest, TheOrderOfBlocksDoesNotChangeABit) {
  for (const Machine &machine : machines())
    for (auto product :
         {rowMajorCase({}, 200, 300, 1700), rowMajorCase({7}, 64, 70, 90),
          rowMajorCase({}, 1, 1, 600'001)}) {
      Checked checked(machine, product);
      checked.expectSameBitsInAnyOrder();
    }
}

TEST_F(MatmulTest, LargeProductsPackFirst) {
  Checked large(machines().front(), rowMajorCase({}, 256, 256, 256));
  EXPECT_EQ(large.stages(), 2u);
  Checked small(machines().front(), rowMajorCase({}, 32, 128, 64));
  EXPECT_EQ(small.stages(), 1u);
}

} // namespace ferro::test
