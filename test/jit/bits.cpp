// Native code has the reference's bits wherever an operation rounds once:
// random patterns of every element type, NaN beside NaN.
// [D175]
// RUN: rm -rf %t && mkdir -p %t
// RUN: %ferro-clang -O1 %s -o %t/main %ferro-libs
// RUN: env FERRO_CACHE=0 FERRO_KERNELS=compiled %t/main | FileCheck %s
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <cmath>
#include <cstring>
#include <iostream>
#include <random>

namespace [[cutile::module]] kernels {
using namespace cutile;
inline constexpr int width = 64;

// Row i of y is one result.
template <FloatElement E>
[[cutile::entry]] void floats(TensorView<E, 16, width> &y, const TensorView<E, dyn, dyn> &x) {
  auto p = partition<1, width>(x);
  i32 block = tile_block_id().y;
  auto a = p.load(0, block), b = p.load(1, block), c = p.load(2, block);
  auto rows = partition_mut<1, width>(y);
  rows.store(a + b, 0, 0);
  rows.store(a - b, 1, 0);
  rows.store(a * b, 2, 0);
  rows.store(a / b, 3, 0);
  rows.store(fma(a, b, c), 4, 0);
  rows.store(sqrt(a), 5, 0);
  rows.store(max(a, b), 6, 0);
  rows.store(min(a, b, propagate_nan), 7, 0);
  rows.store(copysign(a, b), 8, 0);
  rows.store(select(a < b, a, c), 9, 0);
  rows.store(convert<E>(convert<i32>(a)), 10, 0);
  rows.store(convert<E>(convert<f64>(a) + convert<f64>(b)), 11, 0);
  rows.store(floor(a) - trunc(a), 12, 0);
  rows.store(rint(a) + round(a), 13, 0);
  rows.store(convert<E>(convert<f8e4m3>(a)), 14, 0);
  rows.store(convert<E>(convert<f8e5m2>(a)), 15, 0);
}

// The same to one side, and the remainder, which is exact.
template <FloatElement E, Rounding mode>
[[cutile::entry]] void directed(TensorView<E, 16, width> &y, const TensorView<E, dyn, dyn> &x) {
  constexpr Mode<mode> to{};
  auto p = partition<1, width>(x);
  i32 block = tile_block_id().y;
  auto a = p.load(0, block), b = p.load(1, block), c = p.load(2, block);
  auto rows = partition_mut<1, width>(y);
  auto exact = convert<f64>(a) * convert<f64>(b);
  rows.store(addf(a, b, to), 0, 0);
  rows.store(subf(a, b, to), 1, 0);
  rows.store(mulf(a, b, to), 2, 0);
  rows.store(divf(a, b, to), 3, 0);
  rows.store(fma(a, b, c, to), 4, 0);
  rows.store(sqrt(a, to), 5, 0);
  rows.store(remf(a, b), 6, 0);
  if constexpr (!std::same_as<E, f64>)
    rows.store(convert<E>(exact, to), 7, 0);
  rows.store(convert<E>(bit_cast<i64>(exact), to), 8, 0);
  rows.store(convert<E>(bit_cast<u64>(exact), to), 9, 0);
  rows.store(convert<E>(convert<i32>(exact), to), 10, 0);
  rows.store(convert<E>(convert<f8e4m3>(exact, to)), 11, 0);
  rows.store(convert<E>(convert<f8e5m2>(exact, to)), 12, 0);
  rows.store(convert<E>(convert<f4e2m1>(a, to)), 13, 0);
  rows.store(convert<E>(convert<tf32>(exact, to)), 14, 0);
  rows.store(convert<E>(convert<f16>(convert<f32>(exact), Mode<std::same_as<E, f16> ? Rounding::NearestEven : mode>{})), 15, 0);
}

template <IntegerElement E>
[[cutile::entry]] void integers(TensorView<E, 16, width> &y, const TensorView<E, dyn, dyn> &x) {
  auto p = partition<1, width>(x);
  i32 block = tile_block_id().y;
  auto a = p.load(0, block), b = p.load(1, block), c = p.load(2, block);
  auto rows = partition_mut<1, width>(y);
  rows.store(a + b, 0, 0);
  rows.store(a * b - c, 1, 0);
  rows.store(a / b, 2, 0);
  rows.store(a % b, 3, 0);
  rows.store(floor_div(a, b), 4, 0);
  rows.store(ceil_div(a, b), 5, 0);
  rows.store(max(a, b), 6, 0);
  rows.store(min(a, b), 7, 0);
  rows.store(a << (b & 15), 8, 0);
  rows.store(a >> (b & 15), 9, 0);
  rows.store((a & b) | (~a ^ c), 10, 0);
  rows.store(mul_hi(a, b), 11, 0);
  rows.store(convert<E>(convert<f32>(a)), 12, 0);
  rows.store(convert<E>(convert<f16>(a)), 13, 0);
  rows.store(select(a < b, abs(a), -b), 14, 0);
  rows.store(convert<E>(convert<i8>(a)), 15, 0);
}
} // namespace kernels

