#include "cutile/kernels/Gemm.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

using Values = std::vector<double>;

/// The dtype of the tensors that elements of E live in.
template <typename E> struct Stored {
  using type = E;
};
template <StorageElement E> struct Stored<E> {
  using type = std::conditional_t<sizeof(E) == 4, f32, u8>;
};
template <typename E> using StoredIn = typename Stored<E>::type;

/// Random elements of E as a tensor, and their values in f64.
template <typename E> struct Matrices {
  ferro::Tensor<StoredIn<E>> tensor;
  Values values;

  Matrices(const ferro::Shape &shape, unsigned seed)
      : tensor(ferro::zeros<StoredIn<E>>(shape)) {
    constexpr double reach = IntegerElement<E> ? 100 : 1;
    auto numbers = random<f64>(shape, seed, reach);
    auto *elements = reinterpret_cast<E *>(tensor.mutable_data().data());
    for (f64 number : numbers.data()) {
      *elements = convert<E>(UnsignedElement<E> ? number + reach : number);
      values.push_back(convert<f64>(*elements++));
    }
  }
};

/// a b in f64, of row-major [m, k] and [k, n] from \p a and \p b on.
Values product(const double *a, const double *b, std::int64_t m, std::int64_t k,
               std::int64_t n) {
  Values c;
  for (std::int64_t i = 0; i < m * n; ++i) {
    double sum = 0;
    for (std::int64_t l = 0; l < k; ++l)
      sum += a[i / n * k + l] * b[l * n + i % n];
    c.push_back(sum);
  }
  return c;
}

/// Operands of a product of matrices, what it is, and room for it.
template <typename E, typename C = kernels::Sum<E>> struct Product {
  std::int64_t m, k, n;
  Matrices<E> a{{m, k}, 1}, b{{k, n}, 2};
  ferro::Tensor<C> c = ferro::full<C>({m, n}, 9);
  Values expected = product(a.values.data(), b.values.data(), m, k, n);
};

template <typename E, typename C = kernels::Sum<E>>
void expectGemm(std::int64_t m, std::int64_t k, std::int64_t n) {
  Product<E, C> all{m, k, n};
  run<kernels::gemm<16, 8, 32, E, C>>(all.c.partition({16, 8}), all.a.tensor,
                                      all.b.tensor);
  expectNear(all.c, all.expected);
}

template <typename E> void expectGemmOfAnyExtents() {
  expectGemm<E>(37, 50, 21);
  expectGemm<E>(16, 32, 8);
  expectGemm<E>(1, 1, 1);
  expectGemm<E>(0, 5, 3);
  expectGemm<E>(3, 0, 5);
}

template <typename F> double applied(double x);
template <> double applied<kernels::Identity>(double x) { return x; }
template <> double applied<kernels::Relu>(double x) { return std::fmax(x, 0); }
template <> double applied<kernels::Silu>(double x) {
  return x / (1 + std::exp(-x));
}
template <> double applied<kernels::Gelu>(double x) {
  return x * std::erfc(-x / std::sqrt(2)) / 2;
}

template <typename F, typename E, typename C> void expectLayer() {
  Product<E, C> all{37, 50, 21};
  auto bias = random<C>({21}, 3);
  for (std::size_t i = 0; i < all.expected.size(); ++i)
    all.expected[i] = applied<F>(all.expected[i] + wide(bias.data()[i % 21]));
  run<kernels::gemm_bias<16, 8, 32, F, E, C>>(
      all.c.partition({16, 8}), all.a.tensor, all.b.tensor, bias, F{});
  expectNear(all.c, all.expected);
}

template <int Band>
void expectPersistent(std::int64_t m, std::int64_t n, std::int64_t blocks) {
  Product<f16> all{m, 50, n};
  run<kernels::persistent_gemm<16, 8, 32, Band>>(
      all.c.partition({16, 8}).map({Band, 1}, blocks), all.a.tensor,
      all.b.tensor);
  expectNear(all.c, all.expected);
}

template <typename E>
void expectGrouped(std::int64_t m, const std::vector<i32> &ends) {
  std::int64_t k = 20, n = 13, begin = 0;
  auto groups = static_cast<std::int64_t>(ends.size());
  Matrices<E> a({m, k}, 1), b({groups, k, n}, 2);
  Values expected;
  for (std::size_t g = 0; g < ends.size(); ++g) {
    auto rows = product(a.values.data() + begin * k,
                        b.values.data() + static_cast<std::int64_t>(g) * k * n,
                        ends[g] - begin, k, n);
    expected.insert(expected.end(), rows.begin(), rows.end());
    begin = ends[g];
  }
  expected.resize(static_cast<std::size_t>(m * n));
  auto c = ferro::full<kernels::Sum<E>>({m, n}, 9);
  run<kernels::grouped_gemm<8, 8, 16, E>>(c.partition({8, 8}), a.tensor,
                                          b.tensor, ferro::from_vector(ends));
  expectNear(c, expected);
}

} // namespace

