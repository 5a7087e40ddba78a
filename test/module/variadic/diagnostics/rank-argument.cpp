// The attributes take lengths, and an op a method.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

template <int... D> [[cutile::variadic_op(n = 6)]] void lower(TileShape<D...>); // expected-error {{unknown argument 'n' of 'cutile::variadic_op'; it takes N = 6 for each length, and method = "name" [ferro:RankArgument]}}
template <int... D> [[cutile::variadic_op(N = 6, metod = "f")]] void misspelt(TileShape<D...>); // expected-error {{unknown argument 'metod' of 'cutile::variadic_op'; did you mean 'method'? [ferro:RankArgument]}}
template <int... D> [[cutile::variadic_op(N = 6, method = f)]] void unquoted(TileShape<D...>); // expected-error {{unknown argument 'method' of 'cutile::variadic_op'; write method = "name"}}
template <int... D> struct [[cutile::variadic_struct(N = 6, method = "f")]] Class {}; // expected-error {{unknown argument 'method' of 'cutile::variadic_struct'; it takes N = 6 for each length}}
template <int... D> [[cutile::variadic_op(D = 6)]] void fine(TileShape<D...>);