using namespace cutile;
static std::mt19937_64 generator(3);

// Patterns, and small numbers, which meet each other more often.
template <typename E> static E element() {
  if (generator() % 2)
    return static_cast<E>(static_cast<float>(static_cast<int>(generator() % 9) - 4));
  std::uint64_t bits = generator();
  E value;
  std::memcpy(static_cast<void *>(&value), &bits, sizeof value);
  return value;
}

template <typename E> static bool isNan(E x) {
  if constexpr (std::is_integral_v<E>)
    return false;
  else
    return std::isnan(static_cast<double>(static_cast<float>(x))) && x != x;
}

template <auto kernel, typename E> static void compare(const char *name) {
  constexpr std::int64_t blocks = 50, columns = blocks * kernels::width;
  auto x = ferro::zeros<E>({3, columns});
  for (E &each : x.mutable_data())
    each = element<E>();
  auto native = ferro::zeros<E>({16, columns}), plain = ferro::zeros<E>({16, columns});
  cutile::launch<kernel>(native.partition({16, kernels::width}), x).sync();
  reference::launch({}, reference::inOrder, kernel, plain.partition({16, kernels::width}), x);
  auto a = native.to_vector(), b = plain.to_vector();
  int wrong[16] = {};
  for (std::size_t i = 0; i < a.size(); ++i)
    wrong[i / columns] += std::memcmp(&a[i], &b[i], sizeof(E)) != 0 && !(isNan(a[i]) && isNan(b[i]));
  std::cout << name << ':';
  for (int row = 0; row < 16; ++row)
    if (wrong[row])
      std::cout << " row " << row << " differs " << wrong[row] << " times";
  std::cout << " done, " << detail::compiledKernel<kernel>().runs() << " native\n";
}

int main() {
  // CHECK:      f16: done, 1 native
  compare<kernels::floats<f16>, f16>("f16");
  // CHECK-NEXT: bf16: done, 1 native
  compare<kernels::floats<bf16>, bf16>("bf16");
  // CHECK-NEXT: f32: done, 1 native
  compare<kernels::floats<f32>, f32>("f32");
  // CHECK-NEXT: f64: done, 1 native
  compare<kernels::floats<f64>, f64>("f64");
  // CHECK-NEXT: f16 up: done, 1 native
  compare<kernels::directed<f16, Rounding::TowardPositive>, f16>("f16 up");
  // CHECK-NEXT: bf16 down: done, 1 native
  compare<kernels::directed<bf16, Rounding::TowardNegative>, bf16>("bf16 down");
  // CHECK-NEXT: f32 up: done, 1 native
  compare<kernels::directed<f32, Rounding::TowardPositive>, f32>("f32 up");
  // CHECK-NEXT: f32 down: done, 1 native
  compare<kernels::directed<f32, Rounding::TowardNegative>, f32>("f32 down");
  // CHECK-NEXT: f32 to zero: done, 1 native
  compare<kernels::directed<f32, Rounding::TowardZero>, f32>("f32 to zero");
  // CHECK-NEXT: f64 up: done, 1 native
  compare<kernels::directed<f64, Rounding::TowardPositive>, f64>("f64 up");
  // CHECK-NEXT: f64 to zero: done, 1 native
  compare<kernels::directed<f64, Rounding::TowardZero>, f64>("f64 to zero");
  // CHECK-NEXT: i8: done, 1 native
  compare<kernels::integers<i8>, std::int8_t>("i8");
  // CHECK-NEXT: i16: done, 1 native
  compare<kernels::integers<i16>, std::int16_t>("i16");
  // CHECK-NEXT: i32: done, 1 native
  compare<kernels::integers<i32>, std::int32_t>("i32");
  // CHECK-NEXT: i64: done, 1 native
  compare<kernels::integers<i64>, std::int64_t>("i64");
  // CHECK-NEXT: u8: done, 1 native
  compare<kernels::integers<u8>, std::uint8_t>("u8");
}
