// The largest rank has no default.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

template <int... D> [[cutile::variadic_op]] void one(TileShape<D...>); // expected-error {{'cutile::variadic_op' needs the largest rank; write 'cutile::variadic_op(N = 6)' [ferro:RankMissing]}}
template <int... D, int... S> [[cutile::variadic_op()]] void two(TileShape<D...>, TileShape<S...>); // expected-error {{'cutile::variadic_op' needs the largest rank; write 'cutile::variadic_op(N = 6, M = 6)'}}
