// Kernels and tensors for the tests of launches.
#pragma once

#include "cutile/cutile.h"
#include "ferro/ferro.h"

#include <random>

namespace kernels {
using namespace cutile;

/// y = x, tile by tile.
template <int N>
void copy(TensorView<f32, N> &y, const TensorView<f32, dyn> &x) {
  y.store(load_tile_like(x, y));
}

/// Each block adds up its own tile and writes a number to every element.
template <int M, int N> void number(TensorView<i32, M, N> &out) {
  auto [x, y, z] = tile_block_id();
  auto [countX, countY, countZ] = num_tile_blocks();
  out.store(reference::generate<Tile<i32, M, N>>(
      [&](int) { return i32(x * countY + y + 1); }));
}

} // namespace kernels

namespace cutile::test {

inline ferro::Tensor<float> random(const ferro::Shape &shape, unsigned seed) {
  std::mt19937 bits(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  auto tensor = ferro::zeros<float>(shape);
  for (float &value : tensor.mutable_data())
    value = uniform(bits);
  return tensor;
}

} // namespace cutile::test
