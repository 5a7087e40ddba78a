// Hints on kernels and statements are known keys with values in their range.
// RUN: %ferro-clang -Wall -Wextra -fsyntax-only -ferror-limit=0 -Xclang -verify %s
// RUN: not %ferro-clang -fsyntax-only -ferror-limit=0 -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
#include "cutile/cutile.h"

namespace [[cutile::module]] kernels {
using namespace cutile;
constexpr int usual = 4;

template <int L, bool T>
[[cutile::entry, cutile::hint(sm_90, occupancy = 2, num_cta_in_cga = 16)]] void good(const TensorView<f32, dyn> &a) {
  Tile<f32> x = a.load(0);
  [[cutile::hint(900, latency = 10)]] x = a.load(1);
  [[cutile::hint(0, latency = L)]] x = a.load(2);
  [[cutile::hint(sm_100a, latency = usual + 1, allow_tma = T)]] x = a.load(3);
  [[using cutile : hint(1000, allow_tma = true)]] x = a.load(4);
}

// CHECK: fix-it:"{{.*}}hints.cpp":{[[#@LINE+1]]:23-[[#@LINE+1]]:32}:"occupancy"
[[cutile::hint(sm_90, occupency = 2)]] void b1(); // expected-error {{unknown hint 'occupency'; did you mean 'occupancy'? [ferro:UnknownHint]}}
// CHECK: fix-it:"{{.*}}hints.cpp":{[[#@LINE+1]]:35-[[#@LINE+1]]:37}:"32"
[[cutile::hint(sm_90, occupancy = 33)]] void b2(); // expected-error {{hint 'occupancy' is 33; it takes a number from 1 to 32 [ferro:HintValue]}}
// CHECK: fix-it:"{{.*}}hints.cpp":{[[#@LINE+1]]:40-[[#@LINE+1]]:41}:"4"
[[cutile::hint(sm_90, num_cta_in_cga = 6)]] void b3(); // expected-error {{a power of two from 1 to 16}}
[[cutile::hint(860, num_cta_in_cga = 2)]] void b4(); // expected-error {{it takes 1 before sm_90}}
[[cutile::hint(sm_90, latency = 0)]] void b5(); // expected-error {{hint 'latency' is 0; it takes a number from 1 to 10}}
[[cutile::hint(sm_90, latency = fast)]] void b6(); // expected-error {{hint 'latency' is fast; it takes a number from 1 to 10}}
[[cutile::hint(sm_90, allow_tma = 1)]] void b7(); // expected-error {{hint 'allow_tma' is 1; it takes true or false}}
// CHECK: fix-it:"{{.*}}hints.cpp":{[[#@LINE+1]]:16-[[#@LINE+1]]:20}:"sm_90"
[[cutile::hint(sm90, latency = 1)]] void b8(); // expected-error {{unknown architecture 'sm90'; did you mean 'sm_90'? [ferro:HintArchitecture]}}
[[cutile::hint(901, latency = 1)]] void b9(); // expected-error {{unknown architecture '901'; did you mean '900'?}}
[[cutile::hint]] void b10(); // expected-error {{'cutile::hint' expects an architecture, as in (sm_90, latency = 4); found the end [ferro:AttributeSyntax]}}
[[cutile::hint(sm_90)]] void b11(); // expected-error {{expects ',' behind the architecture; found the end}}
[[cutile::hint(sm_90, latency)]] void b12(); // expected-error {{expects '=' behind 'latency'; found the end}}
[[cutile::hint(sm_90, latency = 1, latency = 2)]] void b13(); // expected-error {{'latency' is given twice}}
[[cutile::hint(sm_90, max_divisibility = 2)]] void b14(); // expected-error {{hint 'max_divisibility' does not belong here; it stands in optimization_hints of [[cutile::entry]]}}
inline void statement(const TensorView<f32, dyn> &a) {
  Tile<f32> x = a.load(0);
  [[cutile::hint(sm_90, latency = 11)]] x = a.load(1); // expected-error {{hint 'latency' is 11}}
}
[[cutile::hint(sm_90, latency = 1)]] constexpr int variable = 1; // expected-error {{'cutile::hint' does not belong here; write it in front of a function's declaration or of a statement [ferro:MisplacedAttribute]}}
} // namespace kernels
