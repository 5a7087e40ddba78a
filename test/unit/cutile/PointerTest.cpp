#include "cutile/Pointer.h"

#include "../Expect.h"
#include "Views.h"

using namespace cutile;
using cutile::test::matrix;
using cutile::test::numbered;
using cutile::test::valuesOf;
using cutile::test::vectorOf;
using ferro::Code;

template <typename T, typename... V> static T tileOf(V... values) {
  typename T::element_type list[] = {
      static_cast<typename T::element_type>(values)...};
  return reference::generate<T>([&](int i) { return list[i]; });
}

// [D064] [D106] [D145]
TEST(Pointer, PointersMoveByElements) {
  auto elements = numbered<f32>(8);
  auto pointer = pointer_to_tile(elements.data());
  EXPECT_EQ(tile_to_pointer(addptr(pointer, 3)), elements.data() + 3);
  EXPECT_EQ(tile_to_pointer(pointer + 2 + -1), elements.data() + 1);
}

// [D146] [D148]
TEST(Pointer, GatherFollowsPointers) {
  auto elements = numbered<f32>(8);
  auto pointers = elements.data() + tileOf<Tile<i32, 4>>(7, 0, 3, 3);
  EXPECT_EQ(valuesOf(gather(pointers)), (std::vector<f32>{8, 1, 4, 4}));
  const f32 *constant = elements.data();
  EXPECT_EQ(valuesOf(gather(constant + tileOf<Tile<i64, 2>>(1, 2))),
            (std::vector<f32>{2, 3}));
  auto again = addptr_tile(pointers, tileOf<Tile<i32, 4>>(-1, 1, 1, 1));
  auto [value, token] = load_ptr_tko(again, everywhere, 0.0f,
                                     with(memory::acquire, scope::block));
  EXPECT_EQ(valuesOf(value), (std::vector<f32>{7, 2, 5, 5}));
}

TEST(Pointer, MaskedElementsAreNotTouched) {
  auto elements = numbered<i32>(4);
  auto pointers = elements.data() + tileOf<Tile<i64, 4>>(0, 1, 1 << 30, -9);
  auto mask = tileOf<Tile<bool, 4>>(true, true, false, false);
  EXPECT_EQ(valuesOf(gather(pointers, mask)), (std::vector<i32>{1, 2, 0, 0}));
  EXPECT_EQ(valuesOf(gather(pointers, mask, -1)),
            (std::vector<i32>{1, 2, -1, -1}));
  scatter(pointers, tileOf<Tile<i32, 4>>(5, 6, 7, 8), mask);
  EXPECT_EQ(elements, (std::vector<i32>{5, 6, 3, 4}));
}

// [D149]
TEST(Pointer, ScatterFollowsPointers) {
  auto elements = numbered<i32>(4);
  auto pointers = elements.data() + tileOf<Tile<i32, 2>>(3, 0);
  scatter(pointers, tileOf<Tile<i32, 2>>(-1, -2));
  store_ptr_tko(pointers + 1 + -1 + tileOf<Tile<i32, 2>>(-1, 1),
                tileOf<Tile<i32, 2>>(-3, -4), everywhere,
                with(memory::release));
  EXPECT_EQ(elements, (std::vector<i32>{-2, -4, -3, -1}));
}

// [D147]
TEST(Pointer, BroadcastPtrAndReshapePtr) {
  auto elements = numbered<i32>(6);
  auto rows = elements.data() + tileOf<Tile<i32, 2, 1>>(0, 3);
  auto all = broadcast_ptr(rows, TileShape<2, 2>{}) +
             tileOf<Tile<i32, 2, 2>>(0, 1, 0, 1);
  EXPECT_EQ(valuesOf(gather(all)), (std::vector<i32>{1, 2, 4, 5}));
  EXPECT_EQ(valuesOf(gather(rows + tileOf<Tile<i32, 2, 2>>(0, 1, 0, 1))),
            (std::vector<i32>{1, 2, 4, 5}));
  EXPECT_EQ(valuesOf(gather(reshape_ptr(all, TileShape<4>{}))),
            (std::vector<i32>{1, 2, 4, 5}));
  EXPECT_EQ(valuesOf(gather(rows.reshape<2>().broadcast<2, 2>())),
            (std::vector<i32>{1, 4, 1, 4}));
}

