// What becomes of numbers: conversion, rounding, mixed types, and the corners
// that C++ leaves undefined. Each line prints what its comment says.
#include <cmath>
#include <cutile/cutile.h>
using namespace cutile;

static void conversions() {
  auto x = 2.75 * convert<f32>(iota<i32, 4>() - 1); // -2.75 0 2.75 5.5
  print("{}", convert<i32>(x));       // [-2, 0, 2, 5]: without the fraction
  print("{}", convert<i32>(rint(x))); // [-3, 0, 3, 6]: to nearest even
  print("{}", convert<u8>(300.0f));   // 255: floats saturate, NaN gives 0
  print("{}", convert<u8>(300));      // 44: integers wrap
  print("{}", convert<f16>(0.1f));    // 0.0999756: rounded once
  print("{}", convert<f16>(0.1f, rounding::toward_positive)); // 0.100037
  print("{}", bit_cast<u32>(1.0f));                           // 1065353216
}

static void mixedTypes() {
  auto half = ones<f16, 2>();
  auto count = full<i16, 2>(3);
  print("{}", half * count);  // [3, 3], f16: a float wins over an integer
  print("{}", half * 0.1);    // [0.0999756, 0.0999756], f16: literals adopt
  print("{}", count + count); // [6, 6], i16: nothing is promoted to int
  print("{}", count < 3.5);   // [true, true]: comparisons convert both
  print("{}", full<u8, 2>(255) + 1); // [0, 0]: arithmetic wraps
}

static void corners() {
  auto n = iota<i32, 4>() - 1;         // -1 0 1 2
  print("{}", 6 / n);                  // [-6, 0, 6, 3]: by zero is 0
  print("{}", 7 % n);                  // [0, 7, 0, 1]: by zero the dividend
  print("{}", floor_div(-7, 2));       // -4; ceil_div gives -3, / -3
  print("{}", full<i32, 1>(1) << 40);  // [0]: shifted beyond the width
  print("{}", full<i32, 1>(-5) >> 40); // [-1]
  print("{}", abs(full<i8, 1>(-128))); // [-128]: there is no 128
  auto values = cat<0>(full<f32, 1>(NAN), full<f32, 1>(2));
  print("{}", max(values, 1));                // [1, 2]: NaN is passed over
  print("{}", max(values, 1, propagate_nan)); // [nan, 2]
  print("{}", values == values);              // [false, true]
  print("{}", reduce_max<0>(values));         // [2]
  print("{}", 1 / full<f32, 1>(-0.0f));       // [-inf]
}

int main() {
  conversions();
  mixedTypes();
  corners();
}
