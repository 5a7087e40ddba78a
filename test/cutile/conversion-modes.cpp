// Conversions that do not exist, and modes that a conversion has no use for, are
// refused at the call.
// RUN: %clangxx -fsyntax-only -Xclang -verify -Xclang -verify-ignore-unexpected=note %s
#include <cutile/cutile.h>
using namespace cutile;

void modes(Tile<f32, 4> x, Tile<i32, 4> n) {
  convert<f8e8m0>(x, rounding::nearest_even);
  // expected-error@-1 {{no matching function for call to 'convert'}}
  // expected-note-re@cutile/Convert.h:* {{because 'ConversionModes<cutile::f8e8m0, float, {{.*}}>' evaluated to false}}
  convert<i8>(x, overflow::nsw);
  // expected-error@-1 {{no matching function for call to 'convert'}}
  // expected-note-re@cutile/Convert.h:* {{because 'ConversionModes<signed char, float, {{.*}}>' evaluated to false}}
  ftoi<i32>(x, rounding::nearest_even);
  // expected-error@-1 {{no matching function for call to 'ftoi'}}
  // expected-note@cutile/Convert.h:* {{does not satisfy 'IntegerPartRounding'}}
  convert<f8e8m0>(x, rounding::toward_zero);
  convert<i8>(n, overflow::nsw);
  ftoi<i32>(x, rounding::toward_zero);
}

void types(Tile<f32, 4> x, Tile<i64, 4> n, Tile<f8e4m3, 4> q) {
  ftof<f32>(x);
  // expected-error@-1 {{no matching function for call to 'ftof'}}
  // expected-note@cutile/Convert.h:* {{because '!std::same_as<float, float>' evaluated to false}}
  exti<i32>(n);
  // expected-error@-1 {{no matching function for call to 'exti'}}
  // expected-note@cutile/Convert.h:* {{(64 < 32) evaluated to false}}
  bit_cast<f32>(n);
  // expected-error@-1 {{no matching function for call to 'bit_cast'}}
  // expected-note@cutile/Convert.h:* {{(32 == 64) evaluated to false}}
  convert<f4e2m1x2>(x);
  // expected-error@-1 {{no matching function for call to 'convert'}}
  // expected-note@cutile/Convert.h:* {{because 'cutile::f4e2m1x2' does not satisfy 'ConvertibleElement'}}
  convert<bool>(q);
  // expected-error@-1 {{no matching function for call to 'convert'}}
  // expected-note@cutile/Convert.h:* {{because 'ConvertibleTo<cutile::f8e4m3, bool>' evaluated to false}}
  pack(q);
  // expected-error@-1 {{no matching function for call to 'pack'}}
  // expected-note@cutile/Convert.h:* {{because 'detail::PackableInto<unsigned char, cutile::f8e4m3, 4>' evaluated to false}}
}
