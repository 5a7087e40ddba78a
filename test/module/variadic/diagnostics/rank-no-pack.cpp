// Something must have a rank.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

template <typename T, int n> [[cutile::variadic_op(N = 2)]] void fixed(T); // expected-error {{'fixed' has no shape pack, so 'cutile::variadic_op' has nothing to expand; write 'int... D' in its template parameters [ferro:RankNoPack]}}
template <typename... T> [[cutile::variadic_op(N = 2)]] void types(T...); // expected-error {{'types' has no shape pack}}
template <Rounding... R> struct [[cutile::variadic_struct(N = 2)]] Modes {}; // expected-error {{'Modes' has no shape pack}}
