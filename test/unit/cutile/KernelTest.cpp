// Primitives that only a kernel can run.
#include "cutile/cutile.h"

#include "../Expect.h"
#include "ferro/ferro.h"

using namespace cutile;
using ferro::Code;
using reference::inOrder;

template <typename T> static T filled(typename T::element_type value) {
  return reference::generate<T>([&](int) { return value; });
}

/// get_tile_block_id and get_num_tile_blocks, seen from the blocks.
static void writeBlock(TensorView<i32, 1, 2> &out) {
  TileBlock block = tile_block_id(), grid = num_tile_blocks();
  out.store(filled<Tile<i32, 1, 2>>(block.x * 100 + block[1] * 10 + grid.y));
}

// [D079] [D080] [D016]
TEST(Kernel, BlocksKnowTheirPlace) {
  auto out = ferro::zeros<i32>({2, 3});
  reference::launch({}, inOrder, writeBlock, out.partition({1, 2}));
  EXPECT_EQ(out.to_vector(), (std::vector<i32>{2, 2, 12, 102, 102, 112}));
}

/// make_nested_partition_view_mut against make_partition_view_mut.
static void nestedAndWhole(TensorView<i32, 4> &nested,
                           TensorView<i32, 4> &whole) {
  int block = tile_block_id().x;
  auto own = make_nested_partition_view_mut(nested, TileShape<2>{});
  for (auto i : num_tiles(own, 0))
    own.store(filled<Tile<i32, 2>>(block * 10 + static_cast<i32>(i)), i);
  auto all = make_partition_view_mut(whole, TileShape<2>{});
  std::int64_t last = num_tiles(all, 0) - 1;
  for (int i = 0; i < 2 && block * 2 + i <= last; ++i)
    all.store(filled<Tile<i32, 2>>(block * 10 + i), last - block * 2 - i);
}

// [D159] [D158] [D165]
TEST(Kernel, NestedTilesAreTheBlocksAndWholeOnesTheTensors) {
  auto nested = ferro::zeros<i32>({7}), whole = ferro::zeros<i32>({7});
  reference::launch({}, reference::shuffled(1), nestedAndWhole,
                    nested.partition({4}), whole.partition({4}));
  EXPECT_EQ(nested.to_vector(), (std::vector<i32>{0, 0, 1, 1, 10, 10, 11}));
  EXPECT_EQ(whole.to_vector(), (std::vector<i32>{11, 11, 10, 10, 1, 1, 0}));
}

// [D159]
TEST(Kernel, NestedTilesOfAViewWithDynamicExtents) {
  auto kernel = +[](TensorView<i32, dyn> &out) {
    auto own = out.partition_mut<2>();
    for (auto i : num_tiles(own, 0))
      own.store(filled<Tile<i32, 2>>(tile_block_id().x + 1), i);
  };
  auto out = ferro::zeros<i32>({9});
  reference::launch({}, inOrder, kernel, out.partition({6}));
  EXPECT_EQ(out.to_vector(), (std::vector<i32>{1, 1, 1, 1, 1, 1, 2, 2, 2}));
}

// [D169]
TEST(Kernel, LoadTileLikeTakesTheBlocksTile) {
  auto kernel =
      +[](TensorView<i32, 2, 2> &out, const TensorView<i32, dyn, dyn> &x) {
        out.store(load_tile_like(x, out));
      };
  auto input = ferro::arange<i32>(15);

  auto matrix = ferro::reshape(input, {3, 5});
  auto out = ferro::zeros<i32>({3, 5});
  reference::launch({}, inOrder, kernel, out.partition({2, 2}), matrix);
  EXPECT_EQ(out.to_vector(), input.to_vector());
}

/// load_mapped_tko and store_mapped_tko.
static void increment(MappedPartitionMut<i32, TileShape<2>, TileMap<1>> out) {
  for (auto index : out.iter_indices()) {
    auto old = load_mapped_tko(out, index);
    store_mapped_tko(out, filled<Tile<i32, 2>>(old.value.storage()[0] + 1),
                     index, with(), old.token);
  }
}

// [D162]
TEST(Kernel, MappedTilesAreLoadedAndStored) {
  auto out = ferro::full<i32>({5}, 3);
  reference::launch({}, inOrder, increment, out.partition({2}).map({1}, 2));
  EXPECT_EQ(out.to_vector(), std::vector<i32>(5, 4));
}