// [D113]
TEST(Pointer, IntToPtrPtrToIntAndPtrToPtr) {
  std::vector<f32> elements = {1, -2};
  auto pointers = elements.data() + tileOf<Tile<i32, 2>>(0, 1);
  auto addresses = ptr_to_int(pointers);
  EXPECT_EQ(addresses.storage()[1] - addresses.storage()[0], 4);
  EXPECT_EQ(valuesOf(gather(int_to_ptr<f32 *>(addresses))), elements);
  EXPECT_EQ(gather(ptr_to_ptr<const u32 *>(pointers)).storage()[1],
            0xc0000000u);
}

TEST(Pointer, NullAndMisalignedPointersAreErrors) {
  f32 element = 1;
  f32 *null = nullptr;
  EXPECT_FERRO_ERROR(gather(pointer_to_tile(null)), Code::InvalidArgument,
                     "gather by pointer 0: the pointer is null");
  auto addresses = ptr_to_int(pointer_to_tile(&element));
  auto odd = int_to_ptr<f32 *>(Tile<i64>(i64(addresses) + 1));
  EXPECT_FERRO_CODE(gather(odd), Code::InvalidArgument);
}

TEST(Gather, IndexTilesBroadcast) {
  auto elements = numbered<i32>(12);
  auto view = matrix(elements, 4);
  auto rows = tileOf<Tile<i64, 2, 1>>(2, 0);
  auto columns = tileOf<Tile<u8, 2>>(3, 1);
  EXPECT_EQ(valuesOf(gather(view, rows, columns)),
            (std::vector<i32>{12, 10, 4, 2}));
  EXPECT_EQ(valuesOf(gather(view, 1, columns)), (std::vector<i32>{8, 6}));
  scatter(view, tileOf<Tile<i32, 2>>(-1, -2), 1, columns);
  EXPECT_EQ(elements[7], -1);
  EXPECT_EQ(elements[5], -2);
}

TEST(Gather, EveryIndexIsChecked) {
  auto elements = numbered<i32>(12);
  auto view = matrix(elements, 4);
  EXPECT_FERRO_ERROR(gather(view, 0, tileOf<Tile<i32, 2>>(3, 4)),
                     Code::IndexOutOfBounds,
                     "gather of the view: index 4 on axis 1 is outside of 4 "
                     "elements");
  EXPECT_FERRO_CODE(
      gather_view_tko(view, with(unchecked), tileOf<Tile<i32, 2>>(-1, 0), 0),
      Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(scatter_view_tko(view, Tile<i32>(1), with(), 3, 0),
                    Code::IndexOutOfBounds);
}

// [D069]
TEST(Gather, AlongOneAxis) {
  auto elements = numbered<i32>(12);
  auto view = matrix(elements, 4);
  auto rows = tileOf<Tile<i32, 2>>(2, 0);
  EXPECT_EQ((valuesOf(view.gather_along<0, 2, 2>(rows, 0, 3))),
            (std::vector<i32>{12, 0, 4, 0}));
  EXPECT_EQ(valuesOf(load_gather_tko(view, TileShape<1, 2>{}, Axes<1>{}, rows,
                                     coord(1, 0))
                         .value),
            (std::vector<i32>{7, 5}));
  EXPECT_FERRO_CODE(
      (view.gather_along<0, 2, 2>(tileOf<Tile<i32, 2>>(0, 3), 0, 0)),
      Code::IndexOutOfBounds);
  view.scatter_along<0>(tileOf<Tile<i32, 2, 2>>(-1, -2, -3, -4), rows, 0, 3);
  EXPECT_EQ(elements[11], -1);
  EXPECT_EQ(elements[3], -3);
  store_gather_tko(view, tileOf<Tile<i32, 1, 2>>(-5, -6), Axes<1>{}, rows,
                   coord(0, 0));
  EXPECT_EQ(elements[0], -6);
}
