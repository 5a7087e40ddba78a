// Native code and the reference work on the same Globals and on views of memory
// that no parameter describes; bytes come apart and together alike.
// [D065] [D099] [D156]
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang -O1 %s -o %t/main %ferro-libs
// RUN: env FERRO_CACHE=0 FERRO_KERNELS=compiled %t/main | FileCheck %s
// RUN: env FERRO_KERNELS=reference %t/main | FileCheck %s
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace app { namespace [[cutile::module]] kernels {
using namespace cutile;
static Global<i32> tickets{3};
namespace inner {
inline Global<f64> total{0.5};
}
namespace {
Global<u32> hidden{7};
}

[[cutile::entry]] void count(TensorView<i32, 1> &y) {
  y.store(full<i32, 1>(tickets.atomic_add(1)));
  inner::total.atomic_add(0.25);
  hidden.atomic_add(2u);
}

[[cutile::entry, cutile::unsafe]] void transposed(TensorView<f32, 4, 8> &y, const f32 *x, i64 rows, i64 columns) {
  auto view = make_tensor_view(x, TileShape<dyn, dyn>{}, coord(columns, rows), coord(1, columns));
  y.store(load_tile_like(view, y));
}

[[cutile::entry, cutile::unsafe]] void mistaken(TensorView<f32, 4> &y, const f32 *x, i64 n) {
  y.store(make_tensor_view(x, TileShape<4>{}, coord(n), coord(1)).load());
}

[[cutile::entry, cutile::unsafe]] void summed(TensorView<i32, 1> &y, const i32 *x, i64 n, i32 *log) {
  i32 total = 0;
  for (i64 i = 0; i < n; ++i)
    total += x[i];
  if (total > 0)
    *log = total;
  log[1] += n;
  ++log[2];
  const i32 *last = &x[n] - 1;
  y.store(full<i32, 1>(*last));
}

template <ElementType E, int n>
[[cutile::entry]] void repacked(TensorView<u8, 1, n> &y, const TensorView<u8, 1, n> &x) {
  auto bytes = x.load();
  auto elements = unpack<E>(bytes);
  y.store(pack(elements));
}
template <ElementType E, int n>
[[cutile::entry]] void halved(TensorView<u8, 1, n> &y, const TensorView<f32, 1, n> &x) {
  y.store(pack(convert<E>(x.load())));
}
[[cutile::entry]] void nibbles(TensorView<f32, 1, 16> &y, const TensorView<u8, 1, 8> &x) {
  y.store(convert<f32>(unpack<i4>(x.load())) + 8.0f * convert<f32>(unpack<f4e2m1>(x.load())));
}
} } // namespace app::kernels

using namespace app;
template <typename E> static void show(const char *name, const ferro::Tensor<E> &x) {
  std::cout << name << ':';
  for (E each : x.to_vector())
    std::cout << ' ' << +each;
  std::cout << '\n';
}

int main() {
  auto tickets = ferro::zeros<std::int32_t>({5});
  cutile::launch<kernels::count>(tickets.partition({1})).sync();
  std::int32_t sum = 0;
  for (std::int32_t each : tickets.to_vector())
    sum += each;
  // CHECK: 25 8 1.75 17
  std::cout << sum << ' ' << kernels::tickets.load() << ' ' << kernels::inner::total.load() << ' '
            << kernels::hidden.load() << '\n';

  auto x = ferro::randn<float>({6, 10}), y = ferro::zeros<float>({10, 6}), z = ferro::zeros<float>({4});
  cutile::launch<kernels::transposed>(y.partition({4, 8}), x.data().data(), 6, 10).sync();
  // CHECK-NEXT: transposed: 1
  std::cout << "transposed: " << (y.to_vector() == ferro::transpose(x, 0, 1).to_vector()) << '\n';
  // CHECK-NEXT: make_tensor_view{{.*}}: extent 5 on axis 0, the type says 4
  try {
    cutile::launch<kernels::mistaken>(z.partition({4}), x.data().data(), 5).sync();
  } catch (const ferro::Error &error) {
    std::cout << error.what() << '\n';
  }

  auto numbers = ferro::tensor<std::int32_t>({3, -1, 9, 4}), log = ferro::tensor<std::int32_t>({7, 7, 7}),
       made = ferro::zeros<std::int32_t>({1});
  cutile::launch<kernels::summed>(made.partition({1}), numbers.data().data(), 4, log.mutable_data().data()).sync();
  // CHECK-NEXT: summed: 4 15 11 8
  std::cout << "summed: " << made.item() << ' ' << log.to_vector()[0] << ' ' << log.to_vector()[1] << ' '
            << log.to_vector()[2] << '\n';

  auto bytes = ferro::zeros<std::uint8_t>({1, 32}), again = ferro::zeros<std::uint8_t>({1, 32});
  for (int i = 0; std::uint8_t &each : bytes.mutable_data())
    each = static_cast<std::uint8_t>(i++ * 37 + 11);
  auto check = [&](const char *name, auto &&launch) {
    again.zero_();
    launch.sync();
    std::cout << name << ' ' << (again.to_vector() == bytes.to_vector()) << '\n';
  };
  using namespace cutile;
  // CHECK-NEXT: i16 1
  // CHECK-NEXT: f32 1
  // CHECK-NEXT: i64 1
  // CHECK-NEXT: f4 1
  check("i16", cutile::launch<kernels::repacked<i16, 32>>(again.partition({1, 32}), bytes));
  check("f32", cutile::launch<kernels::repacked<f32, 32>>(again.partition({1, 32}), bytes));
  check("i64", cutile::launch<kernels::repacked<i64, 32>>(again.partition({1, 32}), bytes));
  check("f4", cutile::launch<kernels::repacked<f4e2m1, 32>>(again.partition({1, 32}), bytes));

  auto nibbles = ferro::zeros<float>({1, 16});
  auto some = ferro::zeros<std::uint8_t>({1, 8});
  for (int i = 0; std::uint8_t &each : some.mutable_data())
    each = static_cast<std::uint8_t>(i++ * 29 + 0x1f);
  cutile::launch<kernels::nibbles>(nibbles.partition({1, 16}), some).sync();
  // CHECK-NEXT: nibbles: -49 5 -20 15 -11 29 38 55 15 -11 0 -17 -27 -20 -14 -34
  show("nibbles", nibbles);
}
