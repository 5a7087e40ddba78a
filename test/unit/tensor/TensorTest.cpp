#include "../Expect.h"

#include "tensor/Record.h"

#include "ferro/Autograd.h"
#include "ferro/Creation.h"

#include <gtest/gtest.h>

using namespace ferro;

// [C44]
TEST(Tensor, AnswersQueries) {
  auto x = zeros<std::int16_t>({2, 3, 4});
  EXPECT_EQ(x.shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(x.ndim(), 3u);
  EXPECT_EQ(x.numel(), 24);
  EXPECT_EQ(x.size(-1), 4);
  EXPECT_EQ(x.strides(), (Strides{12, 4, 1}));
  EXPECT_EQ(narrow(x, 0, 1, 1).offset(), 12);
  EXPECT_EQ(x.device(), cpu);
  EXPECT_EQ(x.dtype(), DType::I16);
  EXPECT_FALSE(x.requires_grad());
  EXPECT_TRUE(x.is_leaf());
  auto copy = x;
  EXPECT_EQ(copy.id(), x.id());
  EXPECT_NE(zeros<std::int16_t>({2}).id(), x.id());
  EXPECT_FERRO_ERROR(x.size(3), Code::IndexOutOfBounds,
                     "size: axis is 3; a tensor of rank 3 has axes -3 to 2");
}

// [C46]
TEST(Tensor, GivesItsElements) {
  auto x = tensor<float>({{1, 2}, {3, 4}});
  EXPECT_EQ(x.data().size(), 4u);
  EXPECT_EQ(x.data()[3], 4);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(x.data().data()) % 64, 0u);
  x.mutable_data()[0] = -1;
  EXPECT_EQ(x.to_vector(), (std::vector<float>{-1, 2, 3, 4}));
  EXPECT_EQ(sum(x).item(), 8);
  EXPECT_EQ(tensor<bool>({true, false}).to_vector(),
            (std::vector<bool>{true, false}));
  EXPECT_FERRO_ERROR(x.item(), Code::ShapeMismatch,
                     "item: shape is [2, 2]; only a tensor of one element has "
                     "an item");
  EXPECT_FERRO_ERROR(
      transpose_2d(x).data(), Code::InvalidArgument,
      "data: shape is [2, 2], strides are [1, 2]; the elements must lie "
      "row-major, so call contiguous before, or to_vector for a copy");
}

// [C47]
TEST(Tensor, MovesBetweenDevices) {
  auto x = tensor<float>({1, 2});
  EXPECT_TRUE(x.cpu().shares_storage(x));
  auto shadow = x.to(meta_device);
  EXPECT_EQ(shadow.device(), meta_device);
  EXPECT_EQ(shadow.shape(), x.shape());
  EXPECT_FERRO_ERROR(shadow.data(), Code::InvalidArgument,
                     "data: device is meta; such a tensor has no elements");
  EXPECT_FERRO_CODE(shadow.cpu(), Code::InvalidArgument);
  EXPECT_FERRO_ERROR(x.to(Device{DeviceKind::Cuda, 0}), Code::DeviceUnavailable,
                     "to: device is cuda:0; this build has the devices cpu and "
                     "meta");
  EXPECT_FERRO_ERROR(x + shadow, Code::DeviceMismatch,
                     "add: found cpu and meta; operands must live on one "
                     "device");
}

// [C48]
TEST(Tensor, HandlesShareAndClonesDoNot) {
  auto x = tensor<float>({1, 2});
  auto same = x, alias = x.detach(), copy = x.clone();
  x.fill_(7);
  EXPECT_EQ(same.to_vector(), (std::vector<float>{7, 7}));
  EXPECT_EQ(alias.to_vector(), (std::vector<float>{7, 7}));
  EXPECT_EQ(copy.to_vector(), (std::vector<float>{1, 2}));
  EXPECT_TRUE(transpose_2d(ones<float>({2, 3})).clone().is_contiguous());
}

