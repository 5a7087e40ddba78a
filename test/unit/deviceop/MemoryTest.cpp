// Tensors of memory of others, views, and lazy creation.
#include "Waiting.h"

#include "cutile/Foreign.h"
#include "ferro/Adoption.h"
#include "ferro/Copies.h"

#include <algorithm>
#include <cstring>
#include <numeric>

using namespace ferro;

/// Elements that say when they go.
static std::shared_ptr<float[]> watchedElements(std::size_t count, int &gone) {
  auto *memory = new float[count];
  std::iota(memory, memory + count, 1.5f);
  return {memory, [&gone](float *first) {
            ++gone;
            delete[] first;
          }};
}

// [H12]
TEST(Memory, AdoptedMemoryIsReleasedOnceWithTheLastView) {
  int released = 0;
  auto *memory = new float[6]{1, 2, 3, 4, 5, 6};
  Tensor<float> row;
  {
    auto x = adopt(memory, {2, 3}, [&](float *first) {
      EXPECT_EQ(first, memory);
      delete[] first;
      ++released;
    });
    EXPECT_EQ(x.data().data(), memory);
    row = squeeze(narrow(x, 0, 1, 1), 0);
  }
  EXPECT_EQ(released, 0);
  EXPECT_EQ(row.to_vector(), (std::vector<float>{4, 5, 6}));
  row = {};
  EXPECT_EQ(released, 1);
}

// [H12]
TEST(Memory, BorrowedMemoryIsSeenAndLeftAlone) {
  std::vector<float> memory{1, 2, 3, 4};
  {
    auto x = borrow(memory.data(), {2, 2});
    x.add_(1.0f);
    memory[3] = 10;
    EXPECT_EQ(x.to_vector(), (std::vector<float>{2, 3, 4, 10}));
  }
  EXPECT_EQ(memory[0], 2);
}

// [H12]
TEST(Memory, ForeignOwnersLiveWithTheirTensors) {
  int gone = 0;
  Tensor<float> x, flipped;
  {
    auto elements = watchedElements(12, gone);
    float *first = elements.get();
    x = from_owner(std::shared_ptr<void>(elements), first, 12, {3, 4});
    flipped = from_owner(std::shared_ptr<void>(elements), first, 12, {4, 3},
                         {-1, 4}, 3);
  }
  EXPECT_EQ(flipped.to_vector(),
            (std::vector<float>{4.5, 8.5, 12.5, 3.5, 7.5, 11.5, 2.5, 6.5, 10.5,
                                1.5, 5.5, 9.5}));
  flipped = {};
  EXPECT_EQ(gone, 0);
  EXPECT_EQ(x.data()[11], 12.5f);
  x = {};
  EXPECT_EQ(gone, 1);
}