// [D180]
TEST(Kernel, ChecksNameTheirKernelAndBlock) {
  auto kernel = +[](TensorView<i32, 2> &out) {
    check(out.load() < 3, "indices are below 3");
  };
  EXPECT_FERRO_ERROR(
      reference::launch({}, inOrder, kernel,
                        ferro::arange<i32>(4).partition({2})),
      Code::InvalidArgument,
      "kernel: check in block (1, 0, 0): indices are below 3 at [1]");
  auto halves = +[](TensorView<i32, 2> &out) {
    out.store(cat<0>(extract<1>(out.load(), tile_block_id().x + 1),
                     extract<1>(out.load(), 0)));
  };
  EXPECT_FERRO_ERROR(reference::launch({}, inOrder, halves,
                                       ferro::zeros<i32>({4}).partition({2})),
                     Code::IndexOutOfBounds,
                     "kernel: extract in block (1, 0, 0): index 2 on axis 0, "
                     "which has 2 sub-tiles");
}

// --- pointers and atomics among blocks

TEST(Kernel, PointersOfTensorsHaveBounds) {
  auto kernel =
      +[](f32 *p, i32 offset) { gather(pointer_to_tile(p) + offset); };
  auto x = ferro::zeros<f32>({4});
  reference::launch(Grid{1}, inOrder, kernel, x, 3);
  EXPECT_FERRO_ERROR(
      reference::launch(Grid{1}, inOrder, kernel, x, 4), Code::IndexOutOfBounds,
      "kernel: gather by pointer 0 in block (0, 0, 0): it lies 16 bytes after "
      "the first element of memory of 16 bytes");
  EXPECT_FERRO_CODE(reference::launch(Grid{1}, inOrder, kernel, x, -1),
                    Code::IndexOutOfBounds);
}

TEST(Kernel, AtomicsOfBlocksAreNoRace) {
  auto atomically = +[](i32 *sum) {
    atomic_fetch_add(pointer_to_tile(sum), Tile<i32>(tile_block_id().x),
                     memory::relaxed);
  };
  auto plainly = +[](i32 *sum) {
    auto pointer = pointer_to_tile(sum);
    scatter(pointer, Tile<i32>(i32(gather(pointer)) + 1));
  };
  auto sum = ferro::zeros<i32>({1});
  reference::launch(Grid{10}, reference::shuffled(3), atomically, sum);
  EXPECT_EQ(sum.item(), 45);
  EXPECT_FERRO_CODE(reference::launch(Grid{2}, inOrder, plainly, sum),
                    Code::RaceDetected);
  auto mixed = +[](i32 *sum) {
    auto pointer = pointer_to_tile(sum);
    if (tile_block_id().x == 0)
      atomic_fetch_add(pointer, Tile<i32>(1));
    else
      gather(pointer);
  };
  EXPECT_FERRO_CODE(reference::launch(Grid{2}, inOrder, mixed, sum),
                    Code::RaceDetected);
}

/// The last block to count itself reads what the others wrote: a split
/// reduction in one launch.
template <bool isOrdered>
static void countedSum(i32 *parts, i32 *counter, i32 *result) {
  int block = tile_block_id().x, blocks = num_tile_blocks().x;
  scatter(pointer_to_tile(parts) + block, Tile<i32>(block + 1));
  auto count = pointer_to_tile(counter);
  i32 before;
  if constexpr (isOrdered)
    before = atomic_fetch_add(count, Tile<i32>(1));
  else
    before = atomic_fetch_add(count, Tile<i32>(1), memory::relaxed);
  if (before != blocks - 1)
    return;
  i32 sum = 0;
  for (int i = 0; i < blocks; ++i)
    sum += i32(gather(pointer_to_tile(parts) + i));
  scatter(pointer_to_tile(result), Tile<i32>(sum));
}

// [D181]
TEST(Kernel, ReleaseAndAcquireOrderBlocks) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    auto parts = ferro::zeros<i32>({8}), counter = ferro::zeros<i32>({1}),
         result = ferro::zeros<i32>({1});
    reference::launch(Grid{8}, reference::shuffled(seed), countedSum<true>,
                      parts, counter, result);
    EXPECT_EQ(result.item(), 36);
    counter.zero_();
    EXPECT_FERRO_CODE(reference::launch(Grid{8}, reference::shuffled(seed),
                                        countedSum<false>, parts, counter,
                                        result),
                      Code::RaceDetected);
  }
}

// [D065]
TEST(Kernel, GlobalsAreSharedByBlocks) {
  static Global<i32> tickets{0};
  auto kernel = +[](TensorView<i32, 1> &out) {
    out.store(filled<Tile<i32, 1>>(tickets.atomic_add(1)));
  };
  auto out = ferro::zeros<i32>({5});
  reference::launch({}, inOrder, kernel, out.partition({1}));
  EXPECT_EQ(tickets.load(), 5);
  EXPECT_EQ(out.to_vector(), (std::vector<i32>{0, 1, 2, 3, 4}));
}
