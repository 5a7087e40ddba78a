// The instances are written with names of the tile language.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
template <int... D> struct Shape {};
template <int... D> [[cutile::variadic_op(N = 6)]] void early(Shape<D...>); // expected-error {{'cutile::variadic_op' needs the tile language; include <cutile/cutile.h> [ferro:RankHeader]}}
