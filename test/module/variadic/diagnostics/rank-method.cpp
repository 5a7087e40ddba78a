// A method needs an object with a shape.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

template <int... D> [[cutile::variadic_op(N = 2, method = "f")]] void none(std::integral_constant<int, D>...); // expected-error {{'none' cannot be a method: no parameter of it has a shape [ferro:RankMethod]}}
struct Class {
  template <int... D> [[cutile::variadic_op(N = 2, method = "f")]] void method(TileShape<D...>); // expected-error {{'Class::method' cannot be a method: it is a method already}}
};
