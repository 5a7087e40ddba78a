#include "cutile/kernels/Rotary.h"

#include "../Expect.h"
#include "Tolerance.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

using kernels::Compute;

/// Tables for 40 positions of heads of 2 * half elements.
template <typename E> struct Tables {
  ferro::Tensor<Compute<E>> cosines, sines;

  explicit Tables(std::int64_t half)
      : cosines(ferro::zeros<Compute<E>>({40, half})),
        sines(ferro::zeros<Compute<E>>({40, half})) {
    run<kernels::rotary_tables<16, 8, Compute<E>>>(
        cosines.partition({16, 8}), sines.partition({16, 8}),
        static_cast<i32>(2 * half), 1e4);
  }
};

/// Heads as [tokens * heads, 2, half] with one token's after the other's.
struct Heads {
  std::int64_t tokens, heads, half;
  ferro::Shape shape() const { return {tokens * heads, 2, half}; }
  ferro::Dims tile() const { return {heads, 2, half}; }
};

/// What \p x becomes when token t is at \p positions[t].
std::vector<double> turned(std::vector<double> x, const Heads &shape,
                           const std::vector<i32> &positions) {
  for (std::int64_t row = 0; row < shape.tokens * shape.heads; ++row)
    for (std::int64_t i = 0; i < shape.half; ++i) {
      double angle = positions[static_cast<std::size_t>(row / shape.heads)] *
                     std::pow(1e4, -static_cast<double>(i) /
                                       static_cast<double>(shape.half));
      double &a = x[static_cast<std::size_t>(row * 2 * shape.half + i)];
      double &b = (&a)[shape.half];
      double old = a;
      a = a * std::cos(angle) - b * std::sin(angle);
      b = b * std::cos(angle) + old * std::sin(angle);
    }
  return x;
}

const Heads shapes[] = {{0, 2, 8}, {1, 1, 1}, {5, 4, 8}, {7, 3, 20}};

std::vector<i32> countFrom(i32 first, std::int64_t count) {
  std::vector<i32> positions(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < positions.size(); ++i)
    positions[i] = first + static_cast<i32>(i);
  return positions;
}

template <typename E> void expectTurnedSequence() {
  for (const Heads &shape : shapes) {
    Tables<E> tables(shape.half);
    auto x = random<E>(shape.shape(), 1, 2);
    auto expected = turned(wide(x), shape, countFrom(30, shape.tokens));
    run<kernels::rotary<2, 8, E>>(x.partition(shape.tile()), tables.cosines,
                                  tables.sines, i64{30});
    expectNear(x, expected);
  }
}

} // namespace

// [I08]
TEST(Rotary, TablesAreExactAtLatePositions) {
  auto cosines = ferro::zeros<f32>({2000, 70}),
       sines = ferro::zeros<f32>({2000, 70});
  run<kernels::rotary_tables<16, 32>>(cosines.partition({16, 32}),
                                      sines.partition({16, 32}), 140, 5e5);
  std::vector<double> cosine, sine;
  for (int p = 0; p < 2000; ++p)
    for (int i = 0; i < 70; ++i) {
      cosine.push_back(std::cos(p * std::pow(5e5, -i / 70.0)));
      sine.push_back(std::sin(p * std::pow(5e5, -i / 70.0)));
    }
  expectNear(cosines, cosine, 1e-7);
  expectNear(sines, sine, 1e-7);
}

// [I08]
TEST(Rotary, SequenceFromAPosition) {
  expectTurnedSequence<f32>();
  expectTurnedSequence<f64>();
  expectTurnedSequence<f16>();
  expectTurnedSequence<bf16>();
}

// [I08]
TEST(Rotary, PositionsOfEachToken) {
  Heads shape{5, 3, 12};
  Tables<f16> tables(shape.half);
  std::vector<i32> positions{0, 39, 7, 7, 20};
  auto x = random<f16>(shape.shape(), 2);
  auto expected = turned(wide(x), shape, positions);
  run<kernels::rotary_at<4, 4>>(x.partition(shape.tile()), tables.cosines,
                                tables.sines, ferro::from_vector(positions));
  expectNear(x, expected);
}

// [I08]
TEST(Rotary, QueriesAndKeysOfDifferentHeadCounts) {
  Heads queries{6, 8, 10}, keys{6, 2, 10};
  Tables<f16> tables(10);
  auto q = random<f16>(queries.shape(), 3), k = random<f16>(keys.shape(), 4);
  auto positions = countFrom(3, 6);
  auto expectedQ = turned(wide(q), queries, positions);
  auto expectedK = turned(wide(k), keys, positions);
  run<kernels::rotary_query_key<4, 8>>(q.partition(queries.tile()),
                                       k.partition(keys.tile()), tables.cosines,
                                       tables.sines, i64{3});
  expectNear(q, expectedQ);
  expectNear(k, expectedK);
}

TEST(Rotary, TurningBackIsTheGradient) {
  Heads shape{5, 3, 12};
  Tables<f64> tables(shape.half);
  auto x = random<f64>(shape.shape(), 5);
  auto expected = wide(x);
  for (const auto &sines : {tables.sines, ferro::neg(tables.sines)})
    run<kernels::rotary<4, 4, f64>>(x.partition(shape.tile()), tables.cosines,
                                    sines, i64{9});
  expectNear(x, expected);
}

TEST(Rotary, PositionsAndTablesAreChecked) {
  Heads shape{5, 3, 12};
  Tables<f32> tables(shape.half), narrow(shape.half - 1);
  auto x = random<f32>(shape.shape(), 5);
  auto turn = [&](const Tables<f32> &with, i64 first) {
    run<kernels::rotary<4, 4, f32>>(x.partition(shape.tile()), with.cosines,
                                    with.sines, first);
  };
  EXPECT_FERRO_CODE(turn(tables, 36), ferro::Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(turn(tables, -1), ferro::Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(turn(narrow, 0), ferro::Code::InvalidArgument);
}
