// The names of the instances must be free.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

void add_for_any_rank();
template <int... D> [[cutile::variadic_op(N = 2)]] void add(TileShape<D...>); // expected-error {{the rank instances of 'add' need the name 'add_for_any_rank', which is taken [ferro:RankNameTaken]}}
template <int D> struct Window_1;
template <int... D> struct [[cutile::variadic_struct(N = 2)]] Window {}; // expected-error {{the rank instances of 'Window' need the name 'Window_1', which is taken}}
