// The texts between the brackets are NumPy's for the same elements.
#include "ferro/Creation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

using namespace ferro;

TEST(Printing, AlignsAtThePoint) {
  EXPECT_EQ(toString(tensor<float>({{1, 2.5, -3}, {4, 5, 600}})),
            "tensor([[  1. ,   2.5,  -3. ],\n"
            "        [  4. ,   5. , 600. ]], dtype=f32)");
  EXPECT_EQ(toString(tensor<int>({1, -20, 3})),
            "tensor([  1, -20,   3], dtype=i32)");
  EXPECT_EQ(toString(tensor<bool>({true, false})),
            "tensor([ true, false], dtype=bool)");
  EXPECT_EQ(toString(scalar(3)), "tensor(3., dtype=f32)");
  EXPECT_EQ(toString(tensor<f16>({0.5f, 1.0f})),
            "tensor([0.5, 1. ], dtype=f16)");
}

TEST(Printing, UsesPowersOfTenWhereDigitsWouldNotDo) {
  EXPECT_EQ(toString(tensor<double>({1e-5, 1, 1.5e10})),
            "tensor([1.0e-05, 1.0e+00, 1.5e+10], dtype=f64)");
  EXPECT_EQ(toString(tensor<float>({1, NAN, -INFINITY})),
            "tensor([  1.,  nan, -inf], dtype=f32)");
}

TEST(Printing, PartsPlanesAndSummarises) {
  EXPECT_EQ(toString(reshape(arange<int>(8), {2, 2, 2})),
            "tensor([[[0, 1],\n"
            "         [2, 3]],\n"
            "\n"
            "        [[4, 5],\n"
            "         [6, 7]]], dtype=i32)");
  EXPECT_EQ(toString(arange<int>(1001)),
            "tensor([   0,    1,    2, ...,  998,  999, 1000], shape=[1001], "
            "dtype=i32)");
  EXPECT_EQ(toString(empty<float>({0, 2})),
            "tensor([], shape=[0, 2], dtype=f32)");
}

TEST(Printing, SaysWhatHasNoElements) {
  EXPECT_EQ(toString(meta<float>({2, 3})),
            "tensor(meta, shape=[2, 3], dtype=f32)");
  EXPECT_EQ(toString(Tensor<float>()), "tensor(undefined)");
  EXPECT_EQ(toString(tensor<float>({1}).requires_grad_()),
            "tensor([1.], dtype=f32, requires_grad=true)");
}

TEST(Printing, BreaksLongRowsAndHonoursStrides) {
  std::string text = toString(linspace<double>(0, 0.123456789, 12));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), 100u) << line;
  EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 0);
  std::ostringstream stream;
  stream << transpose_2d(tensor<int>({{1, 2}, {3, 4}}));
  EXPECT_EQ(stream.str(), "tensor([[1, 3],\n        [2, 4]], dtype=i32)");
}
