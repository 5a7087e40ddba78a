// A call that fits no rank is one error, which names the op and its ranks, and
// the user's mistakes are reported once, on their lines.
// RUN: %ferro-clang -fsyntax-only -Wall -Wextra -Xclang -verify %s
#include <cutile/cutile.h>

using namespace cutile;

template <typename E, int... D> struct Box {};

// [E01] [E35]
template <typename E, int... D>
[[cutile::variadic_op(N = 2)]] Box<E, D...> twice(const Box<E, D...> &box) { return box; } // expected-note {{candidate template ignored: constraints not satisfied [with E = float, D = <1, 2, 3>]}} expected-note {{because '::cutile::TakesRanksUpTo<"twice", 2, ::cutile::Extents<1, 2, 3>>' evaluated to false}} expected-note {{candidate template ignored: could not match 'Box<E, D...>' against 'int'}}
// expected-note@cutile/Ranks.h:* {{(3 <= 2) evaluated to false}}

template <int... D> struct [[cutile::variadic_struct(N = 1)]] Line {}; // expected-error {{static assertion failed: Line takes ranks 0 to 1}} expected-note {{TakesRanksUpTo<"Line", 1}}
// expected-note@cutile/Ranks.h:* {{(2 <= 1) evaluated to false}}

// [E34]
template <typename E, int... D>
[[cutile::variadic_op(N = 2)]] int wrong(Box<E, D...> box) {
  return box.nothing + missing; // expected-error {{use of undeclared identifier 'missing'}}
}
template <typename E, int... D>
[[cutile::variadic_op(N = 2)]] void warned(Box<E, D...>) {
  int unused; // expected-warning {{unused variable 'unused'}}
}
template <typename E, int... D>
[[cutile::variadic_op(N = 2)]] int unknown(Box<E, D...> box, Missing what); // expected-error {{unknown type name 'Missing'}}
template <ElementType E, int... D>
[[cutile::variadic_op(N = 2)]] Tile<E, D...> equal(Tile<E, D...> a, Tile<E, D...>) { return a; } // expected-note {{candidate template ignored: deduced conflicting values for parameter 'D' (<2> vs. <4>)}}

void calls(Box<float, 1, 2, 3> big, Tile<f32, 2> two, Tile<f32, 4> four) {
  twice(big); // expected-error {{no matching function for call to 'twice'}}
  twice(3);   // expected-error {{no matching function for call to 'twice'}}
  twice(Box<float, 1, 2>());
  twice(Box<float>());
  Line<1, 2> line; // expected-note {{in instantiation of}}
  (void)line;
  equal(two, four); // expected-error {{no matching function for call to 'equal'}}
}
