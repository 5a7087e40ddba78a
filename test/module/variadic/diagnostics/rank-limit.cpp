// Ranks go from 0 to cutile::maxTileRank.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

static_assert(maxTileRank == 6);
template <int... D> [[cutile::variadic_op(N = 7)]] void high(TileShape<D...>); // expected-error {{'N = 7' of 'cutile::variadic_op' is not a rank; ranks go from 0 to 6 [ferro:RankLimit]}}
template <int... D> [[cutile::variadic_op(N = -1)]] void negative(TileShape<D...>); // expected-error {{'N = -1' of 'cutile::variadic_op' is not a rank}}
template <int... D> [[cutile::variadic_op(N = six)]] void word(TileShape<D...>); // expected-error {{'N = six' of 'cutile::variadic_op' is not a rank}}
template <int... D> [[cutile::variadic_op(N)]] void bare(TileShape<D...>); // expected-error {{'N' of 'cutile::variadic_op' is not a rank}}
template <int... D> [[cutile::variadic_op(N = 6)]] void fine(TileShape<D...>);
