// Which atomics do not exist.
// RUN: %clangxx -fsyntax-only -Xclang -verify -Xclang -verify-ignore-unexpected=note %s
#include <cutile/cutile.h>
using namespace cutile;

void pointers(PointerTile<f32 *, 4> f, PointerTile<i16 *, 4> s, PointerTile<const i32 *, 4> c,
              PointerTile<i32 *, 4> i, Tile<f32, 4> x, Tile<i16, 4> y, Tile<i32, 4> z, Tile<bool, 2> mask) {
  atomic_fetch_add(f, x);
  atomic_fetch_max(f, x); // expected-error {{no matching function for call to 'atomic_fetch_max'}}
  atomic_fetch_add(s, y); // expected-error {{no matching function for call to 'atomic_fetch_add'}}
  atomic_fetch_add(c, z); // expected-error {{no matching function for call to 'atomic_fetch_add'}}
  atomic_fetch_add(i, z, mask); // expected-error {{no matching function for call to 'atomic_fetch_add'}}
  atomic_fetch_add(i, z, memory::weak); // expected-error@*:* {{no matching function for call to 'atomic_rmw_tko'}}
  atomic_compare_exchange(s, y, y); // expected-error {{no matching function for call to 'atomic_compare_exchange'}}
  scatter(c, z); // expected-error {{no matching function for call to 'scatter'}}
  gather(i, everywhere, 0);
}

void views(PartitionMut<i32, TileShape<4>, TileShape<4>> &p, Tile<i32, 4> x) {
  atomic_add(p, x, 0);
  atomic_add(p, x, memory::acq_rel, 0); // expected-error {{no matching function for call to 'atomic_add'}}
  atomic_red_view_tko(p, x, coord(0), atomic::exchange); // expected-error {{no matching function for call to 'atomic_red_view_tko'}}
}
