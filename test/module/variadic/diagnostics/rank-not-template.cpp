// Only templates have instances.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

[[cutile::variadic_op(N = 2)]] void function(int); // expected-error {{'function' is not a template; 'cutile::variadic_op' expands shape packs such as 'template <int... D>' [ferro:RankNotTemplate]}}
struct [[cutile::variadic_struct(N = 2)]] Class {}; // expected-error {{'Class' is not a template}}
