// What code is compiled for, where a launch asks for more than the layout: each
// fact is a key of its own, and capped.
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang -O1 %s -o %t/main %ferro-libs
// RUN: env FERRO_CACHE=0 FERRO_DUMP=tile FERRO_DUMP_DIR=%t/dumps %t/main | FileCheck %s
// RUN: cat %t/dumps/0.kernels.scaled.tile | FileCheck %s --check-prefix=FACTS
// RUN: cat %t/dumps/1.kernels.scaled.tile | FileCheck %s --check-prefix=FEWER
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;
template <int B> [[cutile::entry]] void scaled(TensorView<f32, 1, B> &y, const TensorView<f32, dyn, dyn> &x, f32 by) {
  y.store(by * load_tile_like(x, y));
}
template <int B> [[cutile::entry, cutile::unsafe]] void filled(TensorView<i32, B> &y, i32 with, const i32 *from, f32 ignored) {
  y.store(full<i32, B>(with + num_tile_blocks()[0]));
}
template <int B> [[cutile::entry(preconditions = (dim(x, 0) % 16 == 0))]] void even(TensorView<f32, B> &y, const TensorView<f32, dyn> &x) {
  y.store(load_tile_like(x, y));
}
} // namespace kernels

static std::size_t compiles() {
  static std::size_t before = 0;
  std::size_t now = ferro::cache::stats().compiles;
  return now - std::exchange(before, now);
}

using Matrix = ferro::Tensor<float>;

template <int B = 8> static bool isRight(Matrix x, int most, float by = 2) {
  Matrix y = ferro::zeros<float>({x.shape()[0], x.shape()[1]});
  cutile::launch<kernels::scaled<B>>(y.partition({1, B}), x, by).compile_options({.max_divisibility = most}).sync();
  return y.to_vector() == (x * by).to_vector();
}

static void say(const char *what, bool isRight) {
  std::cout << what << ": " << (isRight ? "right" : "WRONG") << ", " << compiles() << " compiled\n";
}

static Matrix matrix(std::int64_t rows, std::int64_t columns) { return ferro::randn<float>({rows, columns}); }

int main() {
  ferro::manual_seed(1);
  // [G03] [G12] [G14]
  // CHECK: 16 divides: right, 1 compiled
  bool right = isRight(matrix(1, 16), 16);
  say("16 divides", right);
  // FACTS: facts = [{distinct, divisor = 16 : i64, extents = array<i64: 1, 16>, strides = array<i64: 16, 1>, unit_strides = array<i64: 1>}, {distinct, divisor = 16 : i64, extents = array<i64: 1, 16>, strides = array<i64: 16, 1>, unit_strides = array<i64: 1>}, {}]
  // CHECK: 8 divides: right, 1 compiled
  say("8 divides", isRight(matrix(1, 24), 16));
  // FEWER: extents = array<i64: 1, 8>, strides = array<i64: 8, 1>
  right = true;
  for (std::int64_t i = 1; i <= 1000; ++i)
    right &= isRight(matrix(2 * (i % 7) + 1, 16 * (1 + i % 90)), 16, static_cast<float>(i));
  // CHECK: 1000 shapes: right, 0 compiled
  say("1000 shapes", right);
  // 0 is divided by all.
  // CHECK: no rows, as 16: right, 1 compiled
  right = isRight(matrix(16, 16), 16) && isRight(matrix(0, 16), 16);
  say("no rows, as 16", right);
  // [G13]
  // CHECK: up to 4: right, 1 compiled
  say("up to 4", isRight(matrix(1, 16), 4));
  // CHECK: up to 4, of 12 and 24: right, 0 compiled
  right = isRight(matrix(1, 12), 4) && isRight(matrix(1, 24), 4);
  say("up to 4, of 12 and 24", right);
  // [G04] [G06] [G07]
  // CHECK: rows 24 apart: right, 1 compiled
  say("rows 24 apart", isRight(ferro::narrow(matrix(3, 24), 1, 0, 16), 16));
  // CHECK: from the second element: right, 1 compiled
  say("from the second element", isRight(ferro::narrow(matrix(3, 32), 1, 1, 16), 16));
  // CHECK: one row for all: right, 1 compiled
  say("one row for all", isRight(ferro::expand(matrix(1, 16), {3, 16}), 16));
  // [G01]
  // CHECK: other template arguments: right, 1 compiled
  say("other template arguments", isRight<16>(matrix(1, 16), 16));

  auto y = ferro::zeros<std::int32_t>({16});
  auto fill = [&](int with, const std::int32_t *from, float ignored) {
    return cutile::launch<kernels::filled<8>>(y.partition({8}), with, from, ignored);
  };
  alignas(16) std::int32_t numbers[8] = {};
  cutile::CompileOptions to16{.max_divisibility = 16};
  auto holds = [&](int value) { return y.to_vector() == std::vector<std::int32_t>(16, value); };
  // [G08]
  // CHECK: an integer and an address: right, 1 compiled
  fill(16, numbers, 1).compile_options(to16).sync();
  say("an integer and an address", holds(18));
  // CHECK: the same divisors: right, 0 compiled
  fill(-32, numbers, 0.5f).compile_options(to16).sync();
  say("the same divisors", holds(-30));
  // CHECK: an odd integer: right, 1 compiled
  fill(7, numbers, 1).compile_options(to16).sync();
  say("an odd integer", holds(9));
  // CHECK: an odd address: right, 1 compiled
  fill(16, numbers + 1, 1).compile_options(to16).sync();
  say("an odd address", holds(18));
  // [G09] [G10]
  // CHECK: a grid: right, 1 compiled
  fill(1, numbers, 1).grid({2}).sync();
  say("a grid", holds(3));
  // CHECK: this grid: right, 1 compiled
  fill(2, numbers, 1).const_grid({2}).sync();
  say("this grid", holds(4));
  // CHECK: occupancy: right, 1 compiled
  fill(2, numbers, 1).compile_options({.occupancy = 2}).sync();
  fill(3, numbers, 1).compile_options({.occupancy = 2}).sync();
  say("occupancy", holds(5));
  y = ferro::zeros<std::int32_t>({24});
  // CHECK: another grid: right, 1 compiled
  fill(2, numbers, 1).const_grid({3}).sync();
  say("another grid", y.to_vector() == std::vector<std::int32_t>(24, 5));

  // Compiled before it is launched; nothing runs.
  // [G48]
  auto x = ferro::randn<float>({40});
  auto z = ferro::zeros<float>({40});
  auto copy = cutile::launch<kernels::even<8>>(z.partition({8}), x);
  copy.compile();
  // CHECK: compiled: right, 1 compiled
  say("compiled", z.to_vector() == std::vector<float>(40));
  try {
    copy.sync();
  } catch (const ferro::Error &error) {
    // CHECK: kernels::even: precondition: dim(x, 0) % 16 == 0; it is 40
    std::cout << error.what() << '\n';
  }
  // CHECK: refused: right, 0 compiled
  say("refused", true);
  try {
    cutile::launch<kernels::even<8>>(z.partition({8}), x).grid({2}).compile();
  } catch (const ferro::Error &error) {
    // CHECK: kernels::even: the grid is 2 x 1 x 1, parameter 1 has 5 x 1 x 1 tiles
    std::cout << error.what() << '\n';
  }
}
