// What a macro wrote cannot be replaced in the file; the body may use macros.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

#define SHAPE TileShape<D...>
template <int... D> [[cutile::variadic_op(N = 2)]] void pack(SHAPE); // expected-error {{the declaration of 'pack' comes from a macro; its packs are replaced in the file, so they must be written there [ferro:RankMacro]}}
#define OP(name) template <int... D> [[cutile::variadic_op(N = 2)]] void name(TileShape<D...>)
OP(whole); // expected-error {{the declaration of 'whole' comes from a macro}}
#define COUNT(D) int(sizeof...(D))
#define INT int
template <int... D> [[cutile::variadic_op(N = 2)]] INT fine(TileShape<D...>, INT = 2) { return COUNT(D); }
