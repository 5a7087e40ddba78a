// Modes and element types that an operation on floats does not have are refused
// at the call, with the rule by name.
// RUN: %clangxx -fsyntax-only -Xclang -verify -Xclang -verify-ignore-unexpected=note %s
#include <cutile/cutile.h>
using namespace cutile;

void arithmetic(Tile<f16, 4> h, Tile<f32, 4> x, Tile<f64, 4> d) {
  addf(h, h, rounding::nearest_even, ftz);
  // expected-error@-1 {{no matching function for call to 'addf'}}
  // expected-note@cutile/Float.h:* {{constraints not satisfied [with E = ferro::f16, D = <4>, R = cutile::Rounding::NearestEven, S = cutile::Subnormals::Flush]}}
  // expected-note-re@cutile/Float.h:* {{because 'SubnormalMode<ferro::f16, {{.*}}>' evaluated to false}}
  fma(x, x, x, rounding::approximate);
  // expected-error@-1 {{no matching function for call to 'fma'}}
  // expected-note@cutile/Float.h:* {{R = cutile::Rounding::Approximate, S = cutile::Subnormals::Preserve]}}
  // expected-note-re@cutile/Float.h:* {{because 'IeeeRounding<float, {{.*}}>' evaluated to false}}
  divf(d, d, rounding::full);
  // expected-error@-1 {{no matching function for call to 'divf'}}
  // expected-note@cutile/Float.h:* {{constraints not satisfied [with E = double, D = <4>, R = cutile::Rounding::Full}}
  // expected-note-re@cutile/Float.h:* {{because 'DivisionRounding<double, {{.*}}>' evaluated to false}}
  addf(x, x, rounding::toward_zero, ftz);
  divf(x, x, rounding::full);
}

void functions(Tile<f16, 4> h, Tile<f32, 4> x, Tile<f64, 4> d) {
  exp(d, rounding::approximate);
  // expected-error@-1 {{no matching function for call to 'exp'}}
  // expected-note-re@cutile/Math.h:* {{because 'FunctionRounding<double, {{.*}}>' evaluated to false}}
  rsqrt(h, ftz);
  // expected-error@-1 {{no matching function for call to 'rsqrt'}}
  // expected-note-re@cutile/Math.h:* {{because 'SubnormalMode<ferro::f16, {{.*}}>' evaluated to false}}
  sqrt(x, rounding::full);
  // expected-error@-1 {{no matching function for call to 'sqrt'}}
  // expected-note-re@cutile/Float.h:* {{because 'RootRounding<float, {{.*}}>' evaluated to false}}
  exp(x, rounding::approximate);
  rsqrt(x, ftz);
}

void elements(Tile<i32, 4> n, Tile<f32, 4> x, Tile<f64, 4> d, Tile<f8e4m3, 4> q) {
  addf(n, n);
  // expected-error@-1 {{no matching function for call to 'addf'}}
  // expected-note@cutile/Float.h:* {{because 'int' does not satisfy 'FloatElement'}}
  addf(q, q);
  // expected-error@-1 {{no matching function for call to 'addf'}}
  // expected-note@cutile/Float.h:* {{because 'cutile::f8e4m3' does not satisfy 'FloatElement'}}
  addf(x, d);
  // expected-error@-1 {{no matching function for call to 'addf'}}
  // expected-note@cutile/Float.h:* {{deduced conflicting types for parameter 'E' ('float' vs. 'double')}}
}
