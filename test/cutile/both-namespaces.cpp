// Scripts and kernels in one file: no type name exists in both namespaces, and
// functions of one name are told apart by their operands.
// RUN: %clangxx -Wall -Wextra -Werror -fsyntax-only %s
// RUN: %gxx -Wall -Wextra -Werror -fsyntax-only %s
// REQUIRES: gxx
#include <cutile/cutile.h>
#include <ferro/ferro.h>

using namespace ferro;
using namespace cutile;

Tensor<float> ofTensors(Tensor<float> a, Tensor<float> b) {
  Tensor<float> c = zeros<float>({2, 3}) + sum(a) * exp(b);
  return where(lt(a, b), tanh(c), add(a, mul(b, 2)));
}

Tile<f32, 4, 8> ofTiles(Tile<f32, 4, 8> a, Tile<f32, 4, 8> b) {
  Tile<f32, 4, 8> c = zeros<f32, 4, 8>() + sum<1>(a) * exp(b);
  return where(a < b, tanh(c), add(a, mul(b, 2)));
}