// [C42]
TEST(Tensor, WritesInPlace) {
  auto x = tensor<float>({1, 2, 3});
  x.add_(1).mul_(tensor<float>({2, 0.5, 1})).sub_(0.5).div_(2);
  EXPECT_EQ(x.to_vector(), (std::vector<float>{1.75, 0.5, 1.75}));
  x.clamp_(0.75, 1);
  EXPECT_EQ(x.to_vector(), (std::vector<float>{1, 0.75, 1}));
  x.copy_(tensor<float>({5}));
  EXPECT_EQ(x.to_vector(), (std::vector<float>{5, 5, 5}));
  x.zero_();
  EXPECT_EQ(x.to_vector(), (std::vector<float>{0, 0, 0}));
  auto m = ones<float>({3, 2});
  m.copy_(transpose_2d(reshape(arange(6), {2, 3})));
  EXPECT_EQ(m.to_vector(), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_FERRO_ERROR(x.add_(ones<float>({2, 3})), Code::ShapeMismatch,
                     "add_: tensor is [3], result is [2, 3]; the shapes must "
                     "be equal");
  EXPECT_FERRO_ERROR(x.add_(ones<double>({3})), Code::DTypeMismatch,
                     "add_: tensor is f32, result is f64; an in-place form "
                     "keeps the dtype");
}

TEST(Tensor, OverlappingCopiesReadBeforeTheyWrite) {
  auto x = arange<int>(5);
  narrow(x, 0, 1, 4).copy_(narrow(x, 0, 0, 4));
  EXPECT_EQ(x.to_vector(), (std::vector<int>{0, 0, 1, 2, 3}));
}

// [C58]
TEST(Tensor, AnEmptyHandleSaysSo) {
  Tensor<float> none;
  EXPECT_FALSE(none.defined());
  EXPECT_FERRO_ERROR(none.shape(), Code::InvalidArgument,
                     "shape: found a default-constructed tensor; it has no "
                     "elements");
  EXPECT_FERRO_ERROR(exp(none), Code::InvalidArgument,
                     "exp: found a default-constructed tensor; operands must "
                     "have been given elements");
  EXPECT_FERRO_ERROR(Tensor<double>(ones<float>({2})), Code::DTypeMismatch,
                     "Tensor: found a tensor of f32; this is a handle for "
                     "f64");
}

TEST(Tensor, TooManyAxesAndElementsAreRefused) {
  EXPECT_FERRO_CODE(zeros<float>({1, 1, 1, 1, 1, 1, 1, 1, 1}),
                    Code::InvalidArgument);
  EXPECT_FERRO_CODE(zeros<float>({2, -1}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(empty<float>({std::int64_t(1) << 40, 1 << 30}),
                    Code::OutOfMemory);
}

TEST(Allocator, ReusesFreedBlocks) {
  storage::emptyAllocatorCache();
  const float *first = nullptr;
  {
    auto x = empty<float>({1000});
    first = x.data().data();
  }
  EXPECT_GE(storage::allocatorStats().cached, 4000u);
  auto again = empty<float>({990}); // of the same size class
  EXPECT_EQ(again.data().data(), first);
  EXPECT_EQ(storage::allocatorStats().cached, 0u);
  {
    auto large = empty<float>({1 << 20});
  }
  EXPECT_LE(storage::allocatorStats().cached, storage::allocatorStats().limit);
  storage::emptyAllocatorCache();
  EXPECT_EQ(storage::allocatorStats().cached, 0u);
}

TEST(Allocator, EverySizeHasItsBytes) {
  for (std::int64_t size = 1; size < 5000; size = size * 9 / 8 + 1) {
    auto x = full<std::uint8_t>({size}, 3), y = full<std::uint8_t>({size}, 5);
    EXPECT_EQ(sum(x).item(), 3 * size);
    EXPECT_EQ(sum(y).item(), 5 * size);
  }
}
