// What views and partitions refuse when they are compiled.
// RUN: %clangxx -fsyntax-only -Xclang -verify -Xclang -verify-ignore-unexpected=note %s
#include <cutile/cutile.h>
using namespace cutile;

void inputs(const TensorView<f32, dyn, dyn> &x, Tile<f32, 4, 4> tile) {
  auto copy = x; // expected-error {{call to deleted constructor of 'TensorView<f32, dyn, dyn>'}}
  x.partition_mut<4, 4>(); // expected-error {{no matching member function for call to 'partition_mut'}}
  auto p = x.partition<4, 4>();
  p.store(tile, 0, 0); // expected-error {{no member named 'store' in 'cutile::Partition}}
  p.load(0); // expected-error {{no matching member function for call to 'load'}}
  p.load(0.5f, 0); // expected-error {{no matching member function for call to 'load'}}
  p.load(latency<11>, 0, 0); // expected-error@*:* {{constraints not satisfied for class template 'Latency'}}
  p.load(memory::release, 0, 0); // expected-error@*:* {{no matching function for call to 'load_view_tko'}}
  x.load(); // expected-error {{no matching member function for call to 'load'}}
  axes<0, 0>; // expected-error {{constraints not satisfied for variable template 'axes'}}
}

void integers(const TensorView<i32, dyn> &x) {
  x.partition<4>(pad::nan); // expected-error@*:* {{only floats have this padding}}
  x.partition<4, 4>(); // expected-error@*:* {{a partition has one extent for each axis of the view}} expected-error@*:* {{no matching conversion for functional-style cast}}
}

void outputs(TensorView<f32, 4, 4> &y, Tile<f32, 4, 2> tile) {
  y.store(tile); // expected-error {{no matching member function for call to 'store'}}
  auto p = y.partition_mut<2, 2>();
  auto q = p; // expected-error {{call to implicitly-deleted copy constructor of 'PartitionMut}}
}

void extents(TensorView<f32, 0> &, Tile<f32, 3> x); // a declaration asks for no view
TensorView<f32, 0> none(); // nor does this
int size = TensorView<f32, 0>::rank; // expected-error@*:* {{each extent of a view is positive or dyn}}
int rank = TensorView<f32, 1, 1, 1, 1, 1, 1, 1>::rank; // expected-error@*:* {{a view has at most 6 axes}}
