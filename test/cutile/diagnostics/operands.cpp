// Operands that do not fit: one error each, which names types, shapes and axis.
// RUN: %clangxx -fsyntax-only -Xclang -verify -Xclang -verify-ignore-unexpected=note -Wno-unused %s
#include <cutile/cutile.h>

using namespace cutile;

// [D186]
void shapes(Tile<f32, 4, 8> x, Tile<f32, 2, 8> y, Tile<f32, 4> z, Tile<bool, 8> mask) {
  x + y; // expected-error@*:* {{shapes [4, 8] and [2, 8] do not broadcast: on axis 0 they have the extents 4 and 2, and neither is 1}}
  max(x, z); // expected-error@*:* {{shapes [4, 8] and [4] do not broadcast: on axis 1 they have the extents 8 and 4, and neither is 1}}
  where(mask, x, z); // the same pair: said once
  z < mask; // expected-error@*:* {{shapes [4] and [8] do not broadcast}}
}

void types(Tile<f16, 8> half, Tile<bf16, 8> brain, Tile<u32, 8> natural, Tile<i32, 8> integer,
           Tile<bool, 8> mask, double number, int count) {
  half + brain; // expected-error@*:* {{f16 and bf16 have no common type; convert<E>(x) one of them}}
  integer *number; // expected-error@*:* {{a number of type f64 is not always an element of a tile of i32; convert<i32>(x) rounds or cuts it}}
  integer < natural; // expected-error@*:* {{i32 does not compare with u32, which would make it unsigned}}
  mask + mask; // expected-error@*:* {{add takes integers and floats, not bool}}
  integer && mask; // expected-error@*:* {{logical_and takes bool (compare with 0 first), not i32}}
  half % brain; // said once
  half & half; // expected-error@*:* {{bit_and takes integers and bool, not f16}}
  select(integer, half, half); // expected-error@*:* {{select takes bool (compare with 0 first), not i32}}
}

void literals(Tile<f32, 8> x, Tile<u32, 8> natural, double number, int count) {
  x *number; // expected-error {{is not a constant expression}}
  natural + count; // expected-error {{is not a constant expression}}
  natural + -1; // expected-error {{is not a constant expression}}
}
