// What C++ gives to kernels. Each kernel runs as the program's compiler made it
// and as native code of the source that the program keeps, which compiles by
// itself.
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang -Wall -Wextra -Werror %s -o %t/main %ferro-libs && env FERRO_KERNELS=reference %t/main | FileCheck %s
// RUN: env FERRO_CACHE=0 FERRO_KERNELS=compiled %t/main | FileCheck %s
// RUN: for kernel in 'generic<4, true, cutile::i32>' constants structs branches loops early counted 'lists<4>' closures talks streamed; do \
// RUN:   %ferro-compile --emit=ast --kernel="kernels::$kernel" %t/main > /dev/null || exit 1; done
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

static constexpr int outside = 3;

namespace [[cutile::module]] helpers {
using namespace cutile;
inline constexpr int columns = 4;

struct Affine {
  i32 scale, shift;
  static constexpr i32 unit = 1;
  static Affine identity() { return {unit, 0}; }
  Affine then(Affine next) const { return {scale * next.scale, shift * next.scale + next.shift}; }
  template <int... D> Tile<i32, D...> operator()(const Tile<i32, D...> &x) const { return x * scale + shift; }
};

inline i32 triangle(i32 n) { return n * (n + 1) / 2; }
} // namespace helpers

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int... D> using Ints = Tile<i32, D...>;
template <typename S> struct Twice;
template <int... D> struct Twice<TileShape<D...>> {
  static constexpr int extents[] = {2 * D...};
};

// [D023] [D024]
template <int B, bool negated, ArithmeticElement E>
[[cutile::entry]] void generic(TensorView<E, B> &y) {
  constexpr int wide = Twice<TileShape<B, 1>>::extents[0];
  Tile<E, wide> twice = cat<0>(y.load(), y.load());
  Tile<E, B> half = extract<B>(twice, 1);
  if constexpr (negated)
    y.store(-half);
  else
    y.store(half);
}
// CHECK: generic 0 -1 -2 -3

// [D025] [D035]
[[cutile::entry]] inline void constants(TensorView<i32, helpers::columns> &y) {
  constexpr i32 local = 7;
  const i32 more = local + outside;
  y.store(y.load() + more);
}
// CHECK: constants 10 11 12 13

// [D026] [D027] [D029]
[[cutile::entry]] inline void structs(TensorView<i32, 4> &y) {
  helpers::Affine f{2, 3}, g{1, helpers::Affine::unit};
  auto h = helpers::Affine::identity().then(f).then(g);
  y.store(h(y.load()) + helpers::triangle(3));
}
// CHECK: structs 10 12 14 16

// [D033] [D037] [D048]
[[cutile::entry]] inline void branches(TensorView<i32, 2> &y) {
  auto [block, _, unused] = tile_block_id();
  const i32 table[] = {10, 20, 30};
  i32 add;
  if (block == 0)
    add = table[0];
  else if (block == 1)
    add = table[block];
  else
    add = -1;
  Ints<2> x = block == 1 ? -y.load() : y.load();
  y.store(x + add);
}
// CHECK: branches 10 11 18 17 3 4

// [D036] [D041] [D042]
[[cutile::entry]] inline void loops(TensorView<i32, 4> &y) {
  Ints<4> sum = zeros<i32, 4>();
  i32 n = 0;
  while (true) {
    ++n;
    if (n == 2)
      continue;
    if (n > 4)
      break;
    sum += n; // 1 + 3 + 4
  }
  do
    sum = sum * 2;
  while (--n > 3); // twice
  y.store(sum + y.load());
}
// CHECK: loops 32 33 34 35

// [D045]
[[cutile::entry]] inline void early(TensorView<i32, 2> &y) {
  if (tile_block_id().x == 1)
    return;
  y.store(y.load() * 10);
}
// CHECK: early 0 10 2 3

// [D038] [D047] [D081]
[[cutile::entry]] inline void counted(TensorView<i32, 1> &y, const TensorView<f32, dyn> &x) {
  auto parts = x.partition<4>();
  f32 total = 0;
  for (auto k : num_tiles(parts, 0))
    total += f32(sum<0>(parts.load(k)));
  i64 tiles = num_tiles(parts, 0);
  for (int i = 0; i < 3; i += 2)
    total += static_cast<f32>(tiles);
  y.store(Ints<1>(reshape<1>(Tile<i32>(convert<i32>(total)))));
}
// CHECK: counted 61

// [D050] [D067]
template <int B> [[cutile::entry]] void lists(TensorView<i32, B> &y, const TensorView<i32, dyn, 3> &x) {
  static_assert(Ints<B, 2>::shape()[1] == 2);
  i64 rows = x.shape()[0], three = x.shape()[1];
  auto v = y.load();
  y.store(((v << 1 | 1) ^ 2) % 5 + i32(rows * three) - (v & 1) / 1);
}
// CHECK: lists 9 6 8 5

// [D052]
[[cutile::entry]] inline void closures(TensorView<i32, 4> &y, i32 by) {
  auto x = y.load();
  auto scaled = map([by](i32 e) { return e * by + 1; }, x);
  auto most = reduce<0>(scaled, -100, [](i32 a, i32 b) { return a > b ? a : b; });
  y.store(scaled - most);
}
// CHECK: closures -6 -4 -2 0

// [D055] [D056]
[[cutile::entry]] inline void talks(TensorView<i32, 2> &y) {
  print("block {} has {}", tile_block_id().x, y.load());
  check(y.load() < 3, "the values are small");
  y.store(y.load());
}
// CHECK: block 1 has [2, 0]
// CHECK: talks 0 1 2
// CHECK: refused{{.*}}the values are small

// [D040] [D063]
[[cutile::entry]] inline void streamed(MappedPartitionMut<i32, TileShape<2>, TileMap<1>> y) {
  for (auto index : y.iter_indices())
    y.store(y.load(index) + tile_block_id().x * 100, index);
}
// CHECK: streamed 0 1 102 103 4 5 106
} // namespace kernels

using ferro::arange;

template <auto kernel, typename... Arguments>
static void show(const char *name, ferro::Tensor<std::int32_t> y, std::int64_t tile, const Arguments &...arguments) {
  cutile::launch<kernel>(y.partition({tile}), arguments...).sync();
  std::cout << name;
  for (std::int32_t value : y.to_vector())
    std::cout << ' ' << value;
  std::cout << '\n';
}

int main() {
  auto numbers = [](int n) { return arange<std::int32_t>(n); };
  show<kernels::generic<4, true, std::int32_t>>("generic", numbers(4), 4);
  show<kernels::constants>("constants", numbers(4), 4);
  show<kernels::structs>("structs", numbers(4), 4);
  show<kernels::branches>("branches", numbers(6), 2);
  show<kernels::loops>("loops", numbers(4), 4);
  show<kernels::early>("early", numbers(4), 2);
  show<kernels::counted>("counted", numbers(1), 1, arange<float>(11));
  show<kernels::lists<4>>("lists", numbers(4), 4, ferro::zeros<std::int32_t>({2, 3}));
  show<kernels::closures>("closures", numbers(4), 4, 2);
  show<kernels::talks>("talks", numbers(3), 2);
  try {
    show<kernels::talks>("talks", numbers(4), 2);
  } catch (const ferro::Error &error) {
    std::cout << "refused " << error.what() << '\n';
  }
  auto y = numbers(7);
  cutile::launch<kernels::streamed>(y.partition({2}).map({1}, 2)).sync();
  std::cout << "streamed";
  for (std::int32_t value : y.to_vector())
    std::cout << ' ' << value;
  std::cout << '\n';
}
