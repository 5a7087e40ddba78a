#include "cutile/Global.h"

#include "../Expect.h"
#include "Views.h"

#include <cmath>

using namespace cutile;
using cutile::test::numbered;
using cutile::test::valuesOf;
using cutile::test::vectorOf;
using ferro::Code;

template <typename T, typename... V> static T tileOf(V... values) {
  typename T::element_type list[] = {
      static_cast<typename T::element_type>(values)...};
  return reference::generate<T>([&](int i) { return list[i]; });
}

// [D150]
TEST(Atomics, EachModeGivesTheOldValue) {
  std::vector<i32> elements = {12, -5};
  auto pointers = elements.data() + tileOf<Tile<i32, 2>>(0, 1);
  auto expect = [&](const Tile<i32, 2> &old, i32 a, i32 b, i32 c, i32 d) {
    EXPECT_EQ(valuesOf(old), (std::vector<i32>{a, b}));
    EXPECT_EQ(elements, (std::vector<i32>{c, d}));
  };
  auto x = tileOf<Tile<i32, 2>>(10, -3);
  expect(atomic_fetch_add(pointers, x), 12, -5, 22, -8);
  expect(atomic_fetch_max(pointers, x), 22, -8, 22, -3);
  expect(atomic_fetch_min(pointers, x), 22, -3, 10, -3);
  expect(atomic_fetch_and(pointers, tileOf<Tile<i32, 2>>(6, 6)), 10, -3, 2, 4);
  expect(atomic_fetch_or(pointers, tileOf<Tile<i32, 2>>(1, 1)), 2, 4, 3, 5);
  expect(atomic_fetch_xor(pointers, tileOf<Tile<i32, 2>>(7, 7)), 3, 5, 4, 2);
  expect(atomic_exchange(pointers, x, memory::relaxed, scope::system), 4, 2, 10,
         -3);
  expect(atomic_rmw_tko(pointers, x, atomic::add).value, 10, -3, 20, -6);
  expect(atomic_fetch_sub(pointers, x), 20, -6, 10, -3);
}

// [D150]
TEST(Atomics, SignsWidthsAndFloats) {
  std::vector<u32> words = {0xffffffffu};
  auto word = pointer_to_tile(words.data());
  atomic_fetch_max(word, Tile<u32>(1));
  EXPECT_EQ(words[0], 0xffffffffu);
  atomic_fetch_add(word, Tile<u32>(2)); // wraps
  EXPECT_EQ(words[0], 1u);
  atomic_fetch_sub(word, Tile<u32>(2));
  EXPECT_EQ(words[0], 0xffffffffu);
  f64 real = 0.5;
  EXPECT_EQ(f64(atomic_fetch_sub(pointer_to_tile(&real), Tile<f64>(1))), 0.5);
  EXPECT_EQ(real, -0.5);
  real = 0.5;
  atomic_fetch_add(pointer_to_tile(&real), Tile<f64>(0.25));
  EXPECT_EQ(real, 0.75);
  f16 half(2);
  EXPECT_EQ(float(f16(atomic_fetch_add(pointer_to_tile(&half),
                                       Tile<f16>(f16(0.5f))))),
            2);
  EXPECT_EQ(float(half), 2.5f);
  static_assert(AtomicFor<f32, AtomicMode::Exchange>);
  static_assert(!AtomicFor<f32, AtomicMode::Max>);
  static_assert(!AtomicFor<f16, AtomicMode::Exchange>);
  static_assert(!AtomicFor<i16, AtomicMode::Add>);
  static_assert(!AtomicFor<bool, AtomicMode::Or>);
}

TEST(Atomics, EqualPointersAddUp) {
  i64 count = 0;
  auto pointers = &count + tileOf<Tile<i32, 4>>(0, 0, 0, 0);
  auto mask = tileOf<Tile<bool, 4>>(true, false, true, true);
  auto old = atomic_fetch_add(pointers, tileOf<Tile<i64, 4>>(1, 2, 4, 8), mask,
                              memory::relaxed);
  EXPECT_EQ(count, 13);
  EXPECT_EQ(valuesOf(old), (std::vector<i64>{0, 0, 1, 5}));
}

// [D151]
TEST(Atomics, CompareExchangeComparesBits) {
  f32 nan = NAN;
  std::vector<f32> elements = {0.0f, nan, 3};
  auto pointers = elements.data() + tileOf<Tile<i32, 2>>(0, 1);
  auto old = atomic_compare_exchange(pointers, tileOf<Tile<f32, 2>>(-0.0f, nan),
                                     tileOf<Tile<f32, 2>>(1, 2));
  EXPECT_EQ(old.storage()[0], 0);
  EXPECT_EQ(elements[0], 0);
  EXPECT_EQ(elements[1], 2);
  auto third = pointer_to_tile(elements.data() + 2);
  EXPECT_EQ(f32(atomic_cas_tko(third, Tile<f32>(3), Tile<f32>(4)).value), 3);
  EXPECT_EQ(elements[2], 4);
}

// [D152]
TEST(Atomics, OnTheTilesOfAView) {
  auto elements = numbered<i32>(6);
  auto view = vectorOf(elements);
  auto tiles = view.partition_mut<4>();
  auto tile = tileOf<Tile<i32, 4>>(10, 20, 30, 40);
  atomic_add(tiles, tile, 1);
  EXPECT_EQ(elements, (std::vector<i32>{1, 2, 3, 4, 15, 26}));
  atomic_max(tiles, tile, scope::block, 0);
  EXPECT_EQ(elements[3], 40);
  atomic_red_view_tko(tiles, tile, coord(0), atomic::bit_xor);
  EXPECT_EQ(elements[3], 0);
  EXPECT_FERRO_CODE(atomic_min(tiles, tile, 2), Code::IndexOutOfBounds);
}

TEST(Atomics, LoadsAndStoresWithAnOrder) {
  std::vector<i32> elements = {1, 2};
  auto pointers = elements.data() + tileOf<Tile<i32, 2>>(0, 1);
  atomic_store(pointers, tileOf<Tile<i32, 2>>(3, 4), memory::relaxed);
  EXPECT_EQ(valuesOf(atomic_load(pointers)), elements);
}

// [D065] [D153]
TEST(Global, LoadsStoresAndAdds) {
  static Global<i32> counter{5};
  EXPECT_EQ(counter.load(), 5);
  EXPECT_EQ(counter.atomic_add(2, memory::relaxed), 5);
  EXPECT_EQ(counter.load(memory::relaxed, scope::system), 7);
  counter.store(1);
  EXPECT_EQ(i32(gather(get_global(counter))), 1);
}
