// The kernels of the library are modules like any other, launchers included.
// RUN: %ferro-clang -fsyntax-only %s
// RUN: rm -rf %t && %ferro-rewrite %s -o %t/out.cpp --out-dir %t/headers -- -std=c++20 -I %ferro-include
// RUN: %gxx -DFERRO_PLUGIN=1 -fsyntax-only %t/out.cpp
#include <cutile/kernels/Argmax.h>
#include <cutile/kernels/Attention.h>
#include <cutile/kernels/Compute.h>
#include <cutile/kernels/Convolution.h>
#include <cutile/kernels/Creation.h>
#include <cutile/kernels/CrossEntropy.h>
#include <cutile/kernels/Dropout.h>
#include <cutile/kernels/Embedding.h>
#include <cutile/kernels/Fft.h>
#include <cutile/kernels/Gemm.h>
#include <cutile/kernels/Histogram.h>
#include <cutile/kernels/KvCache.h>
#include <cutile/kernels/Norms.h>
#include <cutile/kernels/Pointwise.h>
#include <cutile/kernels/PrefixSum.h>
#include <cutile/kernels/Rotary.h>
#include <cutile/kernels/Softmax.h>
#include <cutile/kernels/Sum.h>
#include <cutile/kernels/Transpose.h>

// [F26]
void launches(ferro::Tensor<float> y, ferro::Tensor<float> x) {
  auto launch = cutile::kernels::softmax(y.partition({2, 4}), x);
  launch.sync();
}