TEST(Memory, ForeignOwnersAreAskedForNoMoreThanTheyHave) {
  int gone = 0;
  auto elements = watchedElements(12, gone);
  float *first = elements.get();
  std::shared_ptr<void> owner = elements;
  EXPECT_FERRO_ERROR(from_owner(owner, first, 12, {3, 5}),
                     Code::IndexOutOfBounds,
                     "from_owner: elements of shape [3, 5] with strides [5, 1] "
                     "from offset 0 on leave the 12 elements of the owner");
  EXPECT_FERRO_CODE(from_owner(owner, first, 12, {2}, {-1}),
                    Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(from_owner(owner, first, 12, {2}, {INT64_MAX}, 1),
                    Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(from_owner(owner, first, 12, {2}, {1, 1}),
                    Code::ShapeMismatch);
  EXPECT_FERRO_CODE(from_owner(owner, first, 12, {-1}), Code::InvalidArgument);
  auto *odd = reinterpret_cast<float *>(reinterpret_cast<char *>(first) + 1);
  EXPECT_FERRO_CODE(from_owner(owner, odd, 2, {2}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(borrow<float>(nullptr, {2}), Code::InvalidArgument);
  EXPECT_EQ(borrow<float>(nullptr, {0}).numel(), 0);
  bool released = false;
  EXPECT_FERRO_CODE(
      adopt<float>(nullptr, {2}, [&](float *) { released = true; }),
      Code::InvalidArgument);
  EXPECT_FALSE(released);
}

// [H12] [H43]
TEST(Memory, RunningWorkKeepsAdoptedMemory) {
  Stream stream(cpu);
  test::Gate running, dropped;
  int gone = 0, goneInside = -1;
  {
    auto elements = watchedElements(8, gone);
    float *first = elements.get();
    auto x =
        from_owner(std::shared_ptr<void>(std::move(elements)), first, 8, {8});
    auto future = value(x)
                      .map([&](const Tensor<float> &held) {
                        running.open();
                        dropped.wait();
                        goneInside = gone;
                        return held.data()[7];
                      })
                      .on(stream);
    running.wait();
  }
  EXPECT_EQ(gone, 0);
  dropped.open();
  stream.synchronize();
  EXPECT_EQ(goneInside, 0);
  EXPECT_EQ(gone, 1);
}

// [H07] [H08]
TEST(Memory, SlicesAreViewsThatKeepTheirMemory) {
  Tensor<float> inner;
  auto all = test::random({6, 8}, 1);
  {
    auto x = all.clone();
    auto part = slice(x, {{1, 5}, {2}});
    EXPECT_EQ(part.shape(), (Shape{4, 6}));
    EXPECT_TRUE(part.shares_storage(x));
    inner = slice(part, {{0, 2}, {1, 3}}); // of a view
    x.fill_(3);
    EXPECT_EQ(inner.to_vector(), std::vector<float>(4, 3));
    x.copy_(all);
  }
  EXPECT_EQ(inner.to_vector(),
            (std::vector<float>{all.data()[11], all.data()[12], all.data()[19],
                                all.data()[20]}));
  EXPECT_EQ(slice(all, {}).shape(), all.shape());
  EXPECT_EQ(slice(all, {{3, 3}}).numel(), 0);
  EXPECT_FERRO_CODE(slice(all, {{0, 7}}), Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(slice(all, {{-1, 3}}), Code::IndexOutOfBounds);
  EXPECT_FERRO_CODE(slice(all, {{4, 3}}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(slice(all, {{}, {}, {}}), Code::InvalidArgument);
}

// [H08]
TEST(Memory, ViewsHaveNewShapesAndTheSameElements) {
  auto x = test::random({4, 6}, 2);
  auto y = view(x, {2, 12});
  EXPECT_TRUE(y.shares_storage(x));
  y.mutable_data()[13] = 5;
  EXPECT_EQ(x.data()[13], 5);
  EXPECT_FERRO_CODE(view(transpose(x, 0, 1), {24}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(view(x, {5, 5}), Code::ShapeMismatch);
}

// [H09]
TEST(Memory, ReinterpretChangesTheElementTypeOfTheOnlyHandle) {
  auto x = test::random({3, 4}, 3);
  auto values = x.to_vector();
  const void *address = x.data().data();
  auto bits = reinterpret<std::int32_t>(std::move(x));
  EXPECT_FALSE(x.defined());
  EXPECT_EQ(bits.shape(), (Shape{3, 4}));
  EXPECT_EQ(static_cast<const void *>(bits.data().data()), address);
  std::int32_t expected;
  std::memcpy(&expected, &values[7], 4);
  EXPECT_EQ(bits.data()[7], expected);
  auto bytes = reinterpret<std::uint8_t>(std::move(bits));
  EXPECT_EQ(bytes.shape(), (Shape{3, 16}));
  auto back = reinterpret<float>(std::move(bytes));
  EXPECT_EQ(back.to_vector(), values);
}

// [H09]
TEST(Memory, ReinterpretChecksOwnersSizesAndAlignment) {
  auto x = test::random({3, 3}, 4);
  auto other = x;
  EXPECT_FERRO_ERROR(
      reinterpret<std::int32_t>(std::move(x)), Code::InvalidArgument,
      "reinterpret: there are other handles of the tensor's memory");
  EXPECT_TRUE(x.defined()); // and nothing was taken
  other = {};
  auto aView = narrow(x, 0, 1, 1);
  EXPECT_FERRO_CODE(reinterpret<std::int32_t>(std::move(x)),
                    Code::InvalidArgument);
  aView = {};
  EXPECT_FERRO_ERROR(reinterpret<double>(std::move(x)), Code::ShapeMismatch,
                     "reinterpret: the last axis of [3, 3] has 12 bytes, no "
                     "multiple of the 8 of f64");
  EXPECT_FERRO_CODE(reinterpret<bool>(std::move(x)), Code::InvalidArgument);
  alignas(8) float memory[6] = {};
  EXPECT_FERRO_ERROR(
      reinterpret<double>(borrow(memory + 1, {4})), Code::InvalidArgument,
      "reinterpret: the address is no multiple of 8 bytes, as f64 "
      "needs");
  EXPECT_FERRO_CODE(
      reinterpret<std::int32_t>(transpose(test::random({2, 3}, 5), 0, 1)),
      Code::InvalidArgument);
}

// [H10]
TEST(Memory, DetachedTensorsAreHandlesOfOneAllocation) {
  auto x = test::random({5}, 6);
  auto alias = x.detach();
  EXPECT_NE(alias.id(), x.id());
  EXPECT_TRUE(alias.shares_storage(x));
  alias.mutable_data()[2] = 8;
  EXPECT_EQ(x.data()[2], 8);
}

/// sums[i] = the sum of vector i of the group, of 4 elements.
static void groupedSum(const cutile::Block &block, float *sums,
                       const std::int64_t *group) {
  const auto *elements = reinterpret_cast<const float *>(group[block.x]);
  sums[block.x] = elements[0] + elements[1] + elements[2] + elements[3];
}

// [H13]
TEST(Memory, GroupsOfTensorsAreAddressesThatKeepThem) {
  std::vector<float> expected;
  auto sums = zeros<float>({20});
  auto later = [&] {
    std::vector<Tensor<float>> tensors;
    for (unsigned i = 0; i < 20; ++i) {
      tensors.push_back(test::random({4}, i));
      auto x = tensors.back().data();
      expected.push_back(x[0] + x[1] + x[2] + x[3]);
    }
    auto group = DeviceVec<float>(std::move(tensors));
    EXPECT_EQ(group.tensors().size(), 20u);
    return cutile::launch(groupedSum, {20}, sums, group);
  }();
  std::vector<Tensor<float>> others;
  for (int i = 0; i < 40; ++i)
    others.push_back(full<float>({4}, 1e9f));
  std::move(later).sync();
  EXPECT_EQ(sums.to_vector(), expected);
  EXPECT_FERRO_CODE(
      DeviceVec<float>({transpose(test::random({2, 3}, 1), 0, 1)}),
      Code::InvalidArgument);
}

// [H01]
TEST(LazyTensors, AreMadeWhenTheyAreAskedFor) {
  manual_seed(7);
  auto random = device_op::randn({1000});
  auto expected = (manual_seed(7), randn({1000}));
  manual_seed(7);
  EXPECT_EQ(random.on(Stream(cpu)).get().to_vector(), expected.to_vector());
  manual_seed(8);
  auto uniform = device_op::rand({1000}).sync().to_vector();
  EXPECT_LT(*std::max_element(uniform.begin(), uniform.end()), 1);
  EXPECT_GE(*std::min_element(uniform.begin(), uniform.end()), 0);
  EXPECT_EQ(device_op::zeros({2, 2}).sync().to_vector(),
            std::vector<float>(4, 0));
  EXPECT_EQ(device_op::ones<double>({3}).sync().to_vector(),
            std::vector<double>(3, 1));
  EXPECT_EQ(device_op::full<std::int32_t>({3}, 7).sync().to_vector(),
            std::vector<std::int32_t>(3, 7));
  EXPECT_EQ(device_op::arange<std::int64_t>(4).sync().to_vector(),
            (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(device_op::linspace(0, 1, 5).sync().to_vector(),
            (std::vector<float>{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(device_op::eye(2, 3).sync().to_vector(),
            (std::vector<float>{1, 0, 0, 0, 1, 0}));
  manual_seed(9);
  auto half = device_op::randn<f16>({500}).sync();
  manual_seed(9);
  EXPECT_EQ(toString(half), toString(randn<f16>({500})));
}

// [H11]
TEST(LazyTensors, EmptyOnesHaveAShapeAndMemory) {
  auto x = device_op::empty<double>({3, 5}).sync();
  EXPECT_EQ(x.shape(), (Shape{3, 5}));
  x.fill_(2);
  EXPECT_EQ(x.data()[14], 2);
}

// [H44]
TEST(LazyTensors, MemoryThatIsNotThereIsAnError) {
  auto huge = device_op::empty({std::int64_t{1} << 61});
  EXPECT_FERRO_CODE(huge.on(Stream(cpu)).get(), Code::OutOfMemory);
  EXPECT_FERRO_CODE(huge.sync(), Code::OutOfMemory);
}

// [H02] [H03]
TEST(LazyTensors, CopiesAndConversionsAreOperations) {
  auto x = test::random({4, 3}, 8);
  auto columns = transpose(x, 0, 1);
  auto copy = device_op::duplicate(columns).sync();
  EXPECT_TRUE(copy.is_contiguous() && !copy.shares_storage(x));
  EXPECT_EQ(copy.to_vector(), columns.to_vector());
  auto doubled = device_op::convert<double>(x).sync();
  EXPECT_EQ(doubled.data()[5], double(x.data()[5]));
  auto target = zeros<float>({4, 3});
  device_op::copy(transpose(target, 0, 1), columns).sync(); // both strided
  EXPECT_EQ(target.to_vector(), x.to_vector());
  auto round = device_op::from_host(x.to_vector(), {3, 4})
                   .then([](Tensor<float> y) { return device_op::to_host(y); })
                   .sync();
  EXPECT_EQ(round, x.to_vector());
  device_op::fill(slice(target, {{1, 3}, {0, 2}}), 9).sync();
  EXPECT_EQ(target.data()[3], 9);
  EXPECT_EQ(target.data()[5], x.data()[5]);
}

TEST(LazyTensors, CopiesAreChecked) {
  auto x = test::random({4}, 9);
  EXPECT_FERRO_ERROR(device_op::copy(zeros<float>({5}), x).sync(),
                     Code::ShapeMismatch,
                     "copy: the target is [5], the source [4]");
  EXPECT_FERRO_CODE(
      device_op::copy(narrow(x, 0, 0, 2), narrow(x, 0, 1, 2)).sync(),
      Code::InvalidArgument);
  EXPECT_FERRO_CODE(device_op::copy(expand(zeros<float>({1}), {4}), x).sync(),
                    Code::InvalidArgument);
  EXPECT_FERRO_CODE(device_op::copy(x, meta<float>({4})).sync(),
                    Code::DeviceMismatch);
  EXPECT_FERRO_CODE(device_op::fill(zeros<std::int32_t>({2}), 1e30).sync(),
                    Code::InvalidArgument);
  x.requires_grad_();
  EXPECT_FERRO_CODE(device_op::fill(x, 1).sync(), Code::InvalidArgument);
}

// [H04] [H06]
TEST(Memory, TensorsSayWhatTheyAre) {
  auto x = transpose(narrow(test::random({4, 6}, 10), 1, 1, 3), 0, 1);
  EXPECT_EQ(x.shape(), (Shape{3, 4}));
  EXPECT_EQ(x.strides(), (Strides{1, 6}));
  EXPECT_EQ(x.offset(), 1);
  EXPECT_EQ(x.numel(), 12);
  EXPECT_FALSE(x.is_contiguous());
  EXPECT_EQ(x.device(), cpu);
  EXPECT_EQ(x.dtype(), DType::F32);
  auto shapeOnly = meta<f16>({1 << 20, 1 << 20});
  EXPECT_EQ(shapeOnly.shape(), (Shape{1 << 20, 1 << 20}));
  EXPECT_EQ(matmul(meta<float>({3, 5}), meta<float>({5, 7})).shape(),
            (Shape{3, 7}));
}