// [I11]
TEST(GemmKernels, OperandsOfAllTypes) {
  expectGemmOfAnyExtents<f16>();
  expectGemmOfAnyExtents<bf16>();
  expectGemmOfAnyExtents<f32>();
  expectGemmOfAnyExtents<f64>();
  expectGemmOfAnyExtents<f8e4m3>();
  expectGemmOfAnyExtents<i8>();
  expectGemm<f8e5m2>(37, 50, 21);
  expectGemm<u8>(37, 50, 21);
  expectGemm<tf32>(37, 50, 21);
}

// [I12]
TEST(GemmKernels, ResultsAreRoundedToTheirType) {
  expectGemm<f16, f16>(37, 50, 21);
  expectGemm<bf16, bf16>(37, 50, 21);
}

// [I11]
TEST(GemmKernels, ExtentsKnownWhenCompiled) {
  Product<f16> all{37, 50, 21};
  run<kernels::gemm_static<16, 8, 32, 37, 21, 50>>(all.c.partition({16, 8}),
                                                   all.a.tensor, all.b.tensor);
  expectNear(all.c, all.expected);
  EXPECT_FERRO_CODE((run<kernels::gemm_static<16, 8, 32, 37, 21, 49>>(
                        all.c.partition({16, 8}), all.a.tensor, all.b.tensor)),
                    ferro::Code::ShapeMismatch);
}

TEST(GemmKernels, OperandsThatDoNotFitAreRefused) {
  Matrices<f16> a({16, 31}, 1), b({32, 8}, 2); // in one tile all the same
  auto c = ferro::zeros<f32>({16, 8});
  EXPECT_FERRO_CODE(
      (run<kernels::gemm<16, 8, 32>>(c.partition({16, 8}), a.tensor, b.tensor)),
      ferro::Code::InvalidArgument);
}

// [I11]
TEST(GemmKernels, BatchesOfMatrices) {
  std::int64_t m = 21, k = 35, n = 13;
  for (std::int64_t batch : {0, 1, 3}) {
    Matrices<bf16> a({batch, m, k}, 1), b({batch, k, n}, 2);
    auto c = ferro::full<f32>({batch, m, n}, 9);
    Values expected;
    for (std::int64_t i = 0; i < batch; ++i) {
      auto one = product(a.values.data() + i * m * k,
                         b.values.data() + i * k * n, m, k, n);
      expected.insert(expected.end(), one.begin(), one.end());
    }
    run<kernels::batch_matmul<8, 16, 16, bf16>>(c.partition({1, 8, 16}),
                                                a.tensor, b.tensor);
    expectNear(c, expected);
  }
}

TEST(GemmKernels, BiasAndActivationBeforeTheRounding) {
  expectLayer<kernels::Identity, f16, f32>();
  expectLayer<kernels::Relu, f16, f16>();
  expectLayer<kernels::Silu, bf16, f32>();
  expectLayer<kernels::Gelu, f32, f32>();
  expectLayer<kernels::Gelu, f64, f64>();
}

// [I14]
TEST(GemmKernels, PersistentBlocksMakeEveryTileOnce) {
  expectPersistent<8>(64, 64, 5);
  expectPersistent<2>(37, 61, 3);
  expectPersistent<1>(37, 61, 24);
  expectPersistent<4>(1, 1, 1);
}

TEST(GemmKernels, GroupsBeginAnywhere) {
  expectGrouped<f16>(37, {3, 3, 20, 37});
  expectGrouped<f32>(37, {37});
  expectGrouped<bf16>(37, {0, 8, 16, 17, 18, 30}); // rows without a group
  expectGrouped<i8>(16, {8, 16});
  expectGrouped<f16>(5, {});
}

// As a program launches it.
TEST(GemmKernels, LaunchedByName) {
  Product<f16> all{37, 50, 21};
  launch<kernels::gemm<16, 8, 32>>(all.c.partition({16, 8}), all.a.tensor,
                                   all.b.tensor)
      .sync();
  expectNear(all.c, all.expected);
}
