// Each attribute marks one kind of template.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

template <int... D> struct Class {
  template <int... S> [[cutile::variadic_op(N = 2)]] Class(TileShape<S...>); // expected-error {{'cutile::variadic_op' belongs on a function template with a name; 'Class::Class<D...>' is a constructor [ferro:RankSubject]}}
  template <int... S> [[cutile::variadic_op(N = 2)]] int operator()(TileShape<S...>); // expected-error {{is an operator}}
  template <int... S> [[cutile::variadic_op(N = 2)]] friend int friendly(TileShape<S...>) { return 1; } // expected-error {{'friendly' is a friend}}
};
template <int... D> [[cutile::variadic_op(N = 2)]] int removed(TileShape<D...>) = delete; // expected-error {{'removed' is a deleted or defaulted function}}
template <int... D> [[cutile::variadic_impl_fn(N = 2)]] int freeFunction(TileShape<D...>); // expected-error {{'cutile::variadic_impl_fn' belongs on a member function template; 'freeFunction' is a function}}
template <typename T> struct Trait;
template <int... D> struct [[cutile::variadic_struct(N = 2)]] Trait<TileShape<D...>> {}; // expected-error {{'cutile::variadic_struct' belongs on a class template; 'Trait' is a partial specialisation}}
template <int... D> struct [[cutile::variadic_trait_impl(N = 2)]] Primary {}; // expected-error {{'cutile::variadic_trait_impl' belongs on a partial specialisation; 'Primary' is a class}}
