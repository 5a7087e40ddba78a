// Every length has its value; packs that are tied share one.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

template <int... D, int... S> [[cutile::variadic_op(N = 6)]] void two(TileShape<D...>, TileShape<S...>); // expected-error {{'two' has 2 lengths of shape packs (D, S), but 'cutile::variadic_op' gives 1; write N = 6, M = 6 [ferro:RankCount]}}
template <int... D> [[cutile::variadic_op(N = 6, M = 6)]] void one(TileShape<D...>); // expected-error {{'one' has 1 lengths of shape packs (D), but 'cutile::variadic_op' gives 2; write N = 6}}
template <int... D> [[cutile::variadic_op(D = 6, D = 6)]] void twice(TileShape<D...>); // expected-error {{'twice' has 1 lengths}}
template <int... A, int... B>
  requires(sizeof...(A) == sizeof...(B))
[[cutile::variadic_op(N = 6, M = 6)]] void tied(TileShape<A...>, TileShape<B...>); // expected-error {{'tied' has 1 lengths of shape packs (A = B), but 'cutile::variadic_op' gives 2}}
