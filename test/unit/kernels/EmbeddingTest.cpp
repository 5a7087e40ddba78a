#include "cutile/kernels/Embedding.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

template <typename I>
ferro::Tensor<I> randomIds(std::int64_t count, std::int64_t rows) {
  std::mt19937 bits(3);
  auto ids = ferro::zeros<I>({count});
  for (I &id : ids.mutable_data())
    id = static_cast<I>(bits() % static_cast<unsigned>(rows));
  return ids;
}

template <typename E, typename I> void expectRows() {
  for (std::int64_t tokens : {0, 1, 8, 21})
    for (std::int64_t width : {1, 16, 37}) {
      auto table = random<E>({11, width}, 1, 50);
      auto ids = randomIds<I>(tokens, 11);
      auto y = ferro::zeros<E>({tokens, width});
      run<kernels::embedding<8, 16, E, I>>(y.partition({8, 16}), table, ids);
      auto rows = wide(table);
      std::vector<double> expected;
      for (I id : ids.to_vector())
        expected.insert(expected.end(), rows.begin() + id * width,
                        rows.begin() + (id + 1) * width);
      expectNear(y, expected, 0);
    }
}

template <typename E> void expectGradient(std::int64_t tokens) {
  std::int64_t width = 37;
  auto ids = randomIds<i32>(tokens, 5);
  auto dy = random<E>({tokens, width}, 2), grad = ferro::full<E>({5, width}, 9);
  run<kernels::embedding_backward<16, E>>(grad.partition({5, 16}), dy, ids);
  auto rows = wide(dy);
  std::vector<double> expected(static_cast<std::size_t>(5 * width));
  for (std::int64_t i = 0; i < tokens * width; ++i) {
    i64 row = ids.data()[static_cast<std::size_t>(i / width)];
    expected[static_cast<std::size_t>(row * width + i % width)] +=
        rows[static_cast<std::size_t>(i)];
  }
  expectNear(grad, expected);
}

} // namespace

// [I04]
TEST(Embedding, RowsOfATableByNumber) {
  expectRows<f16, i32>();
  expectRows<f32, i64>();
  expectRows<i32, i32>();
}

// [I04]
TEST(Embedding, ANumberWithoutARowIsAnError) {
  auto table = random<f16>({4, 3}, 1), y = ferro::zeros<f16>({3, 3});
  for (i32 id : {-1, 4}) {
    auto ids = ferro::tensor<i32>({0, id, 1});
    EXPECT_FERRO_CODE(
        (run<kernels::embedding<8, 16>>(y.partition({8, 16}), table, ids)),
        ferro::Code::IndexOutOfBounds);
  }
}

TEST(Embedding, TheGradientAddsUpTheRowsOfEachNumber) {
  for (std::int64_t tokens : {0, 1, 40}) {
    expectGradient<f32>(tokens);
    expectGradient<f64>(tokens);
  }
}

TEST(Embedding, ShapesAreChecked) {
  auto table = random<f16>({4, 3}, 1), y = ferro::zeros<f16>({3, 3});
  auto grad = ferro::zeros<f32>({4, 3});
  auto ids = ferro::tensor<i32>({0, 1});
  EXPECT_FERRO_CODE(
      (run<kernels::embedding<8, 16>>(y.partition({8, 16}), table, ids)),
      ferro::Code::InvalidArgument);
  EXPECT_FERRO_CODE((run<kernels::embedding_backward<16>>(
                        grad.partition({4, 16}), random<f32>({3, 3}, 1), ids)),
                    ferro::Code::InvalidArgument);
}

// [I07]
TEST(Embedding, OneRowByANumberOnTheDevice) {
  auto x = random<f16>({5, 37}, 1), y = ferro::zeros<f16>({1, 37});
  run<kernels::gather_row<16>>(y.partition({1, 16}), x,
                               ferro::tensor<i32>({3}));
  EXPECT_EQ(y.to_vector(), ferro::narrow(x, 0, 3, 1).to_vector());
  EXPECT_FERRO_CODE((run<kernels::gather_row<16>>(y.partition({1, 16}), x,
                                                  ferro::tensor<i32>({5}))),
                    ferro::Code::IndexOutOfBounds);
}
