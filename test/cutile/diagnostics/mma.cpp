// Products that do not exist.
// RUN: %clangxx -fsyntax-only -Xclang -verify -Xclang -verify-ignore-unexpected=note -Wno-unused %s
#include <cutile/cutile.h>

using namespace cutile;

// [D074]
void products(Tile<f16, 4, 8> half, Tile<bf16, 8, 2> brain, Tile<i4, 4, 8> nibble, Tile<i4, 8, 2> other,
              Tile<f32, 4, 2> sum, Tile<i32, 4, 2> count, Tile<f16, 8, 2> right, Tile<f16, 4, 2> wrong) {
  mma(half, brain, sum); // expected-error@*:* {{mma of f16 and bf16 in f32 does not exist; there are f16 in f16 or f32, bf16, tf32 and f32 in f32}}
  mma(nibble, other, count); // expected-error@*:* {{mma of i4 and i4 in i32 does not exist}}
  mma(half, right, count); // expected-error@*:* {{mma of f16 and f16 in i32 does not exist}}
  mma(half, wrong, sum); // expected-error@*:* {{mma of [4, 8] and [4, 2] in [4, 2]; it takes [M, K], [K, N] and [M, N], or batches [B, M, K], [B, K, N] and [B, M, N]}}
}
